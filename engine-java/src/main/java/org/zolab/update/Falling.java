package org.zolab.update;

import org.zolab.space.Problems;

/**
 * A learning rate that falls, or stays: what it is multiplied by in each step.
 *
 * <pre>
 *   t &lt; w:     (t + 1)/w
 *   constant:  1
 *   plateau:   max(floor, 2⁻ⁿ),  n how often {@code window} steps had a mean loss that was not below that of all such before
 *   linear:    floor + (1 − floor)·(1 − s)
 *   cosine:    floor + (1 − floor)·½(1 + cos πs),   s = (t − w)/(T − w)
 * </pre>
 *
 * @param shape  how it falls
 * @param floor  where it ends
 * @param warmUp w, steps in which it rises first
 * @param window steps whose losses a plateau averages; it follows recorded losses, so a replay falls in the same steps
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
        /** To half, whenever the loss stops falling. */
        PLATEAU
    }

    /** 1, always. */
    public static final Falling CONSTANT = new Falling(Shape.CONSTANT, 1, 0);

    public Falling {
        new Problems()
                .require(floor >= 0 && floor <= 1, "floor of the schedule is not in [0, 1]", floor)
                .require(warmUp >= 0, "warmUp of the schedule is negative", warmUp)
                .require(window > 0, "window of the schedule is not strictly positive", window)
                .orThrow();
    }

    /** A schedule that looks at no losses. */
    public Falling(Shape shape, double floor, int warmUp) {
        this(shape, floor, warmUp, 1);
    }

    @Override
    public LearningRate of(double eta, int steps) {
        return shape == Shape.PLATEAU ? new Plateau(this, eta, steps) : t -> eta * at(t, steps);
    }

    /** The factor of step {@code t} of {@code steps}, counted from 0, whatever the losses are; of a plateau its warm-up. */
    public double at(int t, int steps) {
        if (t < warmUp) {
            return (t + 1.0) / warmUp;
        }
        double s = Math.min(1, (double) (t - warmUp) / Math.max(1, steps - warmUp));
        double height =
                switch (shape) {
                    case CONSTANT, PLATEAU -> 1;
                    case LINEAR -> 1 - s;
                    case COSINE -> (1 + Math.cos(Math.PI * s)) / 2;
                };
        return shape == Shape.CONSTANT || shape == Shape.PLATEAU ? 1 : floor + (1 - floor) * height;
    }

    @Override
    public String toString() {
        return shape.name().toLowerCase(java.util.Locale.ROOT)
                + (shape == Shape.CONSTANT ? "" : " to " + floor)
                + (shape == Shape.PLATEAU ? " by means of " + window : "")
                + (warmUp > 0 ? ", warm-up " + warmUp : "");
    }
}
