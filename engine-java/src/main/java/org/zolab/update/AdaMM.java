package org.zolab.update;

import java.util.List;
import org.zolab.space.ElementMap;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;

/**
 * AdaMM on zeroth-order estimates: Adam with the largest second moment so far, without bias correction.
 *
 * <pre>
 *   m ← β₁m + (1 − β₁)ĝ
 *   w ← β₂w + (1 − β₂)ĝ²,   w̄ ← max(w̄, w)
 *   θ ← θ − η · m/(√w̄ + δ)
 * </pre>
 *
 * <p>One sweep over θ, m, w and w̄; memory: m, w and w̄, each as large as θ.
 *
 * <p>Reference: ZO-AdaMM, arXiv 1910.06513, as in LDSD, arXiv 2602.13659.
 *
 * @param beta1 β₁
 * @param beta2 β₂
 * @param delta δ
 */
public record AdaMM(double beta1, double beta2, double delta) implements RuleConfig {

    public AdaMM {
        new Problems()
                .require(beta1 >= 0 && beta1 < 1, "beta1 is not in [0, 1)", beta1)
                .require(beta2 >= 0 && beta2 < 1, "beta2 is not in [0, 1)", beta2)
                .require(delta > 0, "delta of AdaMM is not strictly positive", delta)
                .orThrow();
    }

    @Override
    public UpdateRule create(ParameterVector theta) {
        ParameterVector m = theta.zeros();
        ParameterVector w = theta.zeros();
        ParameterVector largest = theta.zeros();
        float b1 = (float) beta1;
        float b2 = (float) beta2;
        float c1 = (float) (1 - beta1);
        float c2 = (float) (1 - beta2);
        float d = (float) delta;
        return (vector, gradient, learningRate) -> {
            float rate = (float) learningRate;
            ElementMap.Rule rule = (x, g, at, n) -> {
                float[] thetas = x[0];
                float[] ms = x[1];
                float[] ws = x[2];
                float[] most = x[3];
                for (int i = at; i < at + n; i++) {
                    ms[i] = b1 * ms[i] + c1 * g[i];
                    ws[i] = b2 * ws[i] + c2 * g[i] * g[i];
                    most[i] = Math.max(most[i], ws[i]);
                    thetas[i] -= rate * ms[i] / ((float) Math.sqrt(most[i]) + d);
                }
            };
            ElementMap.update(
                    List.of(vector, m, w, largest), gradient, ElementMap.Known.adaMM(rate, b1, c1, b2, c2, d, rule));
        };
    }

    @Override
    public int keptVectors() {
        return 3;
    }

    @Override
    public double learningRate() {
        return 2e-4;
    }

    @Override
    public String toString() {
        return "adamm, beta1 " + beta1 + ", beta2 " + beta2 + ", delta " + delta;
    }
}
