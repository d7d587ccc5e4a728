package org.zolab.update;

import org.zolab.space.Problems;

/**
 * A factor of the learning rate that falls over a run or stays at 1, after an optional warm-up.
 *
 * <pre>
 *   t &lt; w:     (t + 1)/w
 *   constant:  1
 *   plateau:   max(floor, 2⁻ⁿ),  n the number of windows whose mean loss was not below that of every window before
 *   linear:    floor + (1 − floor)·(1 − s)
 *   cosine:    floor + (1 − floor)·½(1 + cos πs),   s = (t − w)/(T − w)
 * </pre>
 *
 * @param shape  how it falls
 * @param floor  where it ends
 * @param warmUp w, the steps of a rise at the start
 * @param window how many steps a plateau averages the loss over; a replay sees the recorded losses, so it falls in the same steps
 */
public record Falling(Shape shape, double floor, int warmUp, int window) implements Schedule {

    /** How a schedule falls. */
    public enum Shape {
        /** Not at all. */
        CONSTANT,
        /** Evenly. */
        LINEAR,
        /** Slowly, fast, slowly. */
        COSINE,
        /** By half, whenever the loss has stopped falling. */
        PLATEAU
    }

    public Falling {
        new Problems()
                .require(floor >= 0 && floor <= 1, "floor of the schedule is not in [0, 1]", floor)
                .require(warmUp >= 0, "warmUp of the schedule is negative", warmUp)
                .require(window > 0, "window of the schedule is not strictly positive", window)
                .orThrow();
    }

    /** A schedule whose shape does not depend on the losses. */
    public Falling(Shape shape, double floor, int warmUp) {
        this(shape, floor, warmUp, 1);
    }

    @Override
    public LearningRate of(double eta, int steps) {
        return shape == Shape.PLATEAU ? new Plateau(this, eta, steps) : t -> eta * at(t, steps);
    }

    /** The factor of step {@code t}, counted from 0, of {@code steps}, leaving the losses aside: of a plateau this is the warm-up alone. */
    public double at(int t, int steps) {
        if (t < warmUp) {
            return (t + 1.0) / warmUp;
        }
        double s = Math.min(1, (double) (t - warmUp) / Math.max(1, steps - warmUp));
        return switch (shape) {
            case CONSTANT, PLATEAU -> 1;
            case LINEAR -> floor + (1 - floor) * (1 - s);
            case COSINE -> floor + (1 - floor) * ((1 + Math.cos(Math.PI * s)) / 2);
        };
    }

    @Override
    public String toString() {
        return shape.name().toLowerCase(java.util.Locale.ROOT)
                + (shape == Shape.CONSTANT ? "" : " to " + floor)
                + (shape == Shape.PLATEAU ? " by means of " + window : "")
                + (warmUp > 0 ? ", warm-up " + warmUp : "");
    }
}
