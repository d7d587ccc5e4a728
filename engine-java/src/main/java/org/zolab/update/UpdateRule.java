package org.zolab.update;

import java.util.function.IntPredicate;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;

/** How an estimate moves the parameters. */
@FunctionalInterface
public interface UpdateRule {

    /** Moves θ along −{@code gradient}. */
    void apply(ParameterVector theta, Direction gradient, double learningRate);

    /**
     * The same in a step whose directions lead into some tensors, also where the slope along them is 0 and {@code gradient} leads nowhere. A
     * rule that leaves the other tensors alone looks at it.
     *
     * @param probed whether a direction led into the tensor at that place
     */
    default void apply(ParameterVector theta, Direction gradient, double learningRate, IntPredicate probed) {
        apply(theta, gradient, learningRate);
    }
}
