package org.zolab.task;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.zolab.space.Problems;
import org.zolab.task.data.DataFiles;
import org.zolab.task.data.Row;
import org.zolab.task.data.Table;

/**
 * A classification task of one's own rows: parquet, JSON lines, JSON, CSV or TSV.
 *
 * <p>Labels are what is in their column, sorted, as numbers if all are; each has its word, in that order. A folder's files are splits if their
 * names say so (train, dev or validation, test), and so is a column's value; what is not split is dealt by a checksum of the text: a fifth to test,
 * at most 1,000, a tenth to dev, at most 500, and equal texts to one split. A split whose labels are all -1 has none, as test of many data sets of the
 * Hub, and is left out. Memory: the prompts; at most a million rows of a file.
 *
 * @param path   a file, a folder, or a pattern such as {@code data/*.csv}; {@link DataFiles#named} finds data sets of the Hub
 * @param text   the column of the text
 * @param label  the column of the label
 * @param prompt what the model reads; {@code {column}} stands for the value of any column
 * @param words  what it may go on with, one for each label, with the blank before it; none: the labels themselves, as a head of classes needs no more
 * @param split  the column that says train, dev or test; null if there is none
 */
public record OwnRows(
        Path path,
        String text,
        String label,
        String prompt,
        List<String> words,
        @Nullable String split) {

    private static final int MOST_ROWS = 1_000_000;
    private static final int SHOWN_LABELS = 10;
    /** The label of what has none, in data sets of the Hub. */
    private static final String UNLABELLED = "-1";

    private record Read(
            String place,
            String text,
            String prompt,
            String label,
            @Nullable Split split) {
        Deal.Card card(List<String> labels, List<String> options) {
            return new Deal.Card(place, text, new Example(prompt, options, labels.indexOf(label)));
        }
    }

    /** @throws IllegalArgumentException that names what is wrong with prompt and words */
    public OwnRows {
        words = List.copyOf(words);
        Problems problems = new Problems()
                .require(words.isEmpty() || words.size() >= 2, "words is not at least two", words)
                .require(words.stream().distinct().count() == words.size(), "words is not distinct", words)
                .require(!Row.columns(prompt).isEmpty(), "prompt names no column, such as {" + text + "}", prompt);
        boolean blank = blank(prompt);
        for (String word : words) {
            problems.require(
                    blank != word.startsWith(" "),
                    blank
                            ? "word begins with a blank, and the prompt ends with one or a line break; take one away"
                            : "word runs into the prompt; begin it with a blank",
                    "\"" + word + "\"");
        }
        problems.orThrow();
    }

    /**
     * The task, called as its file or folder is.
     *
     * @throws IllegalArgumentException that names file, row and column of what is missing, or labels that are not as many as words
     */
    public Task task() {
        return task(path, text, label, prompt, words, split);
    }

    /** The task of these settings, as above; what is wrong with settings, columns and labels is told together. */
    public static Task task(
            Path path, String text, String label, String prompt, List<String> words, @Nullable String split) {
        Problems problems = new Problems().gather(() -> new OwnRows(path, text, label, prompt, words, split));
        List<Read> rows = problems.get(() -> new Columns(text, label, prompt, split).read(path));
        List<String> labels = rows == null ? null : problems.get(() -> labels(label, words, rows));
        problems.orThrow();
        List<String> sorted = Objects.requireNonNull(labels);
        List<String> options = words.isEmpty()
                ? sorted.stream().map(name -> (blank(prompt) ? "" : " ") + name).toList()
                : words;
        Map<Split, List<Deal.Card>> cards = new EnumMap<>(Split.class);
        Objects.requireNonNull(rows).forEach(row -> cards.computeIfAbsent(
                        row.split() == null ? Split.TRAIN : row.split(), part -> new ArrayList<>())
                .add(row.card(sorted, options)));
        return new OwnTask(
                DataFiles.called(path),
                Kind.CLASSIFICATION,
                Deal.rest(cards, rows.stream().allMatch(row -> row.split() == null)));
    }

    /** Whether what comes behind it needs no blank. */
    private static boolean blank(String prompt) {
        return prompt.endsWith(" ") || prompt.endsWith("\n");
    }

    /** Which columns are read. */
    private record Columns(
            String text,
            String label,
            String prompt,
            @Nullable String split) {

        List<Read> read(Path path) {
            List<Read> rows = new ArrayList<>();
            for (Part part : Part.of(path)) {
                List<Read> read = Table.of(part.files()).rows(row -> read(row, part.split()));
                boolean labelled = part.split() == null
                        || part.split() == Split.TRAIN
                        || !read.stream().allMatch(row -> row.label().equals(UNLABELLED));
                rows.addAll(labelled ? read : List.of());
            }
            return rows;
        }

        private Read read(Row row, @Nullable Split part) {
            if (row.number() > MOST_ROWS) {
                throw new IllegalArgumentException(row.file() + " has more than " + MOST_ROWS
                        + " rows, and they are kept in memory; take a part of them, for instance by"
                        + " duckdb -c \"COPY (FROM 'all.csv' USING SAMPLE 100000) TO 'some.parquet'\"");
            }
            row.require(Stream.concat(Stream.of(text, label, split), Row.columns(prompt).stream())
                    .filter(Objects::nonNull)
                    .distinct()
                    .toList());
            return new Read(
                    row.place(),
                    row.text(text),
                    row.fill(prompt),
                    row.text(label),
                    split == null ? part : named(row, split));
        }
    }

    private static Split named(Row row, String column) {
        return Part.named(row.text(column))
                .orElseThrow(() -> new IllegalArgumentException(row.place() + ": column " + column
                        + " is none of train, dev, validation and test: " + row.text(column)));
    }

    private static List<String> labels(String label, List<String> words, List<Read> rows) {
        List<String> found = rows.stream().map(Read::label).distinct().toList();
        List<String> sorted = found.stream()
                .sorted(
                        found.stream().allMatch(name -> name.matches("[+-]?\\d+(\\.\\d+)?"))
                                ? Comparator.comparing(BigDecimal::new)
                                : Comparator.naturalOrder())
                .toList();
        if (sorted.size() < 2) {
            throw new IllegalArgumentException("column " + label + " does not have two labels at least: " + sorted
                    + "; name the column of the labels, or add rows with another one");
        }
        if (!words.isEmpty() && sorted.size() != words.size()) {
            throw new IllegalArgumentException("column " + label + " has "
                    + sorted.stream().limit(SHOWN_LABELS).collect(Collectors.joining(", "))
                    + (sorted.size() > SHOWN_LABELS ? ", …" : "") + ", and words is not one for each of these "
                    + sorted.size() + ", in that order: " + words);
        }
        return sorted;
    }
}
