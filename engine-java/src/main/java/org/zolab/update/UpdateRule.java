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
     * Moves θ along −{@code gradient}; this is the method that a step calls. A rule that measures losses before it moves θ overrides it as
     * well. Those losses count as forward passes of the step and are kept in its record, so where θ goes must depend on nothing but them and
     * the arguments.
     *
     * @param f the loss of the step's batch
     */
    default void apply(LossOracle f, ParameterVector theta, Direction gradient, double learningRate) {
        apply(theta, gradient, learningRate);
    }
}
