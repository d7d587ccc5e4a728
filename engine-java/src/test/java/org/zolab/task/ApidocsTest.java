package org.zolab.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.model.families.Models;
import org.zolab.model.text.Tokenizer;
import org.zolab.model.weights.ModelFiles;

class ApidocsTest {
    private static final Path JARS = Path.of("target", "apidocs");

    private static List<JsonNode> rows(String text) throws IOException {
        ObjectMapper json = new ObjectMapper();
        List<JsonNode> rows = new ArrayList<>();
        for (String line : text.split("\n")) {
            rows.add(json.readTree(line));
        }
        return rows;
    }

    private static String resource() throws IOException {
        return Files.readString(Path.of("target", "classes", "org", "zolab", "task", "apidocs.jsonl"));
    }

    @Test
    void hasTheSplitsAQuarterOfEachKind() {
        Task task = Apidocs.task();
        assertThat(task.name()).isEqualTo("apidocs");
        for (Split split : Split.values()) {
            List<Example> examples = task.examples(split);
            assertThat(examples).hasSize(split == Split.DEV ? 500 : 1000);
            Map<Integer, Long> labels =
                    examples.stream().collect(Collectors.groupingBy(Example::label, Collectors.counting()));
            assertThat(labels).hasSize(4).allSatisfy((label, n) -> assertThat(n).isEqualTo(examples.size() / 4L));
        }
    }

    @Test
    void asksTheSameOfEverySentence() {
        for (Example example : Apidocs.task().examples(Split.TRAIN)) {
            assertThat(example.prompt()).endsWith(" This is about");
            assertThat(example.options()).hasSize(4).allMatch(option -> option.startsWith(" "));
        }
    }

    @Test
    void everyAnswerIsOneTokenOfTheEmbeddedModelAndEveryPromptFits() {
        ModelFiles files = Models.opt("nano").files();
        try (Tokenizer tokenizer = Tokenizer.load(files)) {
            for (Split split : Split.values()) {
                for (Example example : Apidocs.task().examples(split)) {
                    assertThat(tokenizer.encode(example.prompt()).length).isLessThan(128);
                    assertThat(example.options()).allSatisfy(o -> assertThat(tokenizer.encodePlain(o))
                            .hasSize(1));
                }
            }
        }
    }

    @Test
    void noClassAndNoSentenceIsInTwoSplits() throws IOException {
        Map<String, String> classes = new HashMap<>();
        Set<String> texts = new HashSet<>();
        for (JsonNode row : rows(resource())) {
            String split = row.get("split").asText();
            assertThat(classes.merge(
                            row.get("source").asText(), split, (before, now) -> before.equals(now) ? now : "two"))
                    .isEqualTo(split);
            assertThat(texts.add(
                            row.get("text").asText().toLowerCase(Locale.ROOT).replaceAll("[^a-z]", "")))
                    .isTrue();
        }
        assertThat(texts).hasSize(2500);
        assertThat(classes).hasSizeGreaterThan(400);
    }

    @Test
    void namesThatGiveTheLibraryAwayAreMasked() throws IOException {
        Map<Integer, Set<String>> names = new HashMap<>();
        for (int label = 0; label < 4; label++) {
            names.put(
                    label,
                    DocComments.read(JARS.resolve(Apidocs.LIBRARIES.get(label).jar())).stream()
                            .map(DocComments.Documented::className)
                            .collect(Collectors.toSet()));
            assertThat(names.get(label)).hasSizeGreaterThan(100);
        }
        int masked = 0;
        for (JsonNode row : rows(resource())) {
            String text = row.get("text").asText();
            masked += text.matches(".*\\bX\\b.*") ? 1 : 0;
            assertThat(text)
                    .doesNotContainIgnoringCase("joda")
                    .doesNotContain("HttpClient", "HttpComponents", "Commons", "Apache");
            for (String word : text.split("[^A-Za-z0-9]+")) {
                assertThat(names.get(row.get("label").asInt())).as(text).doesNotContain(word);
            }
        }
        assertThat(masked).isBetween(300, 1500);
    }

    @Test
    void saysHowToBuildItsDataWhereThereIsNone() {
        assertThatThrownBy(() -> Apidocs.read(null))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("mvn -pl engine-java process-classes");
    }

    @Test
    void isMadeAgainLetterByLetter(@TempDir Path folder) throws IOException {
        Path again = folder.resolve("again.jsonl");
        ApidocsBuild.write(JARS, again);
        assertThat(Files.readString(again)).isEqualTo(resource());
    }
}
