package org.zolab.task;

import static org.zolab.task.Kind.CHOICE;
import static org.zolab.task.Kind.CLASSIFICATION;
import static org.zolab.task.Kind.GENERATION;

import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;
import org.zolab.task.data.DataSets;
import org.zolab.task.data.HubData;
import org.zolab.task.data.Row;
import org.zolab.task.data.Table;

/**
 * The eleven tasks of MeZO's experiments with large language models, with its prompts, whose line breaks are kept.
 *
 * <p>Their data is published on the Hugging Face Hub.
 *
 * <p>Reference: MeZO, arXiv 2305.17333, section 3 and appendix E; most prompts are from PromptSource and GPT-3.
 */
public enum Benchmark {
    /** Whether a sentence of a film review is positive. */
    SST2(HubData.of("nyu-mll/glue", "sst2"), CLASSIFICATION, Benchmark::sst2),
    /** Whether a premise entails a hypothesis. */
    RTE(
            HubData.converted(Hub.SUPER_GLUE, "rte"),
            CLASSIFICATION,
            labelled("{premise}\nDoes this mean that \"{hypothesis}\" is true? Yes or No?\n", "Yes", "No")),
    /** Whether a premise entails a hypothesis, contradicts it, or neither. */
    CB(
            HubData.converted(Hub.SUPER_GLUE, "cb"),
            CLASSIFICATION,
            labelled(
                    "Suppose {premise} Can we infer that \"{hypothesis}\"? Yes, No, or Maybe?\n",
                    "Yes",
                    "No",
                    "Maybe")),
    /** A yes-or-no question about a passage. */
    BOOLQ(HubData.of("google/boolq", ""), CLASSIFICATION, Benchmark::boolq),
    /** Whether a pronoun refers to a name. */
    WSC(HubData.converted(Hub.SUPER_GLUE, "wsc.fixed"), CLASSIFICATION, Benchmark::wsc),
    /** Whether a word means the same in two sentences. */
    WIC(
            HubData.converted(Hub.SUPER_GLUE, "wic"),
            CLASSIFICATION,
            labelled(
                    "Does the word \"{word}\" have the same meaning in these two sentences? Yes, No?\n"
                            + "{sentence1}\n{sentence2}\n",
                    "No",
                    "Yes")),
    /** Whether an answer to a question about a paragraph is right. */
    MULTIRC(
            HubData.converted(Hub.SUPER_GLUE, "multirc"),
            CLASSIFICATION,
            labelled(
                    "{paragraph}\nQuestion: {question}\n"
                            + "I found this answer \"{answer}\". Is that correct? Yes or No?\n",
                    "No",
                    "Yes")),
    /** Which of two sentences is the cause or the effect of a premise. */
    COPA(HubData.converted(Hub.SUPER_GLUE, "copa"), CHOICE, Benchmark::copa),
    /** Which name fills a gap in the last line about a passage. */
    RECORD(HubData.converted(Hub.SUPER_GLUE, "record"), CHOICE, Benchmark::record),
    /** A question about a paragraph, answered in words taken from it. */
    SQUAD(HubData.of("rajpurkar/squad", ""), GENERATION, Benchmark::squad),
    /** A question about a passage that requires reasoning over numbers. */
    DROP(HubData.of("ucinlp/drop", ""), GENERATION, Benchmark::drop);

    private static final class Hub {
        static final String SUPER_GLUE = "aps/super_glue";
    }

    private final HubData data;
    private final Kind kind;
    private final Function<Row, Example> example;

    Benchmark(HubData data, Kind kind, Function<Row, Example> example) {
        this.data = data;
        this.kind = kind;
        this.example = example;
    }

    /** The example built from a row. */
    public Example example(Row row) {
        return example.apply(row);
    }

    /**
     * The task.
     *
     * @param sampling which rows; CB and COPA, which have few, are published with 100 for dev
     * @param sets     where data sets are
     * @throws IllegalArgumentException if the data is not there
     */
    public Task task(Sampling sampling, DataSets sets) {
        List<Table> published = data.splits(sets, List.of(List.of("train"), List.of("validation")));
        return new GivenTask(
                name().toLowerCase(Locale.ROOT), kind, sampling.of(published.get(0), published.get(1), example));
    }

    /** The sampling of the published results. */
    public Sampling published() {
        return this == CB || this == COPA ? Sampling.MEZO.withDev(100) : Sampling.MEZO;
    }

    private static Function<Row, Example> labelled(String prompt, String... words) {
        return row -> new Example(row.fill(prompt), List.of(words), row.label("label"));
    }

    private static Example sst2(Row row) {
        return new Example(
                row.text("sentence").strip() + " It was", List.of(" terrible", " great"), row.label("label"));
    }

    private static Example boolq(Row row) {
        String question = row.text("question");
        String asked = question.substring(0, 1).toUpperCase(Locale.ROOT)
                + question.substring(1)
                + (question.endsWith("?") ? "" : "?");
        return new Example(row.fill("{passage} ") + asked + "\n", List.of("Yes", "No"), 1 - row.label("answer"));
    }

    private static Example wsc(Row row) {
        return new Example(
                row.fill("{text}\nIn the previous sentence, does the pronoun \"")
                        + row.text("span2_text").toLowerCase(Locale.ROOT)
                        + row.fill("\" refer to {span1_text}? Yes or No?\n"),
                List.of("No", "Yes"),
                row.label("label"));
    }

    private static Example copa(Row row) {
        String conjunction = row.text("question").equals("effect") ? " so" : " because";
        return new Example(
                row.text("premise").stripTrailing().replaceFirst("\\.$", "") + conjunction,
                Stream.of("choice1", "choice2")
                        .map(choice -> " " + continued(row.text(choice)))
                        .toList(),
                row.label("label"));
    }

    /** A sentence as it continues after a conjunction: its first word in lower case, unless it is I. */
    private static String continued(String sentence) {
        String first = sentence.split(" ", 2)[0];
        return first.equals("I") ? sentence : first.toLowerCase(Locale.ROOT) + sentence.substring(first.length());
    }

    private static Example record(Row row) {
        List<String> entities = row.texts("entities").stream().distinct().toList();
        return new Example(
                row.text("passage").replace("@highlight\n", "- ") + "\n-",
                entities.stream()
                        .map(entity -> " " + row.text("query").replace("@placeholder", entity))
                        .toList(),
                row.texts("answers").stream().distinct().map(entities::indexOf).toList());
    }

    private static Example squad(Row row) {
        return asked(row.fill("Title: {title}\nContext: {context}"), row, "answers.text");
    }

    private static Example drop(Row row) {
        return asked(row.fill("Passage: {passage}"), row, "answers_spans.spans");
    }

    private static Example asked(String about, Row row, String answers) {
        return Example.answered(
                about + "\nQuestion: " + row.text("question").strip() + "\nAnswer:",
                row.texts(answers).stream().map(answer -> " " + answer + "\n").toList());
    }
}
