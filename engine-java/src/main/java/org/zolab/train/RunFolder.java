package org.zolab.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.zolab.ledger.StepLedger;
import org.zolab.ledger.StepRecord;
import org.zolab.model.weights.Dtype;
import org.zolab.model.weights.Safetensors;
import org.zolab.model.weights.SafetensorsWriter;
import org.zolab.model.weights.Weights;
import org.zolab.space.Numbers;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Precision;

/**
 * The files of a run: its plan in words, its ledger, its evaluations, how it ended, and vectors such as its best checkpoint.
 *
 * @param path where it is
 */
public record RunFolder(Path path) {

    /** The name of the ledger in a run's folder. */
    public static final String LEDGER = "ledger.jsonl";

    /** The name of the checkpoint in a run's folder. */
    public static final String BEST = "best.safetensors";

    /** The name of the evaluations in a run's folder. */
    public static final String EVALUATIONS = "evaluations.jsonl";

    static final String PLAN = "plan.txt";
    /** The name of the file that says how a run ended, once it has: in one word, followed by a colon and what to change. */
    static final String OUTCOME = "outcome.txt";

    /** The folder of a plan, or a new one if it names none, with the plan written to it. Refuses a folder that holds a run of another plan. */
    static RunFolder create(Plan plan) {
        Path path = plan.folder();
        if (path == null) {
            String stamp = LocalDateTime.now().format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss-SSS"));
            path = Home.runs().resolve(stamp + "-" + plan.name().replaceAll("[^A-Za-z0-9._-]+", "-"));
        }
        RunFolder folder = new RunFolder(path);
        try {
            Files.createDirectories(path);
            folder.requireSame(plan);
            if (!folder.has(PLAN)) {
                WholeFile.write(folder.file(PLAN), plan.toString());
            }
        } catch (IOException e) {
            throw new IllegalArgumentException("folder cannot be written: " + path + " (" + WholeFile.reason(e)
                    + "); choose another one, or set -Dzo.home");
        }
        return folder;
    }

    /** Refuses a folder that holds a run of another plan, and says how they differ. */
    void requireSame(Plan plan) {
        requireSame(plan, "choose another folder, or the same settings");
    }

    /** Refuses a folder that holds a run of another plan, with this advice. */
    void requireSame(Plan plan, String advice) {
        if (!has(PLAN)) {
            return;
        }
        String there;
        try {
            there = Files.readString(file(PLAN));
        } catch (IOException e) {
            throw new IllegalArgumentException("folder cannot be read: " + path + " (" + e.getMessage() + ")", e);
        }
        if (!there.equals(plan.toString())) {
            Map<String, String> theirs = Plan.settings(there);
            Map<String, String> ours = plan.settings();
            String differing = Stream.concat(ours.keySet().stream(), theirs.keySet().stream())
                    .distinct()
                    .filter(setting -> !Objects.equals(ours.get(setting), theirs.get(setting)))
                    .map(setting -> Numbers.plain(setting + " is " + theirs.getOrDefault(setting, "not told")
                            + " there and " + ours.getOrDefault(setting, "not told") + " here"))
                    .collect(Collectors.joining(", "));
            throw new IllegalArgumentException(
                    "folder holds a run of another plan: " + path + "; " + differing + "; " + advice);
        }
    }

    /** Where a file of this name is, or would be. */
    Path file(String name) {
        return path.resolve(name);
    }

    boolean has(String name) {
        return Files.exists(file(name));
    }

    /** The steps that are in the ledger; none if it is not there. */
    List<StepRecord> steps() {
        return has(LEDGER) ? StepLedger.read(file(LEDGER)) : List.of();
    }

    /**
     * The best checkpoint.
     *
     * @throws IllegalArgumentException if the run has kept none
     */
    public Weights best() {
        if (!has(BEST)) {
            throw new IllegalArgumentException("the run has kept no weights: " + file(BEST)
                    + " is not there; it is written when dev is first looked at, and not by trials of an ablation");
        }
        return Safetensors.file(file(BEST));
    }

    /** Writes a vector; tensors that are kept in bf16 are written in bf16. */
    void save(String name, ParameterVector vector) {
        List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
        for (int i = 0; i < vector.space().tensors().size(); i++) {
            ParameterSpace.Tensor tensor = vector.space().tensor(i);
            long[] shape = tensor.shape().stream().mapToLong(extent -> extent).toArray();
            int index = i;
            Dtype dtype = vector.storage().lanes(i).precision() == Precision.BF16 ? Dtype.BF16 : Dtype.F32;
            tensors.add(
                    new SafetensorsWriter.Tensor(tensor.name(), dtype, shape, (from, into, count) -> vector.storage()
                            .read(index, from, into, 0, count)));
        }
        SafetensorsWriter.write(file(name), tensors, Map.of());
    }

    /** Writes down how the run ended, unless it can go on. */
    void end(Outcome outcome) {
        if (!(outcome instanceof Outcome.Stopped)) {
            try {
                String advice = outcome.advice().isEmpty() ? "" : ": " + outcome.advice();
                WholeFile.write(file(OUTCOME), outcome.word() + advice);
            } catch (IOException e) {
                throw new IllegalStateException(
                        "the run's end cannot be noted in " + path + " (" + e.getMessage()
                                + "); free some space and run the plan again in this folder: its steps are kept",
                        e);
            }
        }
    }

    /**
     * How a run of so many steps ended, as {@link #end} wrote it. Older folders have a sentence between the word and the colon, which is
     * skipped.
     */
    Outcome outcome(int steps) throws IOException {
        if (!has(OUTCOME)) {
            return new Outcome.Stopped(steps);
        }
        String text = Files.readString(file(OUTCOME));
        return switch (text.split("\\W", 2)[0]) {
            case Outcome.Completed.WORD -> new Outcome.Completed();
            case Outcome.Diverged.WORD -> new Outcome.Diverged(steps, text.replaceFirst("[^:]*(: )?", ""));
            default ->
                throw new IllegalArgumentException("end of a run is neither " + Outcome.Completed.WORD + " nor "
                        + Outcome.Diverged.WORD + ": \"" + text + "\" in " + file(OUTCOME)
                        + "; delete that file, and the run goes on from its ledger");
        };
    }

    /** Deletes what the run wrote, and the folder if nothing else is in it; see {@link SavedRun#delete}. */
    @SuppressWarnings("try") // the ledger is locked, so that nobody writes to it
    void delete() {
        try (StepLedger held = StepLedger.open(file(LEDGER));
                Stream<Path> files = Files.list(path)) {
            // the plan last: while it is there, the folder is listed and can be deleted again
            for (Path file : files.filter(RunFolder::isOfRun)
                    .sorted(Comparator.comparing(file -> file.endsWith(PLAN)))
                    .toList()) {
                Files.delete(file);
            }
            try (Stream<Path> others = Files.list(path)) {
                if (others.findAny().isEmpty()) {
                    Files.delete(path);
                }
            }
        } catch (IOException e) {
            throw new IllegalArgumentException("run cannot be deleted: " + path + " (" + WholeFile.reason(e) + ")", e);
        }
    }

    /** Deletes what is left of vectors that were being written when the run was killed, each as large as the vector. */
    void discardParts() {
        try (Stream<Path> files = Files.list(path)) {
            for (Path file : files.filter(f -> isOfRun(f) && f.toString().endsWith(".tmp"))
                    .toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new IllegalStateException(
                    "what a killed run left cannot be deleted: " + path + " (" + e.getMessage() + ")", e);
        }
    }

    private static boolean isOfRun(Path file) {
        String name = String.valueOf(file.getFileName())
                .replaceFirst("\\.(lock|part)$", "")
                .replaceFirst("^\\.(.+)\\.[0-9a-f-]{36}\\.tmp$", "$1"); // see SafetensorsWriter
        return Files.isRegularFile(file)
                && (List.of(LEDGER, EVALUATIONS, OUTCOME, PLAN).contains(name) || name.endsWith(".safetensors"));
    }
}
