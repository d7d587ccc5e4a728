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

/** What is trained and on what: parameters, a loss for every step, scores for the splits. Settings; {@link #open} makes the rest. */
public interface Subject {

    /** What it is called in displays. */
    String name();

    /** What is trained. */
    ParameterSpace space();

    /** The settings that decide its losses, in lines of {@code key: value}. */
    String settings();

    /** Whether its losses know their gradients. */
    boolean differentiable();

    /** Notes what would keep it from running. */
    void check(Problems problems);

    /** d, bytes and seconds that {@code plan} will spend on it; nothing is trained. */
    Cost cost(Plan plan);

    /** How its losses are computed, as far as their bits depend on it; the ledger says so in each step. */
    String computeId();

    /** What its evaluations tell people. */
    default Metric metric() {
        return Metric.ACCURACY;
    }

    /** The same without a look at test, for runs that choose settings. */
    default Subject untested() {
        return this;
    }

    /** Makes it ready; {@code seed} orders its examples. */
    Opened open(long seed);

    /** A subject in memory. */
    interface Opened extends AutoCloseable {

        /** θ. */
        ParameterVector theta();

        /** From now on evaluations end with a {@link java.util.concurrent.CancellationException} soon after {@code cancelled} is true. */
        void cancelWhen(BooleanSupplier cancelled);

        /** The loss of batch {@code number}, counted from 0 over the whole run. */
        BatchLoss batch(long number);

        /** What is preferred for the examples of a split that are looked at; none where there is nothing to choose. */
        default List<Prediction> predictions(Split split) {
            return List.of();
        }

        /** Loss and accuracy on a split where θ is now; empty if there are no examples to look at. */
        Optional<Score> score(Split split);

        @Override
        void close();
    }
}
