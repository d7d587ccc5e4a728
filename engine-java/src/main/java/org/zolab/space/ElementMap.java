package org.zolab.space;

import java.util.Arrays;
import java.util.List;

/**
 * The elementwise kernel, for rules that are not linear in the estimate: Adam, sign. One read and one write of each kept vector; the
 * direction is drawn tile by tile and never stored.
 *
 * <pre>
 *   (x₁[i], x₂[i], …) ← rule(x₁[i], x₂[i], …, g(i))
 * </pre>
 *
 * <p>Every element is computed alone, so the bits are equal for any number of threads. Memory: a few tiles a thread.
 */
public final class ElementMap {

    /** What happens to elements [at, at + n) of a tile. */
    @FunctionalInterface
    public interface Rule {
        /** Replaces numbers of {@code vectors}, given the same elements of the direction. */
        void apply(float[][] vectors, float[] direction, int at, int n);
    }

    /**
     * A rule that accelerators have too, operation by operation.
     *
     * @param number    by which {@code pass.cu} calls it
     * @param constants of the formula, as {@code pass.cu} orders them
     * @param rule      the same in Java
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

        /** The same by the largest x₃ so far, which is x₄. */
        public static Known adaMM(float rate, float b1, float c1, float b2, float c2, float delta, Rule rule) {
            return new Known(2, new float[] {rate, b1, c1, b2, c2, delta, 1}, rule);
        }
    }

    /** The same, given several directions. */
    @FunctionalInterface
    public interface RuleOfSeveral {
        /** Replaces numbers of {@code vectors}, given the same elements of each direction. */
        void apply(float[][] vectors, float[][] directions, int at, int n);
    }

    private ElementMap() {}

    /** Updates {@code vectors}, all of one space, as one move of each. Refuses a direction that has gone stale. */
    public static void update(List<ParameterVector> vectors, Direction direction, Rule rule) {
        update(vectors, List.of(direction), (x, g, at, n) -> rule.apply(x, g[0], at, n));
    }

    /** The same by a rule that accelerators have too, where the vectors lie. */
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

    /** The same with several directions, for rules that are not linear in each: one sweep that draws all of them. */
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
