package org.zolab.model.gpt2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.model.Family;
import org.zolab.model.FamilyContract;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.ModelFiles;

class Gpt2FamilyTest extends FamilyContract {

    private static final Path TINY = Path.of("..", "integration-tests", "goldens", "models", "gpt2-tiny");

    @TempDir
    Path folder;

    @Override
    protected Family family() {
        return new Gpt2Family(new Gpt2Config(300, 40, 24, 3, 2, 40, 1e-5));
    }

    @Test
    void theFeedForwardIsFourTimesTheWidthUnlessItIsSaid() throws IOException {
        assertThat(Gpt2Config.read(ModelFiles.folder(TINY))).isEqualTo(new Gpt2Config(300, 128, 32, 4, 2, 128, 1e-5));
        assertThat(read(whole().replace("\"n_inner\": null", "\"n_inner\": 50")).feedForward())
                .isEqualTo(50);
    }

    @Test
    void whatItDoesNotRunIsSaid() throws IOException {
        Map<String, String> changes = Map.of(
                "\"gelu_new\"", "\"relu\"",
                "\"scale_attn_by_inverse_layer_idx\": false", "\"scale_attn_by_inverse_layer_idx\": true",
                "\"n_head\": 4", "\"n_head\": 5");
        Map<String, String> messages = Map.of(
                "\"gelu_new\"", "activation_function is not gelu_new: \"relu\"",
                "\"scale_attn_by_inverse_layer_idx\": false", "scale_attn_by_inverse_layer_idx is not false: true",
                "\"n_head\": 4", "n_embd is not a multiple of the 5 n_head: 32");
        for (Map.Entry<String, String> change : changes.entrySet()) {
            String json = whole().replace(change.getKey(), change.getValue());
            assertThat(json).isNotEqualTo(whole());
            assertThatThrownBy(() -> read(json))
                    .isInstanceOf(ModelFileException.class)
                    .hasMessageContaining(messages.get(change.getKey()));
        }
    }

    private static String whole() throws IOException {
        return Files.readString(TINY.resolve("config.json"));
    }

    private Gpt2Config read(String json) throws IOException {
        Files.writeString(folder.resolve("config.json"), json);
        return Gpt2Config.read(ModelFiles.folder(folder));
    }
}
