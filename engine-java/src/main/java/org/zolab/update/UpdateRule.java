package org.zolab.update;

import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;

/** How an estimate moves the parameters. */
@FunctionalInterface
public interface UpdateRule {

    /** Moves θ along −{@code gradient}. */
    void apply(ParameterVector theta, Direction gradient, double learningRate);
}
