package org.zolab.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.zolab.ledger.StepLedger;
import org.zolab.ledger.StepRecord;

/**
 * An earlier run as its folder tells it: settings, losses and evaluations, without its model.
 *
 * @param folder      where it is
 * @param settings    of its plan, by name
 * @param steps       every step
 * @param evaluations every evaluation, in order
 * @param outcome     how it ended; stopped, too, if it goes on
 */
public record SavedRun(
        Path folder,
        Map<String, String> settings,
        List<StepRecord> steps,
        List<Event.Evaluated> evaluations,
        Outcome outcome)
        implements Evaluations {

    /** A run's files, but those of vectors, such as checkpoints. */
    private static final List<String> FILES =
            List.of(FineTuner.LEDGER, FineTuner.EVALUATIONS, FineTuner.OUTCOME, FineTuner.PLAN);

    public SavedRun {
        settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings)); // in the plan's order
        steps = List.copyOf(steps);
        evaluations = List.copyOf(evaluations);
    }

    /** The run in a folder. */
    public static SavedRun in(Path folder) {
        try {
            Map<String, String> settings = Plan.settings(Files.readString(folder.resolve(FineTuner.PLAN)));
            List<StepRecord> steps = Files.exists(folder.resolve(FineTuner.LEDGER))
                    ? StepLedger.read(folder.resolve(FineTuner.LEDGER))
                    : List.of();
            Path outcome = folder.resolve(FineTuner.OUTCOME);
            return new SavedRun(
                    folder,
                    settings,
                    steps,
                    EvaluationLog.read(folder.resolve(FineTuner.EVALUATIONS)),
                    Files.exists(outcome)
                            ? outcome(outcome, Files.readString(outcome), steps.size())
                            : new Outcome.Stopped(steps.size()));
        } catch (IOException e) {
            throw new IllegalArgumentException("folder holds no run: " + folder + " (" + e.getMessage() + ")", e);
        }
    }

    /** What {@code file} says: a word, and after a colon what to change; what stands between, a sentence of older folders, is passed over. */
    private static Outcome outcome(Path file, String text, int steps) {
        return switch (text.split("\\W", 2)[0]) {
            case Outcome.Completed.WORD -> new Outcome.Completed();
            case Outcome.Diverged.WORD -> new Outcome.Diverged(steps, text.replaceFirst("[^:]*(: )?", ""));
            default ->
                throw new IllegalArgumentException("end of a run is neither " + Outcome.Completed.WORD + " nor "
                        + Outcome.Diverged.WORD + ": \"" + text + "\" in " + file
                        + "; delete that file, and the run goes on from its ledger");
        };
    }

    /** All runs in the folders of {@code parent}, oldest first; a folder that holds none is passed over. */
    public static List<SavedRun> all(Path parent) {
        List<SavedRun> runs = new ArrayList<>();
        if (!Files.isDirectory(parent)) {
            return runs;
        }
        try (Stream<Path> folders = Files.list(parent)) {
            folders.filter(folder -> Files.isRegularFile(folder.resolve(FineTuner.PLAN)))
                    .sorted()
                    .forEach(folder -> runs.add(in(folder)));
        } catch (IOException e) {
            throw new IllegalArgumentException("folder cannot be read: " + parent + " (" + e.getMessage() + ")", e);
        }
        return runs;
    }

    /**
     * The run itself: with its model, predictions and files, as it was returned. Nothing is computed; what instruments read, and the seconds of
     * its steps, are kept nowhere and are missing.
     *
     * @param plan what was run
     * @throws IllegalArgumentException if the folder holds a run of another plan
     */
    public Run opened(Plan plan) {
        plan.requireOwn(folder);
        long[] forwards = forwards();
        List<Event.Stepped> taken = new ArrayList<>();
        for (int t = 0; t < forwards.length; t++) {
            taken.add(Event.Stepped.of(steps.get(t), forwards[t], 0, 0));
        }
        double seconds = evaluations.isEmpty()
                ? 0
                : evaluations.get(evaluations.size() - 1).seconds();
        long spent = forwards.length == 0 ? 0 : forwards[forwards.length - 1];
        return new Run(plan, outcome, taken, evaluations, List.of(), spent, seconds, folder);
    }

    /**
     * Deletes what the run wrote, its checkpoint and ledger included, and its folder if nothing else is in it.
     *
     * @throws IllegalStateException if the run is going on, here or in another process
     * @throws IllegalArgumentException if a file cannot be deleted
     */
    @SuppressWarnings("try") // the ledger is held, so that nobody writes it
    public void delete() {
        try (StepLedger held = StepLedger.append(folder.resolve(FineTuner.LEDGER));
                Stream<Path> files = Files.list(folder)) {
            // the plan last: as long as it is there, the folder is listed and can be deleted again
            for (Path file : files.filter(SavedRun::isOfRun)
                    .sorted(Comparator.comparing(file -> file.endsWith(FineTuner.PLAN)))
                    .toList()) {
                Files.delete(file);
            }
            try (Stream<Path> others = Files.list(folder)) {
                if (others.findAny().isEmpty()) {
                    Files.delete(folder);
                }
            }
        } catch (IOException e) {
            throw new IllegalArgumentException("run cannot be deleted: " + folder + " (" + e.getMessage() + ")", e);
        }
    }

    private static boolean isOfRun(Path file) {
        String name = String.valueOf(file.getFileName()).replaceFirst("\\.(lock|part)$", "");
        return Files.isRegularFile(file) && (FILES.contains(name) || name.endsWith(".safetensors"));
    }

    /** What it is called in figures. */
    public String name() {
        return settings.getOrDefault("name", String.valueOf(folder.getFileName()));
    }

    /** The forward passes that were spent after each step. */
    public long[] forwards() {
        long batches = Long.parseLong(settings.getOrDefault("batches", "1"));
        long[] spent = new long[steps.size()];
        long sum = 0;
        for (int t = 0; t < spent.length; t++) {
            sum += batches * steps.get(t).losses().size();
            spent[t] = sum;
        }
        return spent;
    }

    /** What its evaluations tell people. */
    public Metric metric() {
        return Metric.valueOf(settings.getOrDefault("metric", "accuracy").toUpperCase(Locale.ROOT));
    }

    /** How many steps its plan has, as people write it. */
    private String planned() {
        String steps = settings.getOrDefault("steps", "?");
        return steps.matches("\\d{1,9}") ? String.format(Locale.ROOT, "%,d", Integer.parseInt(steps)) : steps;
    }

    /** In one line. */
    public String summary() {
        String best = best().map(at -> ", " + metric().best(at)).orElse("");
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
