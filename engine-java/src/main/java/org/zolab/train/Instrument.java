package org.zolab.train;

import java.util.List;
import java.util.Map;
import org.zolab.estimator.Estimate;
import org.zolab.objective.BatchLoss;
import org.zolab.sampler.DirectionSampler;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;

/**
 * Measures something about a step when its estimate is made and nothing has moved yet. What it costs is its own: its forward passes are
 * not counted as training, and its numbers decide nothing.
 */
@FunctionalInterface
public interface Instrument {

    /**
     * A step between its estimate and its update.
     *
     * @param theta        θ
     * @param loss         the loss of the step's batch
     * @param directions   what was proposed
     * @param estimate     ĝ and what it was made of
     * @param sampler      π
     * @param learningRate η of this step
     * @param epsilon      ε
     */
    record Moment(
            ParameterVector theta,
            BatchLoss loss,
            List<Direction> directions,
            Estimate estimate,
            DirectionSampler sampler,
            double learningRate,
            double epsilon) {}

    /** Numbers by name; the same names every time. What is named {@code "a: b"} and {@code "a: c"} is drawn together, as b and c of a. */
    Map<String, Double> read(Moment moment);

    /** Whether it needs a loss that knows its gradient. */
    default boolean differentiates() {
        return false;
    }

    /** Forward passes that a reading takes the time of, where a step has so many directions; 0 if it is not known. */
    default double forwards(int directions) {
        return 0;
    }

    /** Vectors as large as θ that a reading takes, beside what a gradient needs. */
    default int keptVectors() {
        return 0;
    }

    /** The same at every {@code steps}-th step only, the first included. */
    default Now every(int steps) {
        return new Now(this, steps);
    }

    /**
     * An instrument and when it is read.
     *
     * @param instrument what
     * @param every      steps between two readings
     */
    record Now(Instrument instrument, int every) {
        public Now {
            if (!(every > 0)) {
                throw new IllegalArgumentException("every of an instrument is not strictly positive: " + every);
            }
        }
    }
}
