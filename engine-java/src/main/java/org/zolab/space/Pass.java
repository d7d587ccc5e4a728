package org.zolab.space;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.zolab.space.Direction.Drawn;
import org.zolab.space.Direction.Kept;
import org.zolab.space.Direction.Term;

/**
 * The one kernel that evaluates formulas: the coordinates of points that share an origin.
 *
 * <pre>
 *   outₚ[i] = s·in[i] + Σₖ cₚₖ·termₖ(i)
 * </pre>
 *
 * <p>One read of the origin and of each kept vector, one write for each point; noise that several points share is drawn once for
 * all of them. Terms are added in a point's order with fused multiply-adds in single precision, and coefficients are rounded to
 * single precision once, so a point has the same bits whichever points it is evaluated with. {@code out} may be the origin.
 */
public final class Pass {

    /** One point's terms, in its order: which of the pass's terms, and how often. */
    private record Sum(int[] terms, float[] coefficients) {}

    private final ParameterVector origin;
    private final List<Term> terms;
    private final List<Sum> sums;
    private final float scale;

    private Pass(ParameterVector origin, List<Term> terms, List<Sum> sums, float scale) {
        this.origin = origin;
        this.terms = terms;
        this.sums = sums;
        this.scale = scale;
    }

    /** The pass that writes {@code points}, which share their origin. Refuses formulas that have gone stale. */
    public static Pass of(List<Point> points) {
        ParameterVector origin = points.get(0).origin();
        Map<Object, Integer> places = new HashMap<>();
        List<Term> terms = new ArrayList<>();
        List<Sum> sums = new ArrayList<>();
        for (Point point : points) {
            if (point.origin() != origin) {
                throw new IllegalArgumentException("points of one pass have different origins");
            }
            point.requireFresh();
            List<Term> own = point.direction().terms();
            Sum sum = new Sum(new int[own.size()], new float[own.size()]);
            for (int i = 0; i < own.size(); i++) {
                Term term = own.get(i);
                if (term instanceof Kept kept) {
                    kept.requireFresh();
                }
                sum.terms()[i] = places.computeIfAbsent(term.source(), source -> {
                    terms.add(term);
                    return terms.size() - 1;
                });
                sum.coefficients()[i] = (float) (point.distance() * term.coefficient());
            }
            sums.add(sum);
        }
        return new Pass(origin, terms, sums, 1);
    }

    /** The same pass with the origin scaled first. */
    Pass scaled(double scale) {
        return new Pass(origin, terms, sums, (float) scale);
    }

    /** One thread's room for a tile of each point, and what makes it. */
    private static final class Workspace {
        private static final ThreadLocal<Workspace> OF_THREAD = ThreadLocal.withInitial(Workspace::new);

        final int[] words = new int[Kernel.TILE];
        float[][] terms = new float[0][];
        float[][] out = new float[0][];

        void grow(int termTiles, int outTiles) {
            if (terms.length < termTiles) {
                terms = new float[termTiles][Kernel.TILE];
            }
            if (out.length < outTiles) {
                out = new float[outTiles][Kernel.TILE];
            }
        }
    }

    /**
     * Writes elements {@code from} to {@code from + count} of one tensor: point p to {@code out[p]}, from its element
     * {@code outAt} on. Safe from several threads at once, on different elements.
     */
    public void write(int tensor, int from, int count, FloatBuffer[] out, int outAt) {
        Workspace room = Workspace.OF_THREAD.get();
        int points = sums.size();
        room.grow(points == 1 ? 1 : terms.size(), points);
        FloatBuffer in = origin.storage().of(tensor);
        forEachTile(from, count, (element, at, n) -> {
            in.get(element, room.out[0], at, n);
            if (scale != 1) {
                Kernel.best().scale(scale, room.out[0], at, n);
            }
            for (int p = 1; p < points; p++) {
                System.arraycopy(room.out[0], at, room.out[p], at, n);
            }
            accumulate(room, tensor, element, at, n);
            for (int p = 0; p < points; p++) {
                out[p].put(outAt + element - from, room.out[p], at, n);
            }
        });
    }

    /** Adds the terms of each point, in its order, to its tile; the tile's element {@code at} is the tensor's {@code element}. */
    private void accumulate(Workspace room, int tensor, int element, int at, int n) {
        ParameterSpace.Tensor named = origin.space().tensor(tensor);
        if (sums.size() == 1) { // one after the other through one tile, however many there are
            Sum sum = sums.get(0);
            for (int i = 0; i < terms.size(); i++) {
                draw(terms.get(i), named, tensor, element, room.words, room.terms[0], at, n);
                Kernel.best().add(sum.coefficients()[i], room.terms[0], room.out[0], at, n);
            }
            return;
        }
        for (int i = 0; i < terms.size(); i++) {
            draw(terms.get(i), named, tensor, element, room.words, room.terms[i], at, n);
        }
        for (int p = 0; p < sums.size(); p++) {
            Sum sum = sums.get(p);
            for (int i = 0; i < sum.terms().length; i++) {
                Kernel.best().add(sum.coefficients()[i], room.terms[sum.terms()[i]], room.out[p], at, n);
            }
        }
    }

    /** Writes n elements of a term's vector, without its coefficient, into {@code tile} from {@code at} on. */
    static void draw(
            Term term, ParameterSpace.Tensor tensor, int index, int element, int[] words, float[] tile, int at, int n) {
        if (term instanceof Kept kept) {
            kept.vector().storage().of(index).get(element, tile, at, n);
        } else if (term instanceof Drawn drawn) {
            Noise.fill(drawn.key(), drawn.law(), tensor, element, words, tile, at, n);
        }
    }

    @FunctionalInterface
    interface Tile {
        void run(int element, int at, int n);
    }

    /** Cuts a range of a tensor at multiples of the tile; within a tile an element lies at its index modulo the tile. */
    static void forEachTile(int from, int count, Tile tile) {
        for (int element = from, end = from + count; element < end; ) {
            int at = element % Kernel.TILE;
            int n = Math.min(Kernel.TILE - at, end - element);
            tile.run(element, at, n);
            element += n;
        }
    }
}
