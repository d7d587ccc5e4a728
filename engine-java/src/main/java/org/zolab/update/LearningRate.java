package org.zolab.update;

import java.util.function.IntToDoubleFunction;

/** η of each step, asked before it. One that follows the losses is told them, and is asked for one step after the other. */
@FunctionalInterface
public interface LearningRate extends IntToDoubleFunction {

    /** Told the mean of a step's losses, after it. */
    default void observe(double loss) {}
}
