package org.zolab.update;

import java.util.List;
import org.zolab.space.Direction;
import org.zolab.space.ElementMap;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;

/**
 * Adam on zeroth-order estimates, with bias correction and without weight decay.
 *
 * <pre>
 *   m ← β₁m + (1 − β₁)ĝ
 *   v ← β₂v + (1 − β₂)ĝ²
 *   θ ← θ − η · m/(1 − β₁ᵗ) / (√(v/(1 − β₂ᵗ)) + ε)
 * </pre>
 *
 * <p>One sweep over θ, m and v; memory: m and v, each as large as θ.
 *
 * <p>Reference: Kingma and Ba, arXiv 1412.6980; as ZO-Adam in MeZO, arXiv 2305.17333.
 *
 * @param beta1   β₁
 * @param beta2   β₂
 * @param epsilon ε of the quotient, not the distance of the probes
 */
public record Adam(double beta1, double beta2, double epsilon) implements RuleConfig {

    public Adam {
        new Problems()
                .require(beta1 >= 0 && beta1 < 1, "beta1 is not in [0, 1)", beta1)
                .require(beta2 >= 0 && beta2 < 1, "beta2 is not in [0, 1)", beta2)
                .require(epsilon > 0, "epsilon of Adam is not strictly positive", epsilon)
                .orThrow();
    }

    @Override
    public UpdateRule create(ParameterVector theta) {
        return new State(this, theta.zeros(), theta.zeros());
    }

    @Override
    public int keptVectors() {
        return 2;
    }

    @Override
    public double learningRate() {
        return 8e-4;
    }

    @Override
    public String toString() {
        return "adam, beta1 " + beta1 + ", beta2 " + beta2 + ", epsilon " + epsilon;
    }

    private static final class State implements UpdateRule {
        private final Adam config;
        private final ParameterVector m;
        private final ParameterVector v;
        private int t;

        State(Adam config, ParameterVector m, ParameterVector v) {
            this.config = config;
            this.m = m;
            this.v = v;
        }

        @Override
        public void apply(ParameterVector theta, Direction gradient, double learningRate) {
            t++;
            float b1 = (float) config.beta1();
            float b2 = (float) config.beta2();
            float c1 = (float) (1 - config.beta1());
            float c2 = (float) (1 - config.beta2());
            float rate = (float) (learningRate / (1 - Math.pow(config.beta1(), t)));
            float correction = (float) (1 / (1 - Math.pow(config.beta2(), t)));
            float epsilon = (float) config.epsilon();
            ElementMap.Rule rule = (x, g, at, n) -> {
                float[] thetas = x[0];
                float[] ms = x[1];
                float[] vs = x[2];
                for (int i = at; i < at + n; i++) {
                    ms[i] = b1 * ms[i] + c1 * g[i];
                    vs[i] = b2 * vs[i] + c2 * g[i] * g[i];
                    thetas[i] -= rate * ms[i] / ((float) Math.sqrt(vs[i] * correction) + epsilon);
                }
            };
            ElementMap.update(
                    List.of(theta, m, v),
                    gradient,
                    ElementMap.Known.adam(rate, b1, c1, b2, c2, epsilon, correction, rule));
        }
    }
}
