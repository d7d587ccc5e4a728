package org.zolab.sampler;

import java.util.stream.IntStream;
import org.zolab.space.ParameterSpace;
import org.zolab.space.Weighting;

/**
 * A perturbation scale for each tensor, and the tensor's weight in the energy of a direction: the closed forms of the ZO Fine-tuner.
 *
 * <pre>
 *   N = Σ fᵢ,  S = Σ fᵢσᵢ²,  c = √(N/S)          so that z = cσ⊙u has the energy Σ fᵢ(cσᵢ)² = N, that of u
 * </pre>
 *
 * <p>Reference: arXiv 2510.00419.
 *
 * @param sigma  σᵢ, raw
 * @param energy fᵢ
 */
public record Scales(double[] sigma, double[] energy) {

    /** Which parts of a step are differentiated by σ while nets are trained. */
    public enum Form {
        /** Only the scale itself, as published: half the derivative in expectation, of the same sign. */
        DETACHED,
        /** The scale and the normaliser c. */
        NORMALISED,
        /** The scale, c and the slope. It needs the gradients at both probes too. */
        WHOLE
    }

    public Scales {
        if (sigma.length != energy.length) {
            throw new IllegalArgumentException(
                    "energy is not as many numbers as sigma, " + sigma.length + ": " + energy.length);
        }
    }

    /**
     * c.
     *
     * @throws IllegalStateException if no scale is positive, or one is not a number
     */
    public double normaliser() {
        double total = 0;
        double square = 0;
        for (int i = 0; i < sigma.length; i++) {
            total += energy[i];
            square += energy[i] * sigma[i] * sigma[i];
        }
        double c = Math.sqrt(total / square);
        if (!(c > 0 && c < Double.POSITIVE_INFINITY)) {
            throw new IllegalStateException("energy of the scales is not strictly positive and finite: " + square
                    + "; the nets are damaged or were trained too fast, take others");
        }
        return c;
    }

    /** cσᵢ for each tensor. */
    public Weighting weighting(ParameterSpace space) {
        double c = normaliser();
        return Weighting.of(space, i -> c * sigma[i]);
    }

    /**
     * ∂L/∂σ for the meta-loss L = f(θ − ηs·cσ⊙u), where s is the slope along cσ⊙u at θ.
     *
     * <pre>
     *   G = ∇f(θ − ηs·cσ⊙u),  ḡ = ½(∇f(θ⁺) + ∇f(θ⁻)),  Dᵢ = ⟨Gᵢ, uᵢ⟩,  bᵢ = ⟨ḡᵢ, uᵢ⟩,  cᵢ′ = −c fᵢσᵢ/S
     *   DETACHED     −ηs·cDᵢ
     *   NORMALISED   −ηs·(cDᵢ + cᵢ′ ΣσD)
     *   WHOLE        −η·(s(cDᵢ + cᵢ′ ΣσD) + (cbᵢ + cᵢ′ Σσb)·cΣσD)
     * </pre>
     *
     * @param form    what is differentiated
     * @param eta     η
     * @param slope   s
     * @param ahead   D
     * @param between b; only {@code WHOLE} reads it
     */
    public double[] gradient(Form form, double eta, double slope, double[] ahead, double[] between) {
        double c = normaliser();
        double square = 0;
        for (int i = 0; i < sigma.length; i++) {
            square += energy[i] * sigma[i] * sigma[i];
        }
        double alongAhead = dot(sigma, ahead);
        double alongBetween = form == Form.WHOLE ? dot(sigma, between) : 0;
        double[] gradient = new double[sigma.length];
        for (int i = 0; i < gradient.length; i++) {
            double byC = form == Form.DETACHED ? 0 : -c * energy[i] * sigma[i] / square;
            double step = slope * (c * ahead[i] + byC * alongAhead);
            if (form == Form.WHOLE) {
                step += (c * between[i] + byC * alongBetween) * c * alongAhead;
            }
            gradient[i] = -eta * step;
        }
        return gradient;
    }

    private static double dot(double[] x, double[] y) {
        return IntStream.range(0, x.length).mapToDouble(i -> x[i] * y[i]).sum();
    }
}
