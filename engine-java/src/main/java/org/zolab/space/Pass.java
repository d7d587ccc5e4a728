package org.zolab.space;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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

    private record Share(Term term, double[] coefficients) {}

    private final ParameterVector origin;
    private final List<Share> shares;
    private final int points;
    private final float scale;

    private Pass(ParameterVector origin, List<Share> shares, int points, float scale) {
        this.origin = origin;
        this.shares = shares;
        this.points = points;
        this.scale = scale;
    }

    /** The pass that writes {@code points}, which share their origin. Refuses formulas that have gone stale. */
    public static Pass of(List<Point> points) {
        ParameterVector origin = points.get(0).origin();
        Map<Object, Share> shares = new LinkedHashMap<>();
        for (int p = 0; p < points.size(); p++) {
            Point point = points.get(p);
            if (point.origin() != origin) {
                throw new IllegalArgumentException("points of one pass have different origins");
            }
            point.requireFresh();
            for (Term term : point.direction().terms()) {
                if (term instanceof Kept kept) {
                    kept.requireFresh();
                }
                shares.computeIfAbsent(term.source(), source -> new Share(term, new double[points.size()]))
                                .coefficients()[p] =
                        point.distance() * term.coefficient();
            }
        }
        return new Pass(origin, new ArrayList<>(shares.values()), points.size(), 1);
    }

    /** The same pass with the origin scaled first. */
    Pass scaled(double scale) {
        return new Pass(origin, shares, points, (float) scale);
    }

    /** One thread's room for a tile of each point, and what makes it. */
    private static final class Workspace {
        private static final ThreadLocal<Workspace> OF_THREAD = ThreadLocal.withInitial(Workspace::new);

        final int[] words = new int[Kernel.TILE];
        final float[] term = new float[Kernel.TILE];
        float[][] out = new float[0][];

        float[][] out(int points) {
            if (out.length < points) {
                out = new float[points][Kernel.TILE];
            }
            return out;
        }
    }

    /**
     * Writes elements {@code from} to {@code from + count} of one tensor: point p to {@code out[p]}, from its element
     * {@code outAt} on. Safe from several threads at once, on different elements.
     */
    public void write(int tensor, int from, int count, FloatBuffer[] out, int outAt) {
        Workspace room = Workspace.OF_THREAD.get();
        float[][] tiles = room.out(points);
        FloatBuffer in = origin.storage().of(tensor);
        forEachTile(from, count, (element, at, n) -> {
            for (int p = 0; p < points; p++) {
                if (p == 0) {
                    in.get(element, tiles[0], at, n);
                    if (scale != 1) {
                        Kernel.best().scale(scale, tiles[0], at, n);
                    }
                } else {
                    System.arraycopy(tiles[0], at, tiles[p], at, n);
                }
            }
            accumulate(room, tensor, element, at, n, tiles);
            for (int p = 0; p < points; p++) {
                out[p].put(outAt + element - from, tiles[p], at, n);
            }
        });
    }

    /** Adds the terms of each point to its tile; the tile's element {@code at} is the tensor's {@code element}. */
    private void accumulate(Workspace room, int tensor, int element, int at, int n, float[][] tiles) {
        for (Share share : shares) {
            draw(share.term(), origin.space().tensor(tensor), tensor, element, room.words, room.term, at, n);
            for (int p = 0; p < points; p++) {
                float c = (float) share.coefficients()[p];
                if (c != 0) {
                    Kernel.best().add(c, room.term, tiles[p], at, n);
                }
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
