package org.zolab.task;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.zolab.space.Problems;
import org.zolab.task.data.DataSets;
import org.zolab.task.data.HubData;
import org.zolab.task.data.Row;
import org.zolab.task.data.Table;

/**
 * The six tasks of MeZO's experiments with RoBERTa: a few examples of each class, and a word for {@code <mask>}.
 *
 * <pre>
 *   train, dev   of each class the first k rows and the next k, in a permutation of the published train rows
 *   test         1,000 of the published validation rows (SST-5, TREC: test rows), the same for all seeds
 * </pre>
 *
 * <p>A prompt's pieces are encoded separately, and cut as in the published code: to 128 tokens in total, 256 for pairs, 110 for a sentence
 * of SST-5 and TREC, 240 for a premise of MNLI and RTE.
 *
 * <p>Reference: LM-BFF, arXiv 2012.15723, table 1 and appendix; MeZO, arXiv 2305.17333, section 3.1.
 */
public enum FewShot {
    /** Sentiment of a sentence of a film review, in two classes. */
    SST2(
            "sst-2",
            HubData.of("nyu-mll/glue", "sst2"),
            "validation",
            "label",
            List.of(" terrible", " great"),
            wasIt("{sentence}", Pieces.ALL)),
    /** Sentiment of a sentence of a film review, in five classes. */
    SST5(
            "sst-5",
            HubData.of("SetFit/sst5", ""),
            "test",
            "label",
            List.of(" terrible", " bad", " okay", " good", " great"),
            wasIt("{text}", 110)),
    /** Whether a premise entails a hypothesis, is neutral to it, or contradicts it. */
    SNLI(
            "snli",
            HubData.of("stanfordnlp/snli", ""),
            "validation",
            "label",
            List.of(" Yes", " Maybe", " No"),
            entails("premise", Pieces.ALL, "hypothesis")),
    /** Whether a premise entails a hypothesis, is neutral to it, or contradicts it, in many kinds of text. */
    MNLI(
            "mnli",
            HubData.of("nyu-mll/glue", "mnli"),
            "validation_matched",
            "label",
            List.of(" Yes", " Maybe", " No"),
            entails("premise", 240, "hypothesis")),
    /** Whether a premise entails a hypothesis. */
    RTE(
            "rte",
            HubData.of("nyu-mll/glue", "rte"),
            "validation",
            "label",
            List.of(" Yes", " No"),
            entails("sentence1", 240, "sentence2")),
    /** What a question asks for; the published labels begin with abbreviations. */
    TREC(
            "trec",
            HubData.converted("CogComp/trec", ""),
            "test",
            "coarse_label",
            List.of(" Expression", " Entity", " Description", " Human", " Location", " Number"),
            row -> new Pieces(List.of(new Pieces.Gap(), text(":"), new Pieces.Text(row.fill(" {text}"), 110)), 128));

    private static final Pattern FIRST = Pattern.compile("(?s)^.");
    private static final int MOST_TEST = 1000;
    private static final int TEST_SEED = 42;

    private final String title;
    private final HubData data;
    private final String tested;
    private final String label;
    private final List<String> words;
    private final Function<Row, Pieces> prompt;

    FewShot(String title, HubData data, String tested, String label, List<String> words, Function<Row, Pieces> prompt) {
        this.title = title;
        this.data = data;
        this.tested = tested;
        this.label = label;
        this.words = words;
        this.prompt = prompt;
    }

    /**
     * A task by its name in a cell: {@code sst-2}, {@code sst-5}, {@code snli}, {@code mnli}, {@code rte}, {@code trec}; dashes may be
     * left out.
     *
     * @throws IllegalArgumentException if there is no such task; lists all names
     */
    public static FewShot named(String name) {
        for (FewShot task : values()) {
            if (bare(task.title).equals(bare(name.toLowerCase(Locale.ROOT)))) {
                return task;
            }
        }
        throw new IllegalArgumentException("few-shot task is none of "
                + String.join(
                        ", ", List.of(values()).stream().map(task -> task.title).toList()) + ": \"" + name + "\"");
    }

    private static String bare(String name) {
        return name.replace("-", "");
    }

    /** The example built from a row. */
    public Example example(Row row) {
        return Example.of(prompt.apply(row), words, row.label(label));
    }

    /**
     * The task.
     *
     * @param k    how many examples of each class are in train, and in dev
     * @param seed the seed of the choice; published results are means over 13, 21, 42, 87 and 100
     * @param sets where data sets are
     * @throws IllegalArgumentException if a class has too few rows, or the data is not there
     */
    public Task task(int k, int seed, DataSets sets) {
        new Problems().require(k > 0, "k is not strictly positive", k).orThrow();
        List<Table> published = data.splits(sets, List.of(List.of("train"), List.of(tested)));
        List<Integer> labels = published.get(0).rows(row -> row.label(label));
        Map<Integer, List<Integer>> classes = new LinkedHashMap<>();
        for (int place : Permutation.of(seed, labels.size())) {
            classes.computeIfAbsent(labels.get(place), name -> new ArrayList<>())
                    .add(place);
        }
        classes.remove(-1); // rows whose annotators did not agree
        Problems problems = new Problems();
        classes.forEach((name, places) -> problems.require(
                places.size() >= 2 * k,
                "class " + name + " of " + title + " has too few rows for k = " + k + " in train and dev",
                places.size()));
        problems.orThrow();
        return new GivenTask(
                title + ", k = " + k + ", seed " + seed,
                Kind.CLASSIFICATION,
                Map.of(
                        Split.TRAIN, chosen(published.get(0), classes, 0, k),
                        Split.DEV, chosen(published.get(0), classes, k, 2 * k),
                        Split.TEST, tested(published.get(1))));
    }

    private List<Example> chosen(Table rows, Map<Integer, List<Integer>> classes, int from, int to) {
        return rows.rows(
                classes.values().stream()
                        .flatMap(places -> places.subList(from, to).stream())
                        .mapToInt(Integer::intValue)
                        .toArray(),
                this::example);
    }

    private List<Example> tested(Table rows) {
        List<Integer> labels = rows.rows(row -> row.label(label));
        IntStream all = labels.size() > MOST_TEST
                ? IntStream.of(Permutation.of(TEST_SEED, labels.size()))
                : IntStream.range(0, labels.size());
        return rows.rows(
                all.filter(place -> labels.get(place) >= 0).limit(MOST_TEST).toArray(), this::example);
    }

    private static Function<Row, Pieces> wasIt(String sentence, int most) {
        return row -> new Pieces(
                List.of(new Pieces.Text(row.fill(sentence), most), text(" It was"), new Pieces.Gap(), text(".")), 128);
    }

    /** Pieces of the premise without its last character, and the hypothesis with its first letter in lower case. */
    private static Function<Row, Pieces> entails(String premise, int most, String hypothesis) {
        return row -> new Pieces(
                List.of(
                        new Pieces.Text(row.text(premise).replaceFirst("(?s).$", ""), most),
                        text("?"),
                        new Pieces.Gap(),
                        text(","),
                        text(" "
                                + FIRST.matcher(row.text(hypothesis))
                                        .replaceFirst(letter -> Matcher.quoteReplacement(
                                                letter.group().toLowerCase(Locale.ROOT))))),
                256);
    }

    private static Pieces.Text text(String text) {
        return new Pieces.Text(text, Pieces.ALL);
    }
}
