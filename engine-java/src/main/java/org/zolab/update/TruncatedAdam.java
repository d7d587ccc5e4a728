package org.zolab.update;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.zolab.space.Direction;
import org.zolab.space.ElementMap;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;

/**
 * Adam whose moments cover only the last h estimates, which are drawn again from their keys and slopes in every step (AdaMeZO).
 *
 * <pre>
 *   m = Σ β₁ᵏ·ĝₜ₋ₖ / Σ β₁ᵏ,   v = Σ β₂ᵏ·ĝₜ₋ₖ² / Σ β₂ᵏ      k from 0 to min(t, h) − 1
 *   θ ← θ − η·m/(√v + ε)
 * </pre>
 *
 * <p>The weights add up to 1, which for t ≤ h is {@link Adam}'s bias correction.
 *
 * <p>One sweep over θ that draws the noise of h steps; memory: h formulas, no vector. The estimates must consist of noise alone: a formula
 * that refers to a learned mean or to θ is no longer valid once those have moved, and is refused.
 *
 * <p>Reference: AdaMeZO, arXiv 2605.00650.
 *
 * @param beta1   β₁
 * @param beta2   β₂
 * @param horizon h
 * @param epsilon ε of the quotient, not the distance of the probes
 */
public record TruncatedAdam(double beta1, double beta2, int horizon, double epsilon) implements RuleConfig {

    public TruncatedAdam {
        new Problems()
                .require(beta1 >= 0 && beta1 < 1, "beta1 is not in [0, 1)", beta1)
                .require(beta2 >= 0 && beta2 < 1, "beta2 is not in [0, 1)", beta2)
                .require(horizon > 0, "horizon is not strictly positive", horizon)
                .require(epsilon > 0, "epsilon of the truncated Adam is not strictly positive", epsilon)
                .orThrow();
    }

    @Override
    public UpdateRule create(ParameterVector theta) {
        Deque<Direction> last = new ArrayDeque<>();
        return (vector, gradient, learningRate) -> {
            last.addFirst(gradient);
            if (last.size() > horizon) {
                last.removeLast();
            }
            step(vector, List.copyOf(last), learningRate);
        };
    }

    private void step(ParameterVector theta, List<Direction> estimates, double learningRate) {
        float[] first = weights(beta1, estimates.size());
        float[] second = weights(beta2, estimates.size());
        float rate = (float) learningRate;
        float floor = (float) epsilon;
        ElementMap.update(List.of(theta), estimates, (x, g, at, n) -> {
            for (int i = at; i < at + n; i++) {
                float m = 0;
                float v = 0;
                for (int k = 0; k < g.length; k++) {
                    m += first[k] * g[k][i];
                    v += second[k] * g[k][i] * g[k][i];
                }
                x[0][i] -= rate * m / ((float) Math.sqrt(v) + floor);
            }
        });
    }

    /** βᵏ / Σ βᵏ. */
    private static float[] weights(double beta, int n) {
        float[] weights = new float[n];
        double sum = 0;
        for (int k = 0; k < n; k++) {
            sum += Math.pow(beta, k);
        }
        for (int k = 0; k < n; k++) {
            weights[k] = (float) (Math.pow(beta, k) / sum);
        }
        return weights;
    }

    @Override
    public int estimates() {
        return horizon;
    }

    @Override
    public boolean remembers() {
        return true;
    }

    @Override
    public double learningRate() {
        return 8e-4;
    }

    @Override
    public String toString() {
        return "adam of the last " + horizon + " estimates, beta1 " + beta1 + ", beta2 " + beta2 + ", epsilon "
                + epsilon;
    }
}
