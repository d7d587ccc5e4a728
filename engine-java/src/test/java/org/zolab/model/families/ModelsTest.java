package org.zolab.model.families;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.model.llama.LlamaFamily;
import org.zolab.model.opt.OptFamily;
import org.zolab.model.weights.ModelFileException;

class ModelsTest {

    private static final Path MODELS = Path.of("..", "integration-tests", "goldens", "models");

    @TempDir
    Path folder;

    @Test
    void theFamilyIsWhatTheConfigurationSays() {
        assertThat(Models.at(MODELS.resolve("opt-tiny")).family()).isInstanceOf(OptFamily.class);
        assertThat(Models.at(MODELS.resolve("mistral-tiny")).family()).isInstanceOf(LlamaFamily.class);
        assertThat(Models.at(MODELS.resolve("mistral-tiny")).name()).isEqualTo("mistral-tiny");
    }

    @Test
    void anArchitectureThatIsNotThereIsNamedWithThoseThatAre() throws IOException {
        Files.writeString(
                folder.resolve("config.json"),
                "{\"model_type\": \"mamba\", \"architectures\": [\"MambaForCausalLM\"]}");
        assertThatThrownBy(() -> Models.at(folder).family())
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("model_type is \"mamba\"")
                .hasMessageContaining("[\"MambaForCausalLM\"]")
                .hasMessageContaining(
                        "supported is \"opt\", \"llama\", \"qwen2\", \"mistral\", \"roberta\", \"bert\", \"gpt2\"");
    }

    @Test
    void aNameIsLookedForInTheCache() {
        assertThat(Models.named("Qwen/Qwen2.5-0.5B").name()).isEqualTo("Qwen2.5-0.5B");
        assertThatThrownBy(() -> Models.named("nobody/nothing").family())
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("model nobody/nothing is not there")
                .hasMessageContaining("models--nobody--nothing");
    }

    @Test
    void shortNamesAreThoseOfTheHub() {
        assertThat(Models.llama("3.2-1b").name()).isEqualTo("Llama-3.2-1B");
        assertThat(Models.llama("3.1-8b-instruct").name()).isEqualTo("Llama-3.1-8B-Instruct");
        assertThat(Models.llama("3-8b").name()).isEqualTo("Meta-Llama-3-8B");
        assertThat(Models.llama("2-7b").name()).isEqualTo("Llama-2-7b-hf");
        assertThat(Models.qwen("2.5-0.5b").name()).isEqualTo("Qwen2.5-0.5B");
        assertThat(Models.mistral("7b-instruct-v0.2").name()).isEqualTo("Mistral-7B-Instruct-v0.2");
        assertThat(Models.roberta("large").name()).isEqualTo("roberta-large");
        assertThat(Models.bert("base-uncased").name()).isEqualTo("bert-base-uncased");
        assertThat(Models.gpt2("small").name()).isEqualTo("gpt2");
        assertThat(Models.gpt2("medium").name()).isEqualTo("gpt2-medium");
        assertThat(Models.gpt2("distilbert/distilgpt2").name()).isEqualTo("distilgpt2");
        assertThatThrownBy(() -> Models.named(" ")).hasMessageContaining("model name is blank");
    }
}
