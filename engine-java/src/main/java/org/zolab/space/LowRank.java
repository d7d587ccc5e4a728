package org.zolab.space;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Noise whose matrices have a low rank r. Tensors that are not matrices, and matrices with a dimension of at most r, get Gaussian noise.
 *
 * <pre>
 *   sum of products:  Z = U·Vᵀ/√r             U [m, r] drawn anew each time, V [n, r] kept
 *   diagonal:         Z = U·diag(τ)·Vᵀ/√r     U [m, r], V [n, r] kept, τ [r] drawn anew
 *   subspace:         Z = √(mn)/r · U·C·Vᵀ    U [m, r], V [n, r] kept, with orthonormal columns; C [r, r] drawn anew
 * </pre>
 *
 * <p>Entries of U, V, τ and C are standard normal before columns are orthonormalised (Gram-Schmidt, signs as in a QR with a positive
 * diagonal). All forms have mean 0 and, over all draws, variance 1 per element. Memory: the kept factors, (m + n)·r numbers per matrix,
 * generated from their key on first use.
 *
 * <p>Reference: LOZO, arXiv 2410.07698, and TeZO, arXiv 2501.19057 (both without 1/√r); SubZero, arXiv 2410.08989 (without √(mn)/r).
 */
public final class LowRank implements Law {

    /** How many matrices' cores a thread caches. */
    private static final int CORES = 64;

    private record CoreOf(NoiseKey key, int hash) {}

    private static final ThreadLocal<Map<CoreOf, float[]>> KNOWN_CORES = ThreadLocal.withInitial(HashMap::new);

    /** Which factor is drawn anew: U, τ or C. */
    private enum Form {
        PRODUCT,
        DIAGONAL,
        SUBSPACE
    }

    private final NoiseKey kept;
    private final int rank;
    private final Form form;
    private final Map<Integer, Factors> factors = new ConcurrentHashMap<>();

    /** U in row-major order if it is kept, and the columns of V. */
    private record Factors(float @Nullable [] left, float[] right) {}

    private LowRank(NoiseKey kept, int rank, Form form) {
        if (!(rank > 0)) {
            throw new IllegalArgumentException("rank is not strictly positive: " + rank);
        }
        this.kept = kept;
        this.rank = rank;
        this.form = form;
    }

    /** U·Vᵀ/√r with V from {@code kept}. */
    public static LowRank product(NoiseKey kept, int rank) {
        return new LowRank(kept, rank, Form.PRODUCT);
    }

    /** U·diag(τ)·Vᵀ/√r with U and V from {@code kept}. */
    public static LowRank diagonal(NoiseKey kept, int rank) {
        return new LowRank(kept, rank, Form.DIAGONAL);
    }

    /** √(mn)/r·U·C·Vᵀ with U and V from {@code kept}. */
    public static LowRank subspace(NoiseKey kept, int rank) {
        return new LowRank(kept, rank, Form.SUBSPACE);
    }

    /**
     * Whether noise of this rank in {@code tensor} is low-rank rather than Gaussian: true of matrices with both dimensions above
     * {@code rank}.
     */
    public static boolean isProduct(ParameterSpace.Tensor tensor, int rank) {
        List<Integer> shape = tensor.shape();
        return shape.size() == 2 && Math.min(shape.get(0), shape.get(1)) > rank;
    }

    void fill(NoiseKey key, ParameterSpace.Tensor tensor, int element, int[] words, float[] tile, int at, int n) {
        if (!isProduct(tensor, rank)) {
            Noise.fill(key, GAUSSIAN, tensor, element, words, tile, at, n);
            return;
        }
        int columns = tensor.shape().get(1);
        Factors own = factors.computeIfAbsent(tensor.hash(), hash -> make(tensor));
        float[] row = new float[rank];
        for (int done = 0; done < n; ) {
            int i = (element + done) / columns;
            int j = (element + done) % columns;
            int run = Math.min(columns - j, n - done);
            left(key, tensor, own, i, row);
            Arrays.fill(tile, at + done, at + done + run, 0);
            for (int k = 0; k < rank; k++) {
                float u = row[k];
                int from = k * columns + j;
                for (int c = 0; c < run; c++) {
                    tile[at + done + c] += u * own.right()[from + c];
                }
            }
            done += run;
        }
    }

    /** Row i of the factor to the left of Vᵀ, scale included. */
    private void left(NoiseKey key, ParameterSpace.Tensor tensor, Factors own, int i, float[] row) {
        float root = (float) (1 / Math.sqrt(rank));
        if (own.left() == null) {
            Noise.normals(key, tensor.hash(), Purpose.LEFT_FACTOR, i * rank, row);
            for (int k = 0; k < rank; k++) {
                row[k] *= root;
            }
            return;
        }
        if (form == Form.DIAGONAL) {
            float[] tau = core(key, tensor.hash(), rank);
            for (int k = 0; k < rank; k++) {
                row[k] = own.left()[i * rank + k] * root * tau[k];
            }
            return;
        }
        float scale = (float) (Math.sqrt((double) tensor.size()) / rank);
        float[] core = core(key, tensor.hash(), rank * rank);
        for (int k = 0; k < rank; k++) {
            float sum = 0;
            for (int l = 0; l < rank; l++) {
                sum += own.left()[i * rank + l] * core[l * rank + k];
            }
            row[k] = scale * sum;
        }
    }

    private static float[] core(NoiseKey key, int hash, int size) {
        Map<CoreOf, float[]> known = KNOWN_CORES.get();
        CoreOf wanted = new CoreOf(key, hash);
        float[] core = known.get(wanted);
        if (core == null || core.length != size) {
            if (known.size() >= CORES) {
                known.clear();
            }
            core = new float[size];
            Noise.normals(key, hash, Purpose.CORE, 0, core);
            known.put(wanted, core);
        }
        return core;
    }

    private Factors make(ParameterSpace.Tensor tensor) {
        int rows = tensor.shape().get(0);
        int columns = tensor.shape().get(1);
        float[] right = new float[Math.multiplyExact(columns, rank)];
        Noise.normals(kept, tensor.hash(), Purpose.RIGHT_FACTOR, 0, right);
        if (form == Form.PRODUCT) {
            return new Factors(null, right);
        }
        if (form == Form.DIAGONAL) {
            float[] left = new float[Math.multiplyExact(rows, rank)];
            Noise.normals(kept, tensor.hash(), Purpose.LEFT_FACTOR, 0, left);
            return new Factors(left, right);
        }
        float[] byColumn = new float[Math.multiplyExact(rows, rank)];
        Noise.normals(kept, tensor.hash(), Purpose.LEFT_FACTOR, 0, byColumn);
        orthonormalise(byColumn, rows);
        orthonormalise(right, columns);
        float[] left = new float[byColumn.length];
        for (int i = 0; i < rows; i++) {
            for (int k = 0; k < rank; k++) {
                left[i * rank + k] = byColumn[k * rows + i];
            }
        }
        return new Factors(left, right);
    }

    /**
     * Orthonormalises consecutive columns of length n, in order. Each is projected twice, since a single projection leaves the rounding
     * error of a sum.
     */
    private void orthonormalise(float[] columns, int n) {
        double[] q = new double[columns.length];
        for (int k = 0; k < rank; k++) {
            for (int i = 0; i < n; i++) {
                q[k * n + i] = columns[k * n + i];
            }
            for (int again = 0; again < 2; again++) {
                for (int l = 0; l < k; l++) {
                    double along = dot(q, k, l, n);
                    for (int i = 0; i < n; i++) {
                        q[k * n + i] -= along * q[l * n + i];
                    }
                }
            }
            double norm = Math.sqrt(dot(q, k, k, n));
            for (int i = 0; i < n; i++) {
                q[k * n + i] /= norm;
                columns[k * n + i] = (float) q[k * n + i];
            }
        }
    }

    private static double dot(double[] q, int k, int l, int n) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += q[k * n + i] * q[l * n + i];
        }
        return sum;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof LowRank that && kept.equals(that.kept) && rank == that.rank && form == that.form;
    }

    @Override
    public int hashCode() {
        return Objects.hash(kept, rank, form);
    }

    @Override
    public String toString() {
        return (form == Form.SUBSPACE ? "subspace of rank " : "rank ") + rank;
    }
}
