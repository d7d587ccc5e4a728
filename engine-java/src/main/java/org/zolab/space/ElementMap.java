package org.zolab.space;

import java.util.Arrays;
import java.util.List;

/**
 * The elementwise kernel, for update rules that are not linear in the estimate, such as Adam and sign descent. It reads and writes each
 * kept vector once; the direction is drawn tile by tile and never stored.
 *
 * <pre>
 *   (x₁[i], x₂[i], …) ← rule(x₁[i], x₂[i], …, g(i))
 * </pre>
 *
 * <p>Every element is computed independently, so the bits do not depend on the number of threads. Memory: a few tiles per thread.
 */
public final class ElementMap {

    /** An update of elements [at, at + n) of a tile. */
    @FunctionalInterface
    public interface Rule {
        /** Updates {@code vectors} in place, given the same elements of the direction. */
        void apply(float[][] vectors, float[] direction, int at, int n);
    }

    /**
     * A rule that accelerators also implement, operation by operation.
     *
     * @param number    the rule's number in {@code pass.cu}
     * @param constants the constants of its formula, in the order of {@code pass.cu}
     * @param rule      the same rule in Java
     */
    public record Known(int number, float[] constants, Rule rule) {

        /** x₁ ← x₁ − η·sign g. */
        public static Known sign(float rate, Rule rule) {
            return new Known(0, new float[] {rate}, rule);
        }

        /** x₂ ← β₁x₂ + (1 − β₁)g, x₃ ← β₂x₃ + (1 − β₂)g², x₁ ← x₁ − η·x₂/(√(c·x₃) + ε). */
        public static Known adam(
                float rate, float b1, float c1, float b2, float c2, float epsilon, float correction, Rule rule) {
            return new Known(1, new float[] {rate, b1, c1, b2, c2, epsilon, correction}, rule);
        }

        /** AdaMM: as Adam, but divides by the largest x₃ so far, which is kept in x₄. */
        public static Known adaMM(float rate, float b1, float c1, float b2, float c2, float delta, Rule rule) {
            return new Known(2, new float[] {rate, b1, c1, b2, c2, delta, 1}, rule);
        }
    }

    /** An update of elements [at, at + n) of a tile, given several directions. */
    @FunctionalInterface
    public interface RuleOfSeveral {
        /** Updates {@code vectors} in place, given the same elements of each direction. */
        void apply(float[][] vectors, float[][] directions, int at, int n);
    }

    private ElementMap() {}

    /** Updates {@code vectors}, all of one space; this counts as one move of each. Refuses a stale direction. */
    public static void update(List<ParameterVector> vectors, Direction direction, Rule rule) {
        update(vectors, List.of(direction), (x, g, at, n) -> rule.apply(x, g[0], at, n));
    }

    /**
     * Updates {@code vectors} by a rule that accelerators also implement, on the accelerator that holds them if there is one. Refuses a
     * stale direction.
     */
    public static void update(List<ParameterVector> vectors, Direction direction, Known rule) {
        direction.terms().forEach(Direction.Term::requireFresh);
        boolean there = vectors.get(0)
                .storage()
                .accelerator()
                .map(accelerator -> DeviceJob.update(accelerator, vectors, direction, rule))
                .orElse(false);
        if (there) {
            vectors.forEach(ParameterVector::moved);
        } else {
            update(vectors, direction, rule.rule());
        }
    }

    /** Updates {@code vectors} from several directions, for rules that are not linear in each of them; a single sweep draws all of them. */
    public static void update(List<ParameterVector> vectors, List<Direction> directions, RuleOfSeveral rule) {
        ParameterVector first = vectors.get(0);
        directions.forEach(direction -> direction.terms().forEach(Direction.Term::requireFresh));
        first.sweep((tensor, from, count) -> {
            Workspace room = Workspace.of(1 + directions.size(), vectors.size());
            float[][] g = Arrays.copyOfRange(room.terms, 1, 1 + directions.size());
            Pass.forEachTile(from, count, (element, at, n) -> {
                for (int k = 0; k < g.length; k++) {
                    Fold.evaluate(directions.get(k), first.space(), tensor, element, room, g[k], at, n);
                }
                for (int v = 0; v < vectors.size(); v++) {
                    vectors.get(v).storage().read(tensor, element, room.out[v], at, n);
                }
                rule.apply(room.out, g, at, n);
                for (int v = 0; v < vectors.size(); v++) {
                    vectors.get(v).write(tensor, element, room.out[v], at, n);
                }
            });
        });
        vectors.forEach(ParameterVector::moved);
    }
}
