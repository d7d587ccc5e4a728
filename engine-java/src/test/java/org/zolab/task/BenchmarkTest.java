package org.zolab.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.task.data.DataSets;
import org.zolab.task.data.DataWriter;
import org.zolab.task.data.Row;

/** The prompts of MeZO's eleven tasks for rows made by hand, and which rows are taken. */
class BenchmarkTest {

    @TempDir
    Path folder;

    @Test
    void sst2() {
        assertThat(example(Benchmark.SST2, Map.of("sentence", "a joy to watch ", "label", 1L)))
                .isEqualTo(new Example("a joy to watch It was", List.of(" terrible", " great"), 1));
    }

    @Test
    void rte() {
        assertThat(example(Benchmark.RTE, Map.of("premise", "It rained.", "hypothesis", "It was wet.", "label", 0L)))
                .isEqualTo(new Example(
                        "It rained.\nDoes this mean that \"It was wet.\" is true? Yes or No?\n",
                        List.of("Yes", "No"),
                        0));
    }

    @Test
    void cb() {
        assertThat(example(
                        Benchmark.CB, Map.of("premise", "I think it rained.", "hypothesis", "it rained", "label", 2L)))
                .isEqualTo(new Example(
                        "Suppose I think it rained. Can we infer that \"it rained\"? Yes, No, or Maybe?\n",
                        List.of("Yes", "No", "Maybe"),
                        2));
    }

    @Test
    void boolq() {
        Example yes =
                example(Benchmark.BOOLQ, Map.of("passage", "Rain is wet.", "question", "is rain wet", "answer", true));
        assertThat(yes).isEqualTo(new Example("Rain is wet. Is rain wet?\n", List.of("Yes", "No"), 0));
        assertThat(example(Benchmark.BOOLQ, Map.of("passage", "P.", "question", "q?", "answer", false)))
                .isEqualTo(new Example("P. Q?\n", List.of("Yes", "No"), 1));
    }

    @Test
    void wsc() {
        assertThat(example(
                        Benchmark.WSC,
                        Map.of(
                                "text",
                                "Mark told Pete. He went.",
                                "span1_text",
                                "Mark",
                                "span2_text",
                                "He",
                                "label",
                                0L)))
                .isEqualTo(new Example(
                        "Mark told Pete. He went.\nIn the previous sentence, does the pronoun \"he\" refer to Mark?"
                                + " Yes or No?\n",
                        List.of("No", "Yes"),
                        0));
    }

    @Test
    void wic() {
        assertThat(example(
                        Benchmark.WIC,
                        Map.of("word", "place", "sentence1", "A place.", "sentence2", "Place it.", "label", 0L)))
                .isEqualTo(new Example(
                        "Does the word \"place\" have the same meaning in these two sentences? Yes, No?\n"
                                + "A place.\nPlace it.\n",
                        List.of("No", "Yes"),
                        0));
    }

    @Test
    void multirc() {
        assertThat(example(
                        Benchmark.MULTIRC,
                        Map.of("paragraph", "It rained.", "question", "What fell?", "answer", "Rain", "label", 1L)))
                .isEqualTo(new Example(
                        "It rained.\nQuestion: What fell?\nI found this answer \"Rain\". Is that correct? Yes or No?\n",
                        List.of("No", "Yes"),
                        1));
    }

    @Test
    void copa() {
        Map<String, Object> row = Map.of(
                "premise",
                "It rained. ",
                "question",
                "effect",
                "choice1",
                "The street got wet.",
                "choice2",
                "I ran.",
                "label",
                0L);
        assertThat(example(Benchmark.COPA, row))
                .isEqualTo(new Example("It rained so", List.of(" the street got wet.", " I ran."), 0));
        Map<String, Object> cause = Map.of(
                "premise",
                "It is wet",
                "question",
                "cause",
                "choice1",
                "McDonald left.",
                "choice2",
                "It rained.",
                "label",
                1L);
        assertThat(example(Benchmark.COPA, cause))
                .isEqualTo(new Example("It is wet because", List.of(" mcdonald left.", " it rained."), 1));
    }

    @Test
    void record() {
        Example example = example(
                Benchmark.RECORD,
                Map.of(
                        "passage",
                        "Ann met Bob.\n@highlight\nThey talked",
                        "query",
                        "Then @placeholder left",
                        "entities",
                        List.of("Ann", "Bob", "Carl"),
                        "answers",
                        List.of("Carl", "Ann")));
        assertThat(example.prompt()).isEqualTo("Ann met Bob.\n- They talked\n-");
        assertThat(example.options()).containsExactly(" Then Ann left", " Then Bob left", " Then Carl left");
        assertThat(example.right()).containsExactly(2, 0);
        assertThat(example.answer()).isEqualTo(" Then Carl left");
    }

    @Test
    void squad() {
        Example example = example(
                Benchmark.SQUAD,
                Map.of(
                        "title",
                        "Rain",
                        "context",
                        "It fell.",
                        "question",
                        " What fell? ",
                        "answers",
                        Map.of("text", List.of("rain", "the rain", "rain"), "answer_start", List.of(0, 1, 0))));
        assertThat(example.prompt()).isEqualTo("Title: Rain\nContext: It fell.\nQuestion: What fell?\nAnswer:");
        assertThat(example.options()).containsExactly(" rain\n", " the rain\n");
        assertThat(example.isChoice()).isFalse();
    }

    @Test
    void drop() {
        Example example = example(
                Benchmark.DROP,
                Map.of(
                        "passage",
                        "Two and two.",
                        "question",
                        "How many?",
                        "answers_spans",
                        Map.of("spans", List.of("4"))));
        assertThat(example)
                .isEqualTo(Example.answered("Passage: Two and two.\nQuestion: How many?\nAnswer:", List.of(" 4\n")));
    }

    @Test
    void takesTheRowsThatMezoTakes() throws IOException {
        published(
                "sst2/train-00000-of-00001.parquet",
                "SELECT 'row ' || i AS sentence, i % 2 AS label FROM range(10) t(i)");
        published(
                "sst2/validation-00000-of-00001.parquet",
                "SELECT 'dev ' || i AS sentence, 0 AS label FROM range(3) t(i)");
        published("sst2/test-00000-of-00001.parquet", "SELECT 'hidden' AS sentence, -1 AS label");
        Task task = Benchmark.SST2.task(new Sampling(5, 3, 2, 0), sets());
        // numpy.random.seed(0); numpy.random.permutation(10), permutation(3)
        assertThat(rows(task, Split.TRAIN)).containsExactly("row 2", "row 8", "row 4", "row 9", "row 1");
        assertThat(rows(task, Split.DEV)).containsExactly("row 6", "row 7", "row 3");
        assertThat(rows(task, Split.TEST)).containsExactly("dev 2", "dev 1");
        assertThat(task.kind()).isEqualTo(Kind.CLASSIFICATION);
    }

    @Test
    void devKeepsItsNumberWhereThereAreFewRows() throws IOException {
        published(
                "wsc.fixed/train/0000.parquet",
                "SELECT 't' || i AS text, 'a' AS span1_text, 'b' AS span2_text, 0 AS label FROM range(7) t(i)");
        published(
                "wsc.fixed/validation/0000.parquet",
                "SELECT 'v' AS text, 'a' AS span1_text, 'b' AS span2_text, 1 AS label");
        Task task = Benchmark.WSC.task(new Sampling(100, 5, 100, 0), sets());
        assertThat(task.examples(Split.TRAIN)).hasSize(2);
        assertThat(task.examples(Split.DEV)).hasSize(5);
        assertThat(task.examples(Split.TEST)).hasSize(1);
    }

    @Test
    void saysWhatIsMissing() throws IOException {
        published("cb/train/0000.parquet", "SELECT 1 AS label");
        assertThatThrownBy(() -> Benchmark.CB.task(Benchmark.CB.published(), sets()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(
                        "data set aps/super_glue has no files of train and validation: looked for them in")
                .hasMessageContaining("snapshot/cb");
    }

    @Test
    void permutationsAreNumpys() {
        assertThat(Permutation.of(0, 10)).containsExactly(2, 8, 4, 9, 1, 6, 7, 3, 0, 5);
        assertThat(Permutation.of(42, 10)).containsExactly(8, 1, 5, 0, 7, 2, 9, 4, 3, 6);
        assertThat(IntStream.of(Permutation.of(7, 2000)).sorted().toArray())
                .containsExactly(IntStream.range(0, 2000).toArray());
    }

    private Example example(Benchmark task, Map<String, Object> values) {
        return task.example(new Row("rows", 1, values));
    }

    private List<String> rows(Task task, Split split) {
        return task.examples(split).stream()
                .map(example -> example.prompt().replace(" It was", ""))
                .toList();
    }

    private DataSets sets() {
        return (name, revision) -> folder.resolve("snapshot");
    }

    /** As the Hub's tools leave it: a link in the snapshot to a file without an ending. */
    private void published(String file, String select) throws IOException {
        Path blob = folder.resolve(Integer.toHexString(file.hashCode()));
        DataWriter.parquet(blob, select);
        Path link = folder.resolve("snapshot").resolve(file);
        Files.createDirectories(link.getParent());
        Files.createSymbolicLink(link, blob);
    }
}
