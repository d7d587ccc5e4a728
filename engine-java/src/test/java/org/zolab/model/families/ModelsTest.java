package org.zolab.model.families;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.model.StoredModel;
import org.zolab.model.adapter.Lora;
import org.zolab.model.adapter.Prefix;
import org.zolab.model.adapter.SoftPrompt;
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
    void aPathThatHoldsNoModelIsToldAsAPath() throws IOException {
        for (String path : List.of("/nowhere/at/all", "./tiny", "models/of/mine")) {
            assertThatThrownBy(() -> Models.named(path).family())
                    .hasMessage("model folder does not exist: " + Path.of(path)
                            + "; check the path, or name a model of the Hub, such as facebook/opt-125m");
        }
        for (String[] kind :
                new String[][] {{"LORA", "lora"}, {"PREFIX_TUNING", "prefix"}, {"PROMPT_TUNING", "promptTuning"}}) {
            Files.writeString(
                    folder.resolve("adapter_config.json"),
                    "{\"peft_type\": \"" + kind[0] + "\", \"base_model_name_or_path\": \"facebook/opt-125m\"}");
            assertThatThrownBy(() -> Models.named(folder.toString()).family())
                    .hasMessage(folder
                            + " is not a model's folder but an adapter's: write model = model(\"facebook/opt-125m\") and tune = "
                            + kind[1] + "(\"" + folder + "\")");
        }
    }

    @Test
    void anAdaptersFolderThatIsNoneIsToldAsOne() {
        Path model = MODELS.resolve("opt-tiny");
        String advice = "; give a folder that saveAdapter or peft's save_pretrained wrote";
        assertThatThrownBy(() -> Lora.read(Path.of("/no/adapter")))
                .hasMessage("adapter folder does not exist: /no/adapter" + advice);
        assertThatThrownBy(() -> Prefix.read(folder))
                .hasMessage("adapter folder holds no adapter_config.json: " + folder + advice);
        assertThatThrownBy(() -> SoftPrompt.read(model))
                .hasMessage("adapter folder holds no adapter_config.json: " + model
                        + "; it holds a model, which is read by model(\"" + model + "\")" + advice);
    }

    @Test
    void theEmbeddedModelIsNamedWhereItIsNearlyMeant() {
        assertThatThrownBy(() -> Models.named("nano"))
                .hasMessage("model nano is not one of the Hub's: the embedded one is opt(\"nano\")");
        assertThatThrownBy(() -> Models.opt("nanoo"))
                .hasMessage(
                        "OPT model is not nano, a size such as 125m or 1.3b, owner/name or a folder's path: \"nanoo\"; try"
                                + " opt(\"nano\") or opt(\"125m\")");
        assertThat(Models.opt("iml-max-1.3b").name()).isEqualTo("opt-iml-max-1.3b");
    }

    @Test
    void everyFamilyTakesItsOwnFolderAndNoOther() {
        Map<String, Function<String, StoredModel>> families = Map.of(
                "opt", Models::opt,
                "llama", Models::llama,
                "qwen2", Models::qwen,
                "mistral", Models::mistral,
                "gpt2", Models::gpt2,
                "roberta", Models::roberta,
                "bert", Models::bert);
        Map<String, String> folders = Map.of("llama", "llama-2-style", "qwen2", "qwen2-window");
        families.forEach((type, function) -> families.keySet().forEach(other -> {
            String name =
                    MODELS.resolve(folders.getOrDefault(other, other + "-tiny")).toString();
            if (type.equals(other)) {
                assertThat(function.apply(name).family()).isNotNull();
            } else {
                assertThatThrownBy(() -> function.apply(name).family())
                        .isInstanceOf(ModelFileException.class)
                        .hasMessageStartingWith(Path.of(name, "config.json") + " is of another family than ")
                        .hasMessageContaining("(…) is for: model_type is \"" + other + "\"")
                        .hasMessageEndingWith("supported is \"" + type + "\"; write model(\"" + name
                                + "\"), which takes every family");
            }
        }));
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
