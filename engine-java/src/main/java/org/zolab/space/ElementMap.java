package org.zolab.space;

import java.util.List;

/**
 * The elementwise kernel, for rules that are not linear in the estimate: Adam, sign. One read and one write of each kept vector; the
 * direction is drawn tile by tile and never stored.
 *
 * <pre>
 *   (x₁[i], x₂[i], …) ← rule(x₁[i], x₂[i], …, g(i))
 * </pre>
 *
 * <p>Every element is computed alone, so the bits are equal for any number of threads.
 */
public final class ElementMap {

    /** What happens to elements [at, at + n) of a tile. */
    @FunctionalInterface
    public interface Rule {
        /** Replaces numbers of {@code vectors}, given the same elements of the direction. */
        void apply(float[][] vectors, float[] direction, int at, int n);
    }

    private ElementMap() {}

    /** Updates {@code vectors}, all of one space, as one move of each. Refuses a direction that has gone stale. */
    public static void update(List<ParameterVector> vectors, Direction direction, Rule rule) {
        ParameterVector first = vectors.get(0);
        direction.terms().forEach(Direction.Term::requireFresh);
        first.sweep((tensor, from, count) -> {
            int[] words = new int[Kernel.TILE];
            float[] term = new float[Kernel.TILE];
            float[] g = new float[Kernel.TILE];
            float[][] tiles = new float[vectors.size()][Kernel.TILE];
            Pass.forEachTile(from, count, (element, at, n) -> {
                Fold.evaluate(direction, first.space(), tensor, element, words, term, g, at, n);
                for (int v = 0; v < tiles.length; v++) {
                    vectors.get(v).storage().of(tensor).get(element, tiles[v], at, n);
                }
                rule.apply(tiles, g, at, n);
                for (int v = 0; v < tiles.length; v++) {
                    vectors.get(v).storage().of(tensor).put(element, tiles[v], at, n);
                }
            });
        });
        vectors.forEach(ParameterVector::moved);
    }
}
