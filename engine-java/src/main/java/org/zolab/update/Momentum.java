package org.zolab.update;

import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;

/**
 * Gradient descent with momentum, undamped.
 *
 * <pre>
 *   m ← βm + ĝ
 *   θ ← θ − ηm
 * </pre>
 *
 * <p>Two passes; memory: m, as large as θ.
 *
 * @param beta β
 */
public record Momentum(double beta) implements RuleConfig {

    public Momentum {
        new Problems()
                .require(beta >= 0 && beta < 1, "beta of the momentum is not in [0, 1)", beta)
                .orThrow();
    }

    @Override
    public UpdateRule create(ParameterVector theta) {
        ParameterVector m = theta.zeros();
        return (x, gradient, learningRate) -> {
            m.update(beta, gradient, 1);
            x.move(Direction.of(m), -learningRate);
        };
    }

    @Override
    public int keptVectors() {
        return 1;
    }

    @Override
    public boolean linear() {
        return true;
    }

    /** 1/(1 − β). */
    @Override
    public double gain() {
        return 1 / (1 - beta);
    }

    @Override
    public String toString() {
        return "momentum " + beta;
    }
}
