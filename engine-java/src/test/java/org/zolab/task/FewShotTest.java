package org.zolab.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.task.data.DataWriter;
import org.zolab.task.data.Row;

/** Prompts with gaps for rows made by hand, and k rows of each class. */
class FewShotTest {

    @TempDir
    Path folder;

    @Test
    void promptsAreThePublishedTemplates() {
        assertThat(example(FewShot.SST2, Map.of("sentence", "a joy", "label", 1L)))
                .isEqualTo(of(
                        new Example("a joy It was<mask>.", List.of(" terrible", " great"), 1),
                        128,
                        Pieces.ALL,
                        "a joy",
                        " It was",
                        "<mask>",
                        "."));
        assertThat(example(FewShot.SST5, Map.of("text", "so so", "label", 2L)))
                .isEqualTo(of(
                        new Example("so so It was<mask>.", List.of(" terrible", " bad", " okay", " good", " great"), 2),
                        128,
                        110,
                        "so so",
                        " It was",
                        "<mask>",
                        "."));
        Map<String, Object> pair = Map.of("premise", "A man sleeps.", "hypothesis", "He is $1 awake.", "label", 2L);
        Example contradiction =
                new Example("A man sleeps?<mask>, he is $1 awake.", List.of(" Yes", " Maybe", " No"), 2);
        String[] pieces = {"A man sleeps", "?", "<mask>", ",", " he is $1 awake."};
        assertThat(example(FewShot.SNLI, pair)).isEqualTo(of(contradiction, 256, Pieces.ALL, pieces));
        assertThat(example(FewShot.MNLI, pair)).isEqualTo(of(contradiction, 256, 240, pieces));
        assertThat(example(FewShot.MNLI, Map.of("premise", "", "hypothesis", "", "label", 0L))
                        .prompt())
                .isEqualTo("?<mask>, ");
        assertThat(example(FewShot.RTE, Map.of("sentence1", "It rained.", "sentence2", "It was dry.", "label", 1L)))
                .isEqualTo(of(
                        new Example("It rained?<mask>, it was dry.", List.of(" Yes", " No"), 1),
                        256,
                        240,
                        "It rained",
                        "?",
                        "<mask>",
                        ",",
                        " it was dry."));
        Example number = example(FewShot.TREC, Map.of("text", "How many ?", "coarse_label", 5L));
        assertThat(number.prompt()).isEqualTo("<mask>: How many ?");
        assertThat(number.pieces())
                .isEqualTo(new Pieces(
                        List.of(
                                new Pieces.Gap(),
                                new Pieces.Text(":", Pieces.ALL),
                                new Pieces.Text(" How many ?", 110)),
                        128));
        assertThat(number.answer()).isEqualTo(" Number");
        assertThat(example(FewShot.TREC, Map.of("text", "What does NATO mean ?", "coarse_label", 0L))
                        .answer())
                .isEqualTo(" Expression");
    }

    @Test
    void takesAsManyOfEachClass() throws IOException {
        Path snapshot = Files.createDirectories(folder.resolve("plain_text"));
        DataWriter.parquet(
                snapshot.resolve("train-00000-of-00001.parquet"),
                "SELECT 'p' || i || '.' AS premise, 'H' AS hypothesis, i % 4 - 1 AS label FROM range(80) t(i)");
        DataWriter.parquet(
                snapshot.resolve("validation-00000-of-00001.parquet"),
                "SELECT 'v' || i || '.' AS premise, 'H' AS hypothesis, i % 4 - 1 AS label FROM range(1500) t(i)");
        Task task = FewShot.SNLI.task(5, 13, (name, revision) -> folder);
        for (Split split : List.of(Split.TRAIN, Split.DEV)) {
            assertThat(task.examples(split).stream().mapToInt(Example::label)).hasSize(15);
            for (int label = 0; label < 3; label++) {
                int which = label;
                assertThat(task.examples(split).stream().filter(e -> e.label() == which))
                        .hasSize(5);
            }
        }
        Set<Example> both = new HashSet<>(task.examples(Split.TRAIN));
        both.addAll(task.examples(Split.DEV));
        assertThat(both).hasSize(30);
        assertThat(task.examples(Split.TEST)).hasSize(1000);
        assertThat(FewShot.SNLI.task(5, 21, (name, revision) -> folder).examples(Split.TRAIN))
                .isNotEqualTo(task.examples(Split.TRAIN));
        assertThatThrownBy(() -> FewShot.SNLI.task(16, 13, (name, revision) -> folder))
                .hasMessageContaining("class 1 of snli has too few rows for k = 16 in train and dev: 20");
    }

    @Test
    void namesAllTasksIfOneIsUnknown() {
        assertThat(FewShot.named("SST-5")).isEqualTo(FewShot.SST5);
        assertThat(FewShot.named("sst5")).isEqualTo(FewShot.SST5);
        assertThatThrownBy(() -> FewShot.named("sst6"))
                .hasMessage("few-shot task is none of sst-2, sst-5, snli, mnli, rte, trec: \"sst6\"");
    }

    /** The example with its prompt in pieces, of which the first may be cut. */
    private static Example of(Example whole, int most, int first, String... texts) {
        List<Pieces.Piece> pieces = new ArrayList<>();
        for (String text : texts) {
            pieces.add(
                    text.equals("<mask>")
                            ? new Pieces.Gap()
                            : new Pieces.Text(text, pieces.isEmpty() ? first : Pieces.ALL));
        }
        return new Example(whole.prompt(), whole.options(), whole.right(), new Pieces(pieces, most));
    }

    private static Example example(FewShot task, Map<String, Object> values) {
        return task.example(new Row("rows", 1, values));
    }
}
