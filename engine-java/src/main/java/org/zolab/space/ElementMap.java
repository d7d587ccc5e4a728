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
