package org.zolab.train;

import java.util.List;
import java.util.Map;
import org.zolab.estimator.Estimate;
import org.zolab.objective.BatchLoss;
import org.zolab.sampler.DirectionSampler;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;

/**
 * Measures something about a step after its estimate is made and before anything moves. Its forward passes are not counted as training, and
 * its numbers have no influence on the run.
 */
@FunctionalInterface
public interface Instrument {

    /**
     * A step between its estimate and its update.
     *
     * @param theta        θ
     * @param loss         the loss of the step's batch
     * @param directions   those that the sampler proposed
     * @param estimate     ĝ and the measurements behind it
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

    /** Numbers by name; the names are the same every time. {@code "a: b"} and {@code "a: c"} are drawn in one figure, as b and c of a. */
    Map<String, Double> read(Moment moment);

    /** Whether it needs a loss that knows its gradient. */
    default boolean differentiates() {
        return false;
    }

    /** How many forward passes' time a reading takes in a step with so many directions; 0 if that is not known. */
    default double forwards(int directions) {
        return 0;
    }

    /** How many vectors as large as θ a reading takes, besides what a gradient needs. */
    default int keptVectors() {
        return 0;
    }

    /** This instrument, read at the first step and every {@code steps} steps from there. */
    default Now every(int steps) {
        return new Now(this, steps);
    }

    /**
     * An instrument and when it is read.
     *
     * @param instrument what is read
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
