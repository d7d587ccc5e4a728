package org.zolab.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.zolab.ledger.StepRecord;

/**
 * An earlier run as its folder describes it: settings, losses and evaluations, without its model.
 *
 * @param folder      where it is
 * @param settings    of its plan, by name
 * @param steps       every step
 * @param evaluations every evaluation, in order
 * @param outcome     how it ended; stopped also if it is still going on
 */
public record SavedRun(
        Path folder,
        Map<String, String> settings,
        List<StepRecord> steps,
        List<Event.Evaluated> evaluations,
        Outcome outcome)
        implements Evaluations {

    public SavedRun {
        settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings)); // in the plan's order
        steps = List.copyOf(steps);
        evaluations = List.copyOf(evaluations);
    }

    /** The run in a folder. */
    public static SavedRun read(Path folder) {
        RunFolder files = new RunFolder(folder);
        try {
            Map<String, String> settings = Plan.settings(Files.readString(files.file(RunFolder.PLAN)));
            List<StepRecord> steps = files.steps();
            return new SavedRun(
                    folder,
                    settings,
                    steps,
                    EvaluationLog.read(files.file(RunFolder.EVALUATIONS), metric(settings)),
                    files.outcome(steps.size()));
        } catch (IOException e) {
            throw new IllegalArgumentException("folder holds no run: " + folder + " (" + WholeFile.reason(e) + ")", e);
        }
    }

    /** All runs in the folders of {@code parent}, oldest first; folders without a run are skipped. */
    public static List<SavedRun> all(Path parent) {
        List<SavedRun> runs = new ArrayList<>();
        if (!Files.isDirectory(parent)) {
            return runs;
        }
        try (Stream<Path> folders = Files.list(parent)) {
            folders.filter(folder -> Files.isRegularFile(folder.resolve(RunFolder.PLAN)))
                    .sorted()
                    .forEach(folder -> runs.add(read(folder)));
        } catch (IOException e) {
            throw new IllegalArgumentException("folder cannot be read: " + parent + " (" + e.getMessage() + ")", e);
        }
        return runs;
    }

    /**
     * The run as it was returned, with its model, predictions and files. Nothing is computed. The readings of instruments, and how long the run
     * and its steps took, are not kept and are missing.
     *
     * @param plan what was run
     * @throws IllegalArgumentException if the folder holds a run of another plan
     */
    public Run opened(Plan plan) {
        new RunFolder(folder).requireSame(plan, "give the settings that it was run with");
        long[] forwards = forwards();
        List<Event.Stepped> taken = new ArrayList<>();
        for (int t = 0; t < forwards.length; t++) {
            taken.add(Event.Stepped.of(steps.get(t), forwards[t], 0, 0));
        }
        long spent = forwards.length == 0 ? 0 : forwards[forwards.length - 1];
        return new Run(plan, outcome, taken, evaluations, List.of(), spent, Double.NaN, folder);
    }

    /**
     * Deletes what the run wrote, its checkpoint and ledger included, and its folder if nothing else is in it.
     *
     * @throws IllegalStateException if the run is going on, here or in another process
     * @throws IllegalArgumentException if a file cannot be deleted
     */
    public void delete() {
        new RunFolder(folder).delete();
    }

    /** Its name in figures. */
    public String name() {
        return settings.getOrDefault("name", String.valueOf(folder.getFileName()));
    }

    /** The forward passes that were spent after each step. */
    public long[] forwards() {
        long batches = Long.parseLong(settings.getOrDefault("batches", "1"));
        long[] spent = new long[steps.size()];
        long sum = 0;
        for (int t = 0; t < spent.length; t++) {
            sum += batches * steps.get(t).asked().size();
            spent[t] = sum;
        }
        return spent;
    }

    /** What its evaluations are shown as. */
    public Metric metric() {
        return metric(settings);
    }

    private static Metric metric(Map<String, String> settings) {
        return Metric.valueOf(settings.getOrDefault("metric", "accuracy").toUpperCase(Locale.ROOT));
    }

    /** How many steps its plan has, as people write it. */
    private String planned() {
        String steps = settings.getOrDefault("steps", "?");
        return steps.matches("\\d{1,9}") ? String.format(Locale.ROOT, "%,d", Integer.parseInt(steps)) : steps;
    }

    /** In one line. */
    public String summary() {
        String best = best().map(at -> ", " + metric().describeBest(at)).orElse("");
        return String.format(
                Locale.ROOT,
                "%s: %,d of %s steps%s, in %s",
                name(),
                steps.size(),
                planned(),
                best,
                folder.getFileName());
    }

    /** Its summary, since its steps are many. */
    @Override
    public String toString() {
        return summary();
    }
}
