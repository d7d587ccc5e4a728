package org.zolab.update;

import java.util.function.IntToDoubleFunction;

/** The learning rate η of each step, asked for before the step. One that follows the losses must be asked for the steps in order. */
@FunctionalInterface
public interface LearningRate extends IntToDoubleFunction {

    /** Called after each step with the mean of its losses. */
    default void observe(double loss) {}
}
