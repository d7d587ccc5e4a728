package org.zolab.update;

import java.nio.FloatBuffer;
import java.util.regex.Pattern;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterSpace.Tensor;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;

/**
 * Moves each matrix by an orthogonal matrix close to the momentum of its estimates, so that all singular values count alike.
 *
 * <pre>
 *   M ← βM + ĝ
 *   X = M/‖M‖;   five times  X ← aX + (bA + cA²)X,  A = XXᵀ        a, b, c = 3.4445, −4.775, 2.0315 (Newton and Schulz)
 *   W ← W − η·X          of matrices
 *   w ← w − η·ρ·m        of vectors, and of embeddings and the head, which are looked up by rows
 * </pre>
 *
 * <p>Singular values of M above ‖M‖/500 are between 0.68 and 1.21 in X, so a step of a matrix is about √min(m, n) long whatever the loss's
 * scale is. X is P·X′ where M is P·M′ with orthonormal columns of P, so over matrices of a subspace this is the paper's low-rank step; the
 * paper has no momentum, β = 0, and η 10⁻² beside 10⁻⁷ for vectors. Without momentum, a single direction leaves only the sign of its slope in X.
 *
 * <p>Cost: a pass for M, and about 10·min(m, n) multiplications an element by plain loops: for wide matrices more than the forward passes take.
 * With a GPU, the CPU does this. Memory: M, as large as θ, and meanwhile a few matrices as large as the largest. Equal bits for any number of
 * threads, on any machine.
 *
 * <p>Reference: Muon (Jordan et al., 2024); ZO-Muon, arXiv 2602.17155.
 *
 * @param beta    β
 * @param vectors ρ, the factor of η for whatever is not moved as a matrix
 */
public record Muon(double beta, double vectors) implements RuleConfig {

    private static final Pattern LOOKED_UP = Pattern.compile("embed|\\bwte\\b|\\bwpe\\b|\\blm_head\\b");

    public Muon {
        new Problems()
                .require(beta >= 0 && beta < 1, "beta of Muon is not in [0, 1)", beta)
                .require(
                        vectors >= 0 && vectors < Double.POSITIVE_INFINITY,
                        "vectors of Muon is not zero or positive and finite",
                        vectors)
                .orThrow();
    }

    @Override
    public UpdateRule create(ParameterVector theta) {
        ParameterVector momentum = theta.zeros();
        return (x, gradient, learningRate) -> {
            momentum.update(beta, gradient, 1);
            x.set((tensor, values) -> {
                float[] m = new float[tensor.size()];
                momentum.storage().read(x.space().indexOf(tensor.name()), 0, m, 0, m.length);
                boolean matrix = isMatrix(tensor);
                float[] step = matrix
                        ? NewtonSchulz.orthogonal(
                                m, tensor.shape().get(0), x.storage().team())
                        : m;
                float rate = (float) (matrix ? learningRate : learningRate * vectors);
                move(values, step, rate);
            });
        };
    }

    private static void move(FloatBuffer values, float[] step, float rate) {
        for (int i = 0; i < step.length; i++) {
            values.put(i, values.get(i) - rate * step[i]);
        }
    }

    private static boolean isMatrix(Tensor tensor) {
        return tensor.shape().size() == 2 && !LOOKED_UP.matcher(tensor.name()).find();
    }

    @Override
    public int keptVectors() {
        return 1;
    }

    /** The largest tensor is copied, and the largest matrix once more for its step and for each of the iteration's matrices. */
    @Override
    public long bytes(ParameterSpace space) {
        long matrix = space.tensors().stream()
                .filter(Muon::isMatrix)
                .mapToLong(tensor ->
                        NewtonSchulz.numbers(tensor.size(), tensor.shape().get(0)))
                .max()
                .orElse(0);
        long any = space.tensors().stream().mapToLong(Tensor::size).max().orElse(0);
        return Float.BYTES * (any + matrix);
    }

    @Override
    public double seconds(ParameterSpace space, int threads) {
        double multiplications = space.tensors().stream()
                .filter(Muon::isMatrix)
                .mapToDouble(tensor -> NewtonSchulz.multiplications(
                        tensor.size(), tensor.shape().get(0)))
                .sum();
        return multiplications == 0 ? 0 : multiplications / (threads * NewtonSchulz.rate());
    }

    @Override
    public double learningRate() {
        return 1.6e-2;
    }

    @Override
    public String toString() {
        return "muon " + beta + ", vectors at " + vectors;
    }
}
