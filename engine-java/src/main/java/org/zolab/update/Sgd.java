package org.zolab.update;

import org.zolab.space.ParameterVector;

/**
 * Stochastic gradient descent.
 *
 * <pre>
 *   θ ← θ − ηĝ
 * </pre>
 *
 * <p>One pass over θ, no memory.
 */
public record Sgd() implements RuleConfig {
    @Override
    public UpdateRule create(ParameterVector theta) {
        return (x, gradient, learningRate) -> x.move(gradient, -learningRate);
    }

    @Override
    public boolean linear() {
        return true;
    }

    @Override
    public double gain() {
        return 1;
    }

    @Override
    public String toString() {
        return "sgd";
    }
}
