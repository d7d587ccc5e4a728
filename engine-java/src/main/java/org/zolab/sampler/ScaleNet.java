package org.zolab.sampler;

import org.zolab.space.InitialWeights;
import org.zolab.space.ParameterSpace;

/**
 * The net that predicts the perturbation scale of one tensor, PertNN in the paper. Immutable.
 *
 * <pre>
 *   a = [mean(θᵢ), var(θᵢ), ℓ⁺, ℓ⁻, σᵢ]                    of the step before, from five numbers
 *   h = tanh(W₁a + b₁)                                      W₁ 64 × 5, b₁ 64
 *   m = W₂h + b₂                                            W₂ 1 × 64, b₂ 1: 449 weights in all
 *   σ = |m|
 * </pre>
 *
 * <p>Weights are fp32. Arithmetic is double, with a tanh of fixed bits, so a step replays on any machine; PyTorch's fp32 is within
 * 1e-6 of it.
 *
 * <p>Reference: ZO Fine-tuner, arXiv 2510.00419.
 */
public final class ScaleNet {

    /** The length of a. */
    public static final int INPUTS = 5;

    /** The length of h. */
    public static final int HIDDEN = 64;

    private static final int B1 = HIDDEN * INPUTS;
    private static final int W2 = B1 + HIDDEN;
    private static final int B2 = W2 + HIDDEN;

    /** How many weights: W₁ row by row, b₁, W₂, b₂. */
    public static final int WEIGHTS = B2 + 1;

    private final float[] weights;

    /** The net with these weights: W₁ row by row, b₁, W₂, b₂. */
    public ScaleNet(float[] weights) {
        if (weights.length != WEIGHTS) {
            throw new IllegalArgumentException(
                    "weights of a scale net is not " + WEIGHTS + " numbers: " + weights.length);
        }
        this.weights = weights.clone();
    }

    /** The untrained net of {@code tensor}: W₁, b₁ uniform within ±1/√5 and W₂, b₂ within ±1/8, as PyTorch starts such layers. */
    public static ScaleNet random(ParameterSpace.Tensor tensor, long seed) {
        float[] weights = InitialWeights.uniform(seed, tensor, WEIGHTS);
        for (int i = 0; i < WEIGHTS; i++) {
            weights[i] = (float) (weights[i] / Math.sqrt(i < W2 ? INPUTS : HIDDEN));
        }
        return new ScaleNet(weights);
    }

    /** A copy of the weights: W₁ row by row, b₁, W₂, b₂. */
    public float[] weights() {
        return weights.clone();
    }

    /** m, of which σ is the absolute value. */
    public double output(double[] a) {
        double[] h = hidden(a);
        double m = weights[B2];
        for (int j = 0; j < HIDDEN; j++) {
            m += weights[W2 + j] * h[j];
        }
        return m;
    }

    /**
     * How a loss changes with the weights, in their order.
     *
     * <pre>
     *   ∂L/∂b₂ = ∂L/∂m,  ∂L/∂W₂ = ∂L/∂m · h,  ∂L/∂b₁ = ∂L/∂m · W₂ ⊙ (1 − h²),  ∂L/∂W₁ = ∂L/∂b₁ aᵀ
     * </pre>
     *
     * @param byOutput ∂L/∂m, which is sign(m)·∂L/∂σ
     */
    public double[] gradient(double[] a, double byOutput) {
        double[] h = hidden(a);
        double[] gradient = new double[WEIGHTS];
        for (int j = 0; j < HIDDEN; j++) {
            double byHidden = byOutput * weights[W2 + j] * (1 - h[j] * h[j]);
            for (int i = 0; i < INPUTS; i++) {
                gradient[j * INPUTS + i] = byHidden * a[i];
            }
            gradient[B1 + j] = byHidden;
            gradient[W2 + j] = byOutput * h[j];
        }
        gradient[B2] = byOutput;
        return gradient;
    }

    private double[] hidden(double[] a) {
        double[] h = new double[HIDDEN];
        for (int j = 0; j < HIDDEN; j++) {
            double sum = weights[B1 + j];
            for (int i = 0; i < INPUTS; i++) {
                sum += weights[j * INPUTS + i] * a[i];
            }
            h[j] = StrictMath.tanh(sum);
        }
        return h;
    }
}
