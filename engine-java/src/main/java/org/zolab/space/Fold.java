package org.zolab.space;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.zolab.space.Direction.Term;

/**
 * Sums of products of two directions in double precision, for norms, cosines and variances.
 *
 * <p>The products of a tile are accumulated in 16 partial sums; these, and then the tiles of a tensor, are added as a balanced tree. The
 * bits therefore do not depend on the number of threads or on the kernel. Memory: a few tiles per thread, and one number for each tile of
 * the vector.
 */
public final class Fold {

    private Fold() {}

    /** Σ x for each tensor of {@code theta}'s space. One read of each kept vector; nothing is written. */
    public static double[] sums(ParameterVector theta, Direction x) {
        return fold(theta, x, null);
    }

    /** ⟨x, y⟩ for each tensor of {@code theta}'s space. One read of each kept vector; nothing is written. */
    public static double[] products(ParameterVector theta, Direction x, Direction y) {
        return fold(theta, x, y);
    }

    /** Per tensor, the sum of the products of {@code x} with {@code y}, or of {@code x} alone if {@code y} is null. */
    private static double[] fold(ParameterVector theta, Direction x, @Nullable Direction y) {
        ParameterSpace space = theta.space();
        x.terms().forEach(Term::requireFresh);
        if (y != null) {
            y.terms().forEach(Term::requireFresh);
        }
        double[][] tiles = theta.storage()
                .accelerator()
                .map(accelerator -> DeviceJob.fold(accelerator, space, x, y))
                .filter(sums -> sums.length > 0)
                .orElseGet(() -> tiles(theta, x, y));
        double[] result = new double[tiles.length];
        for (int t = 0; t < result.length; t++) {
            result[t] = tree(tiles[t], 0, tiles[t].length);
        }
        return result;
    }

    /** The sum over each tile of each tensor. */
    private static double[][] tiles(ParameterVector theta, Direction x, @Nullable Direction y) {
        ParameterSpace space = theta.space();
        double[][] tiles = space.tensors().stream()
                .map(tensor -> new double[(tensor.size() + Kernel.TILE - 1) / Kernel.TILE])
                .toArray(double[][]::new);
        theta.sweep((tensor, from, count) -> {
            Workspace room = Workspace.of(1, 2);
            float[] a = room.out[0];
            float[] b = room.out[1];
            Arrays.fill(b, 1);
            Pass.forEachTile(from, count, (element, at, n) -> {
                evaluate(x, space, tensor, element, room, a, at, n);
                if (y != null && y != x) {
                    evaluate(y, space, tensor, element, room, b, at, n);
                }
                Arrays.fill(room.sums, 0);
                Kernel.best().products(a, y == x ? a : b, at, n, room.sums);
                tiles[tensor][element / Kernel.TILE] = tree(room.sums, 0, room.sums.length);
            });
        });
        return tiles;
    }

    /** ⟨x, y⟩ over all tensors. */
    public static double product(ParameterVector theta, Direction x, Direction y) {
        double[] sums = products(theta, x, y);
        return tree(sums, 0, sums.length);
    }

    /** ‖x‖. */
    public static double norm(ParameterVector theta, Direction x) {
        return Math.sqrt(product(theta, x, x));
    }

    /** Writes elements of a direction to {@code out} from {@code at} on; overwrites the workspace's words and its first tile for terms. */
    static void evaluate(
            Direction direction,
            ParameterSpace space,
            int tensor,
            int element,
            Workspace room,
            float[] out,
            int at,
            int n) {
        Arrays.fill(out, at, at + n, 0);
        for (Term summand : direction.terms()) {
            double weight = summand.weighting().at(tensor);
            if (weight != 0) {
                Pass.draw(summand, space.tensor(tensor), tensor, element, room.words, room.terms[0], at, n);
                Kernel.best().add((float) (summand.coefficient() * weight), room.terms[0], out, out, at, n);
            }
        }
    }

    private static double tree(double[] sums, int from, int to) {
        if (to - from == 0) {
            return 0;
        }
        if (to - from == 1) {
            return sums[from];
        }
        int middle = (from + to) >>> 1;
        return tree(sums, from, middle) + tree(sums, middle, to);
    }
}
