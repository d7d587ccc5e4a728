package org.zolab.model.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.ModelFiles;

class LlamaConfigTest {

    private static final Path MODELS = Path.of("..", "integration-tests", "goldens", "models");

    @TempDir
    Path folder;

    @Test
    void readsTheThreeTypes() {
        LlamaConfig llama = at("llama-wide-heads");
        assertThat(llama)
                .isEqualTo(new LlamaConfig(
                        300,
                        128,
                        20,
                        6,
                        2,
                        8,
                        2,
                        48,
                        1e-5,
                        new Rope(10_000, 1, null).frequencies(8),
                        false,
                        false,
                        Integer.MAX_VALUE,
                        0));
        LlamaConfig qwen = at("qwen2-window");
        assertThat(qwen.bias()).isTrue();
        assertThat(qwen.tied()).isTrue();
        assertThat(List.of(qwen.windowOf(0), qwen.windowOf(1))).containsExactly(0, 16);
        LlamaConfig mistral = at("mistral-tiny");
        assertThat(mistral.windowOf(0)).isEqualTo(8);
        assertThat(mistral.width()).isEqualTo(8);
    }

    @Test
    void whatIsLeftOutHasTheMeaningThatTransformersGivesIt() throws IOException {
        String llama =
                "{\"model_type\": \"llama\", \"hidden_size\": 32, \"num_attention_heads\": 4, \"vocab_size\": 10,"
                        + " \"max_position_embeddings\": 16, \"num_hidden_layers\": 2, \"intermediate_size\": 8";
        LlamaConfig read = read(llama + "}");
        assertThat(read.groups()).isEqualTo(4);
        assertThat(read.width()).isEqualTo(8);
        assertThat(read.epsilon()).isEqualTo(1e-6);
        assertThat(read.tied()).isFalse();
        assertThat(read.frequencies()).isEqualTo(new Rope(10_000, 1, null).frequencies(8));
        assertThat(read(llama + ", \"rope_parameters\": {\"rope_theta\": 500, \"rope_type\": \"default\"}}")
                        .frequencies())
                .isEqualTo(new Rope(500, 1, null).frequencies(8));
        String mistral = llama.replace("\"llama\"", "\"mistral\"") + ", \"num_key_value_heads\": 2";
        assertThat(read(mistral + "}").window()).isEqualTo(4096);
        assertThat(read(mistral + ", \"sliding_window\": null}").windowOf(0)).isZero();
        String qwen = llama.replace("\"llama\"", "\"qwen2\"") + ", \"num_key_value_heads\": 2";
        assertThat(read(qwen + ", \"sliding_window\": 5}").windowOf(1)).isZero();
        assertThatThrownBy(() -> read(llama.replace("\"llama\"", "\"qwen2\"") + "}"))
                .hasMessageContaining("num_key_value_heads is not a whole number: missing");
    }

    /** Fast turns stay, slow ones are as slow as the factor says, and between them nothing jumps. */
    @Test
    void scalingsLeaveFastTurnsAndSlowDownOthers() {
        List<Double> plain = new Rope(10_000, 1, null).frequencies(64);
        List<Double> linear = new Rope(10_000, 4, null).frequencies(64);
        List<Double> banded = new Rope(10_000, 8, new Rope.Bands(1, 4, 64)).frequencies(64);
        for (int i = 0; i < plain.size(); i++) {
            assertThat(linear.get(i)).isCloseTo(plain.get(i) / 4, within(1e-15));
            double turns = 64 * plain.get(i) / (2 * Math.PI);
            double factor = plain.get(i) / banded.get(i);
            if (turns >= 4) {
                assertThat(factor).isEqualTo(1);
            } else if (turns <= 1) {
                assertThat(factor).isCloseTo(8, within(1e-12));
            } else {
                assertThat(factor).isBetween(1.0, 8.0);
            }
        }
    }

    @Test
    void whatItDoesNotRunIsSaidWithTheWayOut() throws IOException {
        Map<String, String> changes = Map.of(
                "\"linear\"", "\"yarn\"",
                "\"silu\"", "\"gelu\"",
                "\"attention_bias\": false", "\"attention_bias\": true",
                "\"num_key_value_heads\": 4", "\"num_key_value_heads\": 3",
                "\"head_dim\": 8", "\"head_dim\": 7",
                "\"hidden_size\": 32", "\"hidden_size\": \"32\"",
                "\"factor\": 4.0", "\"factor\": 0");
        Map<String, String> messages = Map.of(
                "\"linear\"", "rope_scaling.rope_type is not one of default, linear, llama3: \"yarn\"",
                "\"silu\"", "hidden_act is not silu: \"gelu\"",
                "\"attention_bias\": false", "attention_bias is not false: true",
                "\"num_key_value_heads\": 4", "num_attention_heads is not a multiple of the 3 num_key_value_heads: 4",
                "\"head_dim\": 8", "head_dim is not even and strictly positive: 7",
                "\"hidden_size\": 32", "hidden_size is not a whole number: \"32\"",
                "\"factor\": 4.0", "rope_scaling.factor is not strictly positive: 0");
        String whole = Files.readString(MODELS.resolve("llama-2-style").resolve("config.json"));
        for (Map.Entry<String, String> change : changes.entrySet()) {
            String json = whole.replace(change.getKey(), change.getValue());
            assertThat(json).isNotEqualTo(whole);
            assertThatThrownBy(() -> read(json))
                    .isInstanceOf(ModelFileException.class)
                    .hasMessageContaining("describes no model of type llama that can be run")
                    .hasMessageContaining(messages.get(change.getKey()))
                    .hasMessageContaining("take the config.json that belongs to the weights, or another model");
        }
        assertThatThrownBy(() -> read(whole.replace("\"rope_theta\": 10000.0", "\"rope_theta\": -1")
                        .replace("\"vocab_size\": 340", "\"vocab_size\": 0")))
                .hasMessageContaining("rope_theta is not strictly positive: -1");
        assertThatThrownBy(() -> new Rope.Bands(4, 1, 8)).hasMessageContaining("high_freq_factor is not above");
    }

    private static LlamaConfig at(String model) {
        return LlamaConfig.read(ModelFiles.folder(MODELS.resolve(model)));
    }

    private LlamaConfig read(String json) throws IOException {
        Files.writeString(folder.resolve("config.json"), json);
        return LlamaConfig.read(ModelFiles.folder(folder));
    }
}
