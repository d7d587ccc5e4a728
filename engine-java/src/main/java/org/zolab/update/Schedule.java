package org.zolab.update;

/** How the learning rate changes over a run. Settings, shared and immutable; what {@link #of} makes may follow the run's losses. */
@FunctionalInterface
public interface Schedule {

    /** The learning rates of one run of {@code steps} steps; {@code eta} is what the schedule multiplies. */
    LearningRate of(double eta, int steps);
}
