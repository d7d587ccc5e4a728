package org.zolab.update;

import org.zolab.probe.LossOracle;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;

/** How an estimate moves the parameters. */
@FunctionalInterface
public interface UpdateRule {

    /** Moves θ along −{@code gradient}. */
    void apply(ParameterVector theta, Direction gradient, double learningRate);

    /**
     * The same, as a step calls it: a rule that looks at losses before it moves θ overrides this one too. What it asks are forward passes of
     * the step and stand in its record, so it must follow from them and from its arguments alone where θ goes.
     *
     * @param f the loss of the step's batch
     */
    default void apply(LossOracle f, ParameterVector theta, Direction gradient, double learningRate) {
        apply(theta, gradient, learningRate);
    }
}
