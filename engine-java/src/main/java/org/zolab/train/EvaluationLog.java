package org.zolab.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.zolab.task.Split;

/**
 * The evaluations of a run, kept beside its ledger as JSON lines: a resumed run need not repeat them, and figures of earlier runs are drawn
 * from them. A last line that was cut off is dropped.
 */
final class EvaluationLog {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final List<Event.Evaluated> known;

    private EvaluationLog(Path file, List<Event.Evaluated> known) {
        this.file = file;
        this.known = known;
    }

    /** The evaluations in {@code file} up to step {@code steps}; later ones belong to steps that were lost, and are dropped. */
    static EvaluationLog open(Path file, int steps, Metric metric) {
        List<Event.Evaluated> known = new ArrayList<>(read(file, metric));
        known.removeIf(evaluated -> evaluated.step() > steps);
        EvaluationLog log = new EvaluationLog(file, known);
        log.write();
        return log;
    }

    /** All evaluations of a run, in order; none if the file is not there. Older files do not name their metric, which the plan knows. */
    static List<Event.Evaluated> read(Path file, Metric metric) {
        List<Event.Evaluated> all = new ArrayList<>();
        try {
            List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
            for (String line : lines) {
                try {
                    ObjectNode row = JSON.readValue(line, ObjectNode.class).put("metric", metric.name());
                    all.add(JSON.treeToValue(row, Event.Evaluated.class));
                } catch (JsonProcessingException e) {
                    if (all.size() < lines.size() - 1) { // the last one may have been cut off
                        throw new IllegalStateException(
                                "the evaluations are damaged in line " + (all.size() + 1) + ": " + file
                                        + "; restore them from a copy, or delete that line: a run that goes on makes the evaluation again",
                                e);
                    }
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("the evaluations cannot be read: " + file + " (" + e.getMessage() + ")", e);
        }
        return all;
    }

    /** The evaluation on a split after so many steps, if it was made before. */
    Optional<Event.Evaluated> find(int step, Split split) {
        return known.stream()
                .filter(e -> e.step() == step && e.split() == split)
                .findFirst();
    }

    void append(Event.Evaluated evaluated) {
        known.add(evaluated);
        try {
            Files.writeString(file, line(evaluated), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private void write() {
        try {
            WholeFile.write(file, known.stream().map(EvaluationLog::line).collect(Collectors.joining()));
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private IllegalStateException failed(IOException e) {
        return new IllegalStateException(
                "the evaluations cannot be written: " + file + " (" + e.getMessage()
                        + "); free some space or choose another folder. Steps written so far are kept",
                e);
    }

    private static String line(Event.Evaluated evaluated) {
        try {
            return JSON.writeValueAsString(evaluated) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an evaluation cannot be written: " + evaluated, e);
        }
    }
}
