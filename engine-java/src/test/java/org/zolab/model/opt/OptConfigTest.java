package org.zolab.model.opt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.ModelFiles;

class OptConfigTest {

    private static final Path MODELS = Path.of("..", "integration-tests", "goldens", "models");

    @TempDir
    Path folder;

    @Test
    void readsBothNormOrders() {
        assertThat(OptConfig.read(ModelFiles.folder(MODELS.resolve("opt-tiny"))))
                .isEqualTo(new OptConfig(440, 128, 32, 4, 2, 96, 32, true, true));
        OptConfig post = OptConfig.read(ModelFiles.folder(MODELS.resolve("opt-350m-style")));
        assertThat(post).isEqualTo(new OptConfig(400, 128, 48, 6, 2, 96, 24, false, false));
        assertThat(post.projects()).isTrue();
    }

    @Test
    void whatIsLeftOutHasTheMeaningThatTransformersGivesIt() throws IOException {
        String json = tiny();
        for (String name : new String[] {
            "do_layer_norm_before",
            "_remove_final_layer_norm",
            "word_embed_proj_dim",
            "enable_bias",
            "layer_norm_elementwise_affine"
        }) {
            json = json.replaceFirst("\"" + name + "\": [^,}]*,?", "");
        }
        assertThat(read(json.replaceFirst(",\\s*}", "}")))
                .isEqualTo(new OptConfig(440, 128, 32, 4, 2, 96, 32, true, true));
        assertThat(read(tiny().replace("\"_remove_final_layer_norm\": false", "\"_remove_final_layer_norm\": true"))
                        .finalNorm())
                .isFalse();
    }

    @Test
    void anotherFamilyIsNamed() {
        assertThatThrownBy(() -> read("{\"model_type\": \"llama\"}"))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("config.json is of a family that is not supported: model_type is \"llama\"")
                .hasMessageContaining("supported is \"opt\"");
        assertThatThrownBy(() -> read("{}")).hasMessageContaining("model_type is missing");
        assertThatThrownBy(() -> OptConfig.read(ModelFiles.folder(MODELS)))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("file does not exist");
    }

    @Test
    void aHeadThatDoesNotWriteIsRefused() throws IOException {
        String classes = tiny().replace("\"OPTForCausalLM\"", "\"OPTForSequenceClassification\"");
        assertThatThrownBy(() -> read(classes))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining(
                        "architectures names a head that only bert and roberta may have: OPTForSequenceClassification");
    }

    @Test
    void variantsThatAreNotOptsAreRefused() throws IOException {
        Map<String, String> changes = Map.of(
                "\"relu\"", "\"gelu\"",
                "\"enable_bias\": true", "\"enable_bias\": false",
                "\"layer_norm_elementwise_affine\": true", "\"layer_norm_elementwise_affine\": false",
                "\"model_type\": \"opt\"", "\"tie_word_embeddings\": false, \"model_type\": \"opt\"",
                "\"num_attention_heads\": 4", "\"num_attention_heads\": 5",
                "\"hidden_size\": 32", "\"hidden_size\": 32.5",
                "\"vocab_size\": 440", "\"vocab_size\": 4400000000",
                "\"ffn_dim\": 96", "\"ffn_dim\": \"96\"",
                "\"do_layer_norm_before\": true", "\"do_layer_norm_before\": \"yes\"",
                "\"num_hidden_layers\": 2", "\"num_hidden_layers\": -2");
        Map<String, String> messages = Map.of(
                "\"relu\"", "activation_function is not relu: \"gelu\"",
                "\"enable_bias\": true", "enable_bias is not true: false",
                "\"layer_norm_elementwise_affine\": true", "layer_norm_elementwise_affine is not true: false",
                "\"model_type\": \"opt\"", "tie_word_embeddings is not true: false",
                "\"num_attention_heads\": 4", "hidden_size is not a multiple of the 5 num_attention_heads: 32",
                "\"hidden_size\": 32", "hidden_size is not a whole number: 32.5",
                "\"vocab_size\": 440", "vocab_size is not a whole number: 4400000000",
                "\"ffn_dim\": 96", "ffn_dim is not a whole number: \"96\"",
                "\"do_layer_norm_before\": true", "do_layer_norm_before is not true or false: \"yes\"",
                "\"num_hidden_layers\": 2", "num_hidden_layers is not strictly positive: -2");
        for (Map.Entry<String, String> change : changes.entrySet()) {
            String json = tiny().replace(change.getKey(), change.getValue());
            assertThat(json).isNotEqualTo(tiny());
            assertThatThrownBy(() -> read(json))
                    .isInstanceOf(ModelFileException.class)
                    .hasMessageContaining("config.json")
                    .hasMessageContaining(messages.get(change.getKey()));
        }
    }

    @Test
    void everythingThatIsWrongIsSaidAtOnce() {
        assertThatThrownBy(() -> read("{\"model_type\": \"opt\", \"hidden_size\": 0}"))
                .hasMessageContaining("vocab_size is not a whole number: missing")
                .hasMessageContaining("num_hidden_layers is not a whole number: missing");
        assertThatThrownBy(() -> new OptConfig(0, 1, 0, 1, 1, 1, 1, true, true))
                .hasMessageContaining("vocab_size is not strictly positive: 0")
                .hasMessageContaining("hidden_size is not strictly positive: 0");
    }

    private static String tiny() throws IOException {
        return Files.readString(MODELS.resolve("opt-tiny").resolve("config.json"));
    }

    private OptConfig read(String json) throws IOException {
        Files.writeString(folder.resolve("config.json"), json);
        return OptConfig.read(ModelFiles.folder(folder));
    }
}
