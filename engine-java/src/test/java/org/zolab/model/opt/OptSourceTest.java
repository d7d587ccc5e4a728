package org.zolab.model.opt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.model.Compute;
import org.zolab.model.LanguageModel;
import org.zolab.model.families.Models;
import org.zolab.model.weights.Dtype;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.ModelFiles;
import org.zolab.model.weights.SafetensorsWriter;
import org.zolab.model.weights.Weights;
import org.zolab.tensor.LinearKernel;

/** Folders that are not what they should be, as a user meets them: {@code opt(path)}. */
class OptSourceTest {

    private static final Path TINY = Path.of("..", "integration-tests", "goldens", "models", "opt-tiny");
    private static final Compute COMPUTE = new Compute(LinearKernel.ATEN, 1);

    @TempDir
    Path folder;

    @BeforeEach
    void aCopy() throws IOException {
        try (Stream<Path> files = Files.list(TINY)) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
    }

    @Test
    void namesWithoutTheLeadingModelAreRead() {
        Weights weights = Weights.of(ModelFiles.folder(TINY));
        List<SafetensorsWriter.Tensor> stripped = weights.names().stream()
                .map(name -> new SafetensorsWriter.Tensor(
                        name.substring("model.".length()),
                        Dtype.F32,
                        weights.shape(name),
                        FloatBuffer.wrap(weights.floats(name))))
                .toList();
        SafetensorsWriter.write(folder.resolve("model.safetensors"), stripped, Map.of());
        try (LanguageModel expected = Models.opt(TINY).load(COMPUTE);
                LanguageModel found = Models.opt(folder).load(COMPUTE)) {
            assertThat(found.parameters().fingerprint())
                    .isEqualTo(expected.parameters().fingerprint());
        }
    }

    @Test
    void aFolderThatIsNotThereIsNamed() {
        Path missing = folder.resolve("missing");
        refused(missing, "model folder does not exist: " + missing);
        refused(folder.resolve("config.json"), "model folder is not a folder");
    }

    @Test
    void aConfigurationOfAnotherFamilyIsNamed() throws IOException {
        replace("config.json", "\"model_type\": \"opt\"", "\"model_type\": \"llama\"");
        refused(folder, "model_type is \"llama\" and architectures [\"OPTForCausalLM\"], supported is \"opt\"");
    }

    @Test
    void aTokenizerOfAnotherModelIsNamed() throws IOException {
        replace("config.json", "\"vocab_size\": 440", "\"vocab_size\": 400");
        refused(folder, "tokenizer does not fit the model", "ids up to 439, the model's vocab_size is 400");
    }

    @Test
    void weightsOfAnotherModelAreNamed() throws IOException {
        replace("config.json", "\"ffn_dim\": 96", "\"ffn_dim\": 64");
        refused(
                folder,
                "does not fit its config.json",
                "shape of model.decoder.layers.0.fc1.weight is not [64, 32]: [96, 32]",
                "shape of model.decoder.layers.1.fc2.weight is not [32, 64]: [32, 96]");
    }

    @Test
    void truncatedWeightsAreNamed() throws IOException {
        Path file = folder.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
        refused(folder, file.toString(), "offsets outside of the file's", "copy or download it again");
    }

    private void replace(String file, String before, String after) throws IOException {
        String text = Files.readString(folder.resolve(file));
        assertThat(text).contains(before);
        Files.writeString(folder.resolve(file), text.replace(before, after));
    }

    private static void refused(Path path, String... messages) {
        assertThatThrownBy(() -> Models.opt(path).load(COMPUTE).close())
                .isInstanceOf(ModelFileException.class)
                .hasMessageContainingAll(messages);
    }
}
