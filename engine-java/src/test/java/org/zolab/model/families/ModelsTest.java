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
                .hasMessageContaining("supported is \"opt\", \"llama\", \"qwen2\", \"mistral\", \"roberta\", \"bert\"");
    }

    @Test
    void aNameIsLookedForInTheCache() {
        assertThat(Models.named("Qwen/Qwen2.5-0.5B").name()).isEqualTo("Qwen2.5-0.5B");
        assertThatThrownBy(() -> Models.named("nobody/nothing").family())
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("model nobody/nothing is not there")
                .hasMessageContaining("models--nobody--nothing");
    }
}
