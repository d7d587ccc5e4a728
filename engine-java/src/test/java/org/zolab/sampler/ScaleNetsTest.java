package org.zolab.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.zolab.model.opt.OptConfig;
import org.zolab.model.opt.OptFamily;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.ModelFiles;
import org.zolab.space.ParameterSpace;

class ScaleNetsTest {

    private static final Path GOLDENS = Path.of("..", "integration-tests", "goldens");
    private static final ParameterSpace OPT =
            new OptFamily(OptConfig.read(ModelFiles.folder(GOLDENS.resolve("models/opt-tiny")))).space();

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"pertnn", "pertnn-fp16"})
    void publishedFilesGiveTheReferencesOutputs(String name) throws IOException {
        ScaleNets nets = ScaleNets.readPublished(GOLDENS.resolve("finetuner/" + name + ".pth"));
        JsonNode json = new ObjectMapper()
                .readTree(GOLDENS.resolve("finetuner/" + name + ".json").toFile());
        JsonNode raw = json.path("raw_output_m");
        assertThat(nets.names()).hasSize(12).hasSize(raw.size());
        for (String tensor : nets.names()) {
            for (int k = 0; k < 3; k++) {
                double[] a = new double[5];
                for (int i = 0; i < 5; i++) {
                    a[i] = json.path("inputs").path(k).path(i).asDouble();
                }
                assertThat(nets.of(tensor).output(a))
                        .isCloseTo(raw.path(tensor).path(k).asDouble(Double.NaN), within(1e-6));
            }
        }
    }

    @Test
    void ourFilesHoldWhatWasWritten() {
        Path file = folder.resolve("nets.safetensors");
        ScaleNets nets = ScaleNets.random(OPT, 5);
        nets.write(file, Map.of("model", "opt-tiny"));
        ScaleNets read = ScaleNets.read(file);
        assertThat(read.names()).containsExactlyElementsOf(nets.names());
        assertThat(read.fingerprint()).isEqualTo(nets.fingerprint());
        assertThat(read.of(OPT)).hasSize(36);
    }

    @Test
    void aNetBelongsToItsTensorAndSeed() {
        ScaleNets nets = ScaleNets.random(OPT, 5);
        String name = "model.decoder.layers.1.fc2.bias";
        ParameterSpace alone = ParameterSpace.builder().add(name, List.of(9)).build();
        assertThat(ScaleNets.random(alone, 5).of(name).weights())
                .isEqualTo(nets.of(name).weights());
        assertThat(ScaleNets.random(OPT, 6).fingerprint()).isNotEqualTo(nets.fingerprint());
        float[] weights = nets.of(name).weights();
        for (int i = 0; i < weights.length; i++) {
            assertThat(Math.abs(weights[i])).isLessThanOrEqualTo((float) (i < 384 ? 1 / Math.sqrt(5) : 0.125));
        }
        assertThat(nets.of(OPT).stream().map(net -> net.output(new double[5])).distinct())
                .hasSize(36);
    }

    @Test
    void namesWithoutTheLeadingModelAreFound() {
        Map<String, ScaleNet> stripped = new LinkedHashMap<>();
        ScaleNets nets = ScaleNets.random(OPT, 5);
        nets.names().forEach(name -> stripped.put(name.substring("model.".length()), nets.of(name)));
        assertThat(new ScaleNets(stripped).of(OPT)).isEqualTo(nets.of(OPT));
    }

    @Test
    void whatIsMissingIsNamed() {
        ScaleNets some = ScaleNets.readPublished(GOLDENS.resolve("finetuner/pertnn.pth"));
        assertThatThrownBy(() -> some.of(OPT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("24 of its 36 tensors have none: model.decoder.layers.0.self_attn");
        assertThatThrownBy(() -> some.of("head")).hasMessageContaining("tensor has no scale net: head");
        Path model = GOLDENS.resolve("models/opt-tiny/model.safetensors");
        assertThatThrownBy(() -> ScaleNets.read(model))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("holds no scale nets");
        assertThatThrownBy(() -> new ScaleNet(new float[450])).hasMessageContaining("449 numbers: 450");
    }

    @Test
    void theGradientIsThatOfFiniteDifferences() {
        ScaleNet net = ScaleNet.random(OPT.tensor(3), 5);
        double[] a = {-.01, .3, 2.5, 2.4, .7};
        double[] gradient = net.gradient(a, -3);
        for (int i = 0; i < ScaleNet.WEIGHTS; i++) {
            float[] up = net.weights();
            float[] down = net.weights();
            up[i] += 1e-4f;
            down[i] -= 1e-4f;
            double change = new ScaleNet(up).output(a) - new ScaleNet(down).output(a);
            assertThat(gradient[i]).isCloseTo(-3 * change / ((double) up[i] - down[i]), within(1e-6));
        }
    }
}
