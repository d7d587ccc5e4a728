package org.zolab.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.zolab.diagnose.Median;

/**
 * The result of an ablation, or of as much of it as is done.
 *
 * @param ablation what was asked for
 * @param trials   the finished runs, tuning included, in the order in which they ended
 * @param tuned    what tuning found, by arm
 */
public record AblationResult(Ablation ablation, List<Trial> trials, Map<String, Tuning.Tuned> tuned) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Lowest, middle and highest of several numbers.
     *
     * @param low    the lowest
     * @param median the middle one, or the mean of the two in the middle
     * @param high   the highest
     */
    public record Range(double low, double median, double high) {}

    /**
     * An evaluation on dev, summarised over the seeds.
     *
     * @param forwards after how many forward passes
     * @param loss     mean losses
     * @param accuracy shares of right answers, or F1 of answers
     */
    public record Spot(long forwards, Range loss, Range accuracy) {}

    public AblationResult {
        trials = List.copyOf(trials);
        tuned = Map.copyOf(tuned);
    }

    /** Whether all runs of the race are done. */
    public boolean complete() {
        return ablation.arms().stream()
                .allMatch(arm -> trials(arm.name()).size() == ablation.seeds().size());
    }

    /** An arm's runs of the race, in the order of the ablation's seeds. */
    public List<Trial> trials(String arm) {
        return ablation.seeds().stream()
                .flatMap(seed -> trials.stream()
                        .filter(trial -> trial.phase() == Trial.Phase.RACE
                                && trial.seed() == seed
                                && trial.arm().equals(arm)))
                .toList();
    }

    /** The range of {@code number} over an arm's runs of the race; NaN if there are none. */
    public Range range(String arm, ToDoubleFunction<Trial> number) {
        return range(trials(arm), number);
    }

    private static Range range(List<Trial> runs, ToDoubleFunction<Trial> number) {
        double[] all = runs.stream().mapToDouble(number).toArray();
        return new Range(
                DoubleStream.of(all).min().orElse(Double.NaN),
                Median.of(all),
                DoubleStream.of(all).max().orElse(Double.NaN));
    }

    /** An arm's learning rate: the tuned one, or else its own. */
    public double learningRate(Ablation.Arm arm) {
        Tuning.@Nullable Tuned found = tuned.get(arm.name());
        return found != null ? found.learningRate() : arm.plan().learningRate();
    }

    /**
     * The forward passes that an arm needs to reach the median of {@code reference}'s lowest losses, divided by those that
     * {@code reference} needs: below 1 the arm is faster. Medians are over seeds; infinite if the arm does not get there, NaN if half of the
     * reference's runs diverged. For an even number of seeds, the loss to reach is the higher of the two in the middle, which more than half
     * of the runs reach.
     */
    public double forwardsBeside(String arm, String reference) {
        double[] lowest =
                trials(reference).stream().mapToDouble(Trial::loss).sorted().toArray();
        if (lowest.length == 0) {
            return Double.NaN;
        }
        double target = lowest[lowest.length / 2];
        if (target == Double.POSITIVE_INFINITY) {
            return Double.NaN;
        }
        return range(arm, trial -> trial.forwardsTo(target)).median()
                / range(reference, trial -> trial.forwardsTo(target)).median();
    }

    /** An arm's evaluations on dev in order, each over all runs that took all their steps. */
    public List<Spot> curve(String arm) {
        List<Trial> runs = trials(arm).stream().filter(Trial::completed).toList();
        int spots = runs.stream().mapToInt(run -> run.dev().size()).min().orElse(0);
        return IntStream.range(0, spots)
                .mapToObj(i -> new Spot(
                        runs.get(0).dev().get(i).forwards(),
                        range(runs, run -> run.dev().get(i).loss()),
                        range(runs, run -> run.dev().get(i).accuracy())))
                .toList();
    }

    /** How many of an arm's runs diverged. */
    public int diverged(String arm) {
        return (int) trials(arm).stream().filter(trial -> !trial.completed()).count();
    }

    /** The evaluations of all runs as JSON lines, one object for each, which DuckDB and others read as a table. */
    public String lines() {
        StringBuilder lines = new StringBuilder();
        for (Trial trial : trials) {
            for (Event.Evaluated evaluated : trial.evaluations()) {
                Map<String, @Nullable Object> row = new LinkedHashMap<>();
                row.put("arm", trial.arm());
                row.put("phase", trial.phase().toString());
                row.put("seed", trial.seed());
                row.put("learningRate", trial.learningRate());
                row.put("steps", trial.steps());
                row.put("outcome", trial.outcome().sentence());
                row.put("step", evaluated.step());
                row.put("forwards", evaluated.forwards());
                row.put("split", evaluated.split().name().toLowerCase(Locale.ROOT));
                row.put("loss", finite(evaluated.loss()));
                row.put("metric", evaluated.metric().name().toLowerCase(Locale.ROOT));
                row.put("score", finite(evaluated.metric().value(evaluated)));
                row.put("seconds", evaluated.seconds());
                row.put("folder", ablation.folder().relativize(trial.folder()).toString());
                try {
                    lines.append(JSON.writeValueAsString(row)).append('\n');
                } catch (JsonProcessingException e) {
                    throw new IllegalStateException("a result cannot be written: " + row, e);
                }
            }
        }
        return lines.toString();
    }

    /** In one line, since its evaluations are many. */
    @Override
    public String toString() {
        return Outcome.counted(ablation.arms().size(), "arm") + ", " + Outcome.counted(trials.size(), "run")
                + (complete() ? "" : " so far") + ", in " + ablation.folder();
    }

    private static @Nullable Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }
}
