package org.zolab.update;

/** How a learning rate goes on over a run: settings, shared and immutable; what {@link #of} gives may follow the run's losses. */
@FunctionalInterface
public interface Schedule {

    /** η of each step of one run of {@code steps}, where {@code eta} is what the schedule multiplies. */
    LearningRate of(double eta, int steps);
}
