package org.zolab.train;

import java.nio.file.Path;
import java.util.Map;
import org.zolab.ledger.StepRecord;
import org.zolab.task.Split;

/** What happens in a run, told as it happens, in scalars only. */
public sealed interface Event {

    /**
     * The model is loaded and the first step is about to begin.
     *
     * @param plan       what will be done
     * @param parameters d
     * @param folder     where the run keeps its ledger and checkpoint
     * @param recorded   how many steps that ledger has already; they are read instead of run
     */
    record Started(Plan plan, long parameters, Path folder, int recorded) implements Event {}

    /**
     * A step was taken.
     *
     * @param step         how many steps so far
     * @param forwards     how many forward passes of training so far
     * @param loss         mean of the losses this step asked for before θ moved
     * @param slope        the steepest of the slopes that were measured, with its sign
     * @param learningRate η
     * @param seconds      since the run started
     * @param memory       resident bytes of the process
     */
    record Stepped(int step, long forwards, double loss, double slope, double learningRate, double seconds, long memory)
            implements Event {

        /** The event of a step's record, with what a record does not hold. */
        static Stepped of(StepRecord record, long forwards, double seconds, long memory) {
            return new Stepped(
                    record.step() + 1,
                    forwards,
                    record.losses().stream().mapToDouble(loss -> loss).average().orElseThrow(),
                    record.slopes().stream().reduce(0.0, (a, b) -> Math.abs(b) > Math.abs(a) ? b : a),
                    record.learningRate(),
                    seconds,
                    memory);
        }
    }

    /**
     * The parameters were evaluated.
     *
     * @param step     after how many steps
     * @param forwards after how many forward passes of training
     * @param split    on which examples
     * @param loss     mean loss
     * @param accuracy share of right answers, or F1 of answers; NaN if there is neither
     * @param metric   what it is shown as
     * @param seconds  since the run started
     */
    record Evaluated(int step, long forwards, Split split, double loss, double accuracy, Metric metric, double seconds)
            implements Event {}

    /**
     * An instrument was read in a step, before θ moved.
     *
     * @param step     after how many steps
     * @param forwards after how many forward passes of training
     * @param values   by name
     */
    record Measured(int step, long forwards, Map<String, Double> values) implements Event {}

    /** The run is over. */
    record Ended(Outcome outcome) implements Event {}
}
