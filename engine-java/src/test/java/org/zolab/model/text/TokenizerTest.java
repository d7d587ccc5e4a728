package org.zolab.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.ModelFiles;

class TokenizerTest {

    private static final Path GOLDENS = Path.of("..", "integration-tests", "goldens");

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"opt-tiny", "opt-350m-style"})
    void agreesWithThePythonTokenizerOnEveryString(String name) throws IOException {
        try (Tokenizer tokenizer =
                Tokenizer.load(ModelFiles.folder(GOLDENS.resolve("models").resolve(name)))) {
            agrees(tokenizer, name);
        }
    }

    @Test
    void theComposedTokenizerAgreesAsTokenizerJsonDoes() throws IOException {
        for (String file :
                new String[] {"vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json"}) {
            Files.copy(GOLDENS.resolve("models/opt-tiny").resolve(file), folder.resolve(file));
        }
        try (Tokenizer tokenizer = Tokenizer.load(ModelFiles.folder(folder))) {
            agrees(tokenizer, "opt-tiny");
        }
    }

    @Test
    void anotherTokenBeginsTexts() {
        try (Tokenizer own = Tokenizer.load(ModelFiles.folder(GOLDENS.resolve("models/opt-tiny")))) {
            Tokenizer other = own.beginningWith(0);
            int[] ids = own.encode("a text");
            int[] changed = other.encode("a text");
            assertThat(changed[0]).isEqualTo(0).isNotEqualTo(ids[0]);
            assertThat(other.bos()).hasValue(0);
            ids[0] = 0;
            assertThat(changed).isEqualTo(ids);
            assertThat(other.encodePlain("a text")).isEqualTo(own.encodePlain("a text"));
            assertThatThrownBy(() -> own.beginningWith(-1)).hasMessageContaining("bos is not in 0 to ", "-1");
        }
    }

    private static void agrees(Tokenizer tokenizer, String name) throws IOException {
        JsonNode golden = new ObjectMapper()
                .readTree(GOLDENS.resolve("goldens")
                        .resolve(name)
                        .resolve("tokens.json")
                        .toFile());
        assertThat(tokenizer.vocabularySize())
                .isEqualTo(golden.get("vocab_size").asInt());
        assertThat(tokenizer.bos()).hasValue(golden.get("bos").asInt());
        assertThat(tokenizer.eos()).hasValue(golden.get("eos").asInt());
        assertThat(tokenizer.pad()).hasValue(golden.get("pad").asInt());
        assertThat(tokenizer.unk()).hasValue(golden.get("unk").asInt());
        assertThat(tokenizer.mask()).isEmpty();
        assertThat(golden.get("strings")).hasSizeGreaterThan(50);
        for (JsonNode string : golden.get("strings")) {
            String text = string.get("text").asText();
            int[] ids = ints(string.get("ids"));
            assertThat(tokenizer.encode(text)).as(text).isEqualTo(ids);
            assertThat(tokenizer.encodePlain(text)).as(text).isEqualTo(ints(string.get("ids_without_special_tokens")));
            assertThat(tokenizer.decode(ids, false))
                    .isEqualTo(string.get("decoded").asText());
            assertThat(tokenizer.decode(ids, true))
                    .isEqualTo(string.get("decoded_skip_special").asText());
        }
        for (JsonNode part : golden.get("decode_prefixes")) {
            int[] ids = tokenizer.encodePlain(part.get("text").asText());
            for (int n = 1; n <= ids.length; n++) {
                assertThat(tokenizer.decode(Arrays.copyOf(ids, n), false))
                        .isEqualTo(part.get("prefixes").get(n - 1).asText());
            }
        }
    }

    @Test
    void unpairedSurrogatesCountAsReplacementCharacters() {
        try (Tokenizer tokenizer = tiny()) {
            assertThat(tokenizer.encode("a\uD83Db\uDE00")).isEqualTo(tokenizer.encode("a\uFFFDb\uFFFD"));
            assertThat(tokenizer.decode(tokenizer.encodePlain("\uD83D\uDE00 \u0000"), false))
                    .isEqualTo("\uD83D\uDE00 \u0000");
        }
    }

    @Test
    void severalThreadsGetTheSameIds() {
        try (Tokenizer tokenizer = tiny()) {
            String text = "it was a quiet masterpiece ".repeat(20);
            int[] ids = tokenizer.encode(text);
            assertThat(IntStream.range(0, 400).parallel().allMatch(i -> Arrays.equals(ids, tokenizer.encode(text))))
                    .isTrue();
        }
    }

    @Test
    void aTokenizerOfAnotherModelIsRefused() {
        try (Tokenizer tokenizer = tiny()) {
            tokenizer.requireIdsBelow(440);
            assertThatThrownBy(() -> tokenizer.requireIdsBelow(439))
                    .isInstanceOf(ModelFileException.class)
                    .hasMessageContaining("tokenizer does not fit the model")
                    .hasMessageContaining("ids up to 439, the model's vocab_size is 439");
        }
    }

    @Test
    void filesThatAreMissingOrDamagedAreNamed() throws IOException {
        ModelFiles files = ModelFiles.folder(folder);
        assertThatThrownBy(() -> Tokenizer.load(files))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("neither tokenizer.json nor both vocab.json and merges.txt");
        Files.writeString(folder.resolve("vocab.json"), "{\"a\":0,\"b\":1,\"ab\":2}");
        Map<String, String> merges = Map.of(
                "a b c\n", "line 1 is not two pieces with a blank between: \"a b c\"",
                "#version: 0.2\na c\n", "line 2 has a piece that is not in vocab.json: \"a c\"",
                "a b\n\na b\n", "line 3 stands there twice: \"a b\"");
        for (Map.Entry<String, String> content : merges.entrySet()) {
            Files.writeString(folder.resolve("merges.txt"), content.getKey());
            assertThatThrownBy(() -> Tokenizer.load(files))
                    .isInstanceOf(ModelFileException.class)
                    .hasMessageContaining("merges.txt")
                    .hasMessageContaining(content.getValue());
        }
        Files.write(folder.resolve("merges.txt"), new byte[] {(byte) 0xFF, ' ', 'a'});
        assertThatThrownBy(() -> Tokenizer.load(files)).hasMessageContaining("is not UTF-8 text");
        Files.writeString(folder.resolve("merges.txt"), "a b\n");
        Files.writeString(folder.resolve("special_tokens_map.json"), "{\"bos_token\":\"</s>\"}");
        assertThatThrownBy(() -> Tokenizer.load(files)).hasMessageContaining("has no token </s>");
        Files.writeString(folder.resolve("vocab.json"), "{\"a\":0,\"b\":\"x\",\"ab\":2,\"</s>\":3}");
        assertThatThrownBy(() -> Tokenizer.load(files)).hasMessageContaining("not a whole number for token b: \"x\"");
        for (String json : new String[] {"{", "[]", "{}", "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"</s>\":0}}}"}) {
            Files.writeString(folder.resolve("tokenizer.json"), json);
            assertThatThrownBy(() -> Tokenizer.load(files))
                    .isInstanceOf(ModelFileException.class)
                    .hasMessageContaining("tokenizer.json");
        }
    }

    private static Tokenizer tiny() {
        return Tokenizer.load(ModelFiles.folder(GOLDENS.resolve("models/opt-tiny")));
    }

    private static int[] ints(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
    }
}
