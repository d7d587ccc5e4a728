package org.zolab.update;

import org.zolab.space.Problems;

/**
 * What the learning rate is multiplied by in each step.
 *
 * <pre>
 *   t &lt; w:     (t + 1)/w
 *   constant:  1
 *   linear:    floor + (1 − floor)·(1 − s)
 *   cosine:    floor + (1 − floor)·½(1 + cos πs),   s = (t − w)/(T − w)
 * </pre>
 *
 * @param shape  how it falls
 * @param floor  where it ends
 * @param warmUp w, steps in which it rises first
 */
public record Schedule(Shape shape, double floor, int warmUp) {

    /** How a schedule falls. */
    public enum Shape {
        /** Not at all. */
        CONSTANT,
        /** Evenly. */
        LINEAR,
        /** Slowly, fast, slowly. */
        COSINE
    }

    /** 1, always. */
    public static final Schedule CONSTANT = new Schedule(Shape.CONSTANT, 1, 0);

    public Schedule {
        new Problems()
                .require(floor >= 0 && floor <= 1, "floor of the schedule is not in [0, 1]", floor)
                .require(warmUp >= 0, "warmUp of the schedule is negative", warmUp)
                .orThrow();
    }

    /** The factor of step {@code t} of {@code steps}, counted from 0. */
    public double at(int t, int steps) {
        if (t < warmUp) {
            return (t + 1.0) / warmUp;
        }
        double s = Math.min(1, (double) (t - warmUp) / Math.max(1, steps - warmUp));
        double height =
                switch (shape) {
                    case CONSTANT -> 1;
                    case LINEAR -> 1 - s;
                    case COSINE -> (1 + Math.cos(Math.PI * s)) / 2;
                };
        return shape == Shape.CONSTANT ? 1 : floor + (1 - floor) * height;
    }

    @Override
    public String toString() {
        return shape.name().toLowerCase(java.util.Locale.ROOT)
                + (shape == Shape.CONSTANT ? "" : " to " + floor)
                + (warmUp > 0 ? ", warm-up " + warmUp : "");
    }
}
