package org.zolab.task;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.zolab.space.Problems;
import org.zolab.task.data.DataFiles;
import org.zolab.task.data.Row;
import org.zolab.task.data.Table;

/**
 * A classification task from the user's own rows: parquet, JSON lines, JSON, CSV or TSV.
 *
 * <p>Labels are the values of their column, sorted, as numbers if all are; words correspond to them in that order. A folder's files are
 * splits if their names say so (train, dev or validation, test), and so may be a column's values. Rows without a split are assigned by a
 * checksum of the text: a fifth to test, at most 1,000; a tenth to dev, at most 500; equal texts to the same split. A split whose labels
 * are all -1 has no labels, such as test in many data sets of the Hub, and is left out. Memory: the prompts; at most a million rows of a
 * file.
 *
 * @param path   a file, a folder, or a pattern such as {@code data/*.csv}; {@link DataFiles#named} finds data sets of the Hub
 * @param text   the column of the text
 * @param label  the column of the label
 * @param prompt what the model reads; {@code {column}} stands for the value of any column
 * @param words  its possible continuations, one for each label, with the blank before it, if its script has blanks; empty for the labels
 *               themselves, which suffice for a head of classes
 * @param labels the labels that the words belong to; empty for those of the column, sorted
 * @param split  the column that says train, dev or test; null if there is none
 */
public record OwnRows(
        Path path,
        String text,
        String label,
        String prompt,
        List<String> words,
        List<String> labels,
        @Nullable String split) {

    private static final int MOST_ROWS = 1_000_000;
    private static final int SHOWN_LABELS = 10;
    /** The label that means no label in data sets of the Hub. */
    private static final String UNLABELLED = "-1";

    /** Scripts whose words are not apart by blanks. */
    private static final Set<Character.UnicodeScript> WITHOUT_BLANKS = EnumSet.of(
            Character.UnicodeScript.HAN,
            Character.UnicodeScript.HIRAGANA,
            Character.UnicodeScript.KATAKANA,
            Character.UnicodeScript.THAI,
            Character.UnicodeScript.LAO,
            Character.UnicodeScript.KHMER,
            Character.UnicodeScript.MYANMAR,
            Character.UnicodeScript.TIBETAN);

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

    public OwnRows {
        words = List.copyOf(words);
        labels = List.copyOf(labels);
    }

    /** With one word for each label of the column, in the labels' order. */
    public OwnRows(Path path, String text, String label, String prompt, List<String> words, @Nullable String split) {
        this(path, text, label, prompt, words, List.of(), split);
    }

    /** With a map from labels to words. */
    public OwnRows(
            Path path, String text, String label, String prompt, Map<String, String> words, @Nullable String split) {
        this(
                path,
                text,
                label,
                prompt,
                sorted(words.keySet()).stream().map(words::get).toList(),
                sorted(words.keySet()),
                split);
    }

    /**
     * The task, named after its file or folder.
     *
     * @throws IllegalArgumentException that lists everything that is wrong: words and prompt; file, row and column of missing values; a
     *     number of labels that differs from that of the words
     */
    public Task task() {
        Problems problems = new Problems();
        check(problems);
        List<Read> rows = problems.get(this::read);
        List<String> found = rows == null ? null : problems.get(() -> labels(rows));
        problems.orThrow();
        List<String> sorted = Objects.requireNonNull(found);
        List<String> options = words.isEmpty()
                ? sorted.stream().map(name -> (follows(name) ? "" : " ") + name).toList()
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

    private void check(Problems problems) {
        problems.require(words.isEmpty() || words.size() >= 2, "words is not at least two", words)
                .require(words.stream().distinct().count() == words.size(), "words is not distinct", words)
                .require(!Row.columns(prompt).isEmpty(), "prompt names no column, such as {" + text + "}", prompt);
        for (String word : words) {
            String quoted = "\"" + word + "\"";
            if (word.isBlank()) {
                problems.require(false, "word is blank; give a continuation for each label", quoted);
            } else if (word.startsWith(" ")) {
                problems.require(
                        !blank(),
                        "word begins with a blank, and the prompt ends with one or a line break; take one away",
                        quoted);
            } else {
                problems.require(follows(word), "word runs into the prompt; begin it with a blank", quoted);
            }
        }
    }

    /** Whether the prompt ends with a blank or a line break. */
    private boolean blank() {
        return !prompt.isEmpty() && Character.isWhitespace(prompt.codePointBefore(prompt.length()));
    }

    /**
     * Whether a continuation needs no leading blank: behind one, behind an opening bracket or quote, and in scripts that are written
     * without.
     */
    private boolean follows(String word) {
        int last = prompt.isEmpty() ? ' ' : prompt.codePointBefore(prompt.length());
        int type = Character.getType(last);
        return blank()
                || last == '"'
                || type == Character.START_PUNCTUATION
                || type == Character.INITIAL_QUOTE_PUNCTUATION
                || (!word.isEmpty() && WITHOUT_BLANKS.contains(Character.UnicodeScript.of(word.codePointAt(0))));
    }

    private List<Read> read() {
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

    private static Split named(Row row, String column) {
        return Part.named(row.text(column))
                .orElseThrow(() -> new IllegalArgumentException(row.place() + ": column " + column
                        + " is none of train, dev, validation and test: " + row.text(column)));
    }

    /** Sorted as numbers if all labels are numbers. */
    private static List<String> sorted(Collection<String> labels) {
        return labels.stream()
                .sorted(
                        labels.stream().allMatch(name -> name.matches("[+-]?\\d+(\\.\\d+)?"))
                                ? Comparator.comparing(BigDecimal::new)
                                : Comparator.naturalOrder())
                .toList();
    }

    private List<String> labels(List<Read> rows) {
        List<String> sorted = sorted(rows.stream().map(Read::label).collect(Collectors.toSet()));
        if (sorted.size() < 2) {
            throw new IllegalArgumentException("column " + label + " does not have two labels at least: " + sorted
                    + "; name the column of the labels, or add rows with another one");
        }
        if (!labels.isEmpty() && !sorted.equals(labels)) {
            throw new IllegalArgumentException("column " + label + " has the labels " + shown(sorted)
                    + ", and words has one for each of " + shown(labels) + "; give one for each label, and no other");
        }
        if (!words.isEmpty() && sorted.size() != words.size()) {
            throw new IllegalArgumentException("column " + label + " has " + sorted.size() + " labels, " + shown(sorted)
                    + ", and words has " + words.size() + ": "
                    + words.stream().map(Problems::quoted).collect(Collectors.joining(", "))
                    + "; give one for each label, in that order");
        }
        return sorted;
    }

    private static String shown(List<String> labels) {
        return labels.stream()
                        .limit(SHOWN_LABELS)
                        .map(label -> label.isEmpty() || !label.equals(label.strip()) ? Problems.quoted(label) : label)
                        .collect(Collectors.joining(", "))
                + (labels.size() > SHOWN_LABELS ? ", …" : "");
    }
}
