package org.zolab.train;

import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.zolab.objective.BatchLoss;
import org.zolab.objective.Prediction;
import org.zolab.objective.Score;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;
import org.zolab.task.Split;

/** What is trained and on what: parameters, a loss for every step, scores for the splits. These are settings; {@link #open} loads the rest. */
public interface Subject {

    /** Its name in displays. */
    String name();

    /** What is trained. */
    ParameterSpace space();

    /** The settings that decide its losses, in lines of {@code key: value}. */
    String settings();

    /** Whether its losses know their gradients. */
    boolean differentiable();

    /** Notes what would keep it from running. */
    void check(Problems problems);

    /** What {@code plan} will cost on it; nothing is trained. */
    Cost cost(Plan plan);

    /** How its losses are computed, in as much as their bits depend on it; every step in the ledger records it. */
    String computeId();

    /** What its evaluations are shown as. */
    default Metric metric() {
        return Metric.ACCURACY;
    }

    /** This subject without looks at test, for runs that choose settings. */
    default Subject untested() {
        return this;
    }

    /** Loads it; {@code seed} decides the order of its examples. */
    Opened open(long seed);

    /** A subject in memory. */
    interface Opened extends AutoCloseable {

        /** θ. */
        ParameterVector theta();

        /** Makes evaluations end with a {@link java.util.concurrent.CancellationException} soon after {@code cancelled} becomes true. */
        void cancelWhen(BooleanSupplier cancelled);

        /** The loss of batch {@code number}, counted from 0 over the whole run. */
        BatchLoss batch(long number);

        /** Predictions for the examples of a split that are looked at; none if there is nothing to choose. */
        default List<Prediction> predictions(Split split) {
            return List.of();
        }

        /** Loss and accuracy on a split at the current θ; empty if there are no examples to look at. */
        Optional<Score> score(Split split);

        @Override
        void close();
    }
}
