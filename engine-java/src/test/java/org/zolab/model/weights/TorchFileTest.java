package org.zolab.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.zolab.model.weights.PickleBytes.dict;
import static org.zolab.model.weights.PickleBytes.old;
import static org.zolab.model.weights.PickleBytes.oldPickle;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.model.Compute;
import org.zolab.model.LanguageModel;
import org.zolab.model.families.Models;
import org.zolab.tensor.LinearKernel;

/** What files of torch.save hold, in both layouts. */
class TorchFileTest {

    private static final Path GOLDENS = Path.of("..", "integration-tests", "goldens");
    private static final Path MODELS = GOLDENS.resolve("models");
    private static final long[] TWO = {2};
    private static final long[] ONE = {1};

    @TempDir
    Path folder;

    @Test
    void aStateDictHoldsTheTensorsOfTheSafetensorsFile() {
        Weights exact = Weights.of(ModelFiles.folder(MODELS.resolve("opt-tiny")));
        Weights bin = Weights.of(ModelFiles.folder(MODELS.resolve("opt-tiny-bin")));
        Weights base = Weights.of(ModelFiles.folder(MODELS.resolve("opt-tiny-bin-fp16-base")));
        assertThat(bin.names()).hasSize(37).containsAll(exact.names()).contains("lm_head.weight");
        assertThat(base.names()).hasSize(36).contains("decoder.embed_tokens.weight");
        assertThat(bin.floats("lm_head.weight")).isEqualTo(exact.floats("model.decoder.embed_tokens.weight"));
        for (String name : exact.names()) {
            float[] values = exact.floats(name);
            assertThat(bin.shape(name)).isEqualTo(exact.shape(name));
            assertThat(bin.floats(name)).isEqualTo(values);
            for (int i = 0; i < values.length; i++) {
                values[i] = Half.fromFp16(Half.toFp16(values[i]));
            }
            assertThat(base.called(name)).isEqualTo(name.substring("model.".length()));
            assertThat(base.floats(base.called(name))).isEqualTo(values);
        }
    }

    @Test
    void modelsLoadFromStateDicts() {
        Compute compute = new Compute(LinearKernel.ATEN, 1);
        try (LanguageModel exact = Models.opt(MODELS.resolve("opt-tiny")).load(compute);
                LanguageModel fp16 = Models.opt(MODELS.resolve("opt-tiny-fp16")).load(compute);
                LanguageModel bin = Models.opt(MODELS.resolve("opt-tiny-bin")).load(compute);
                LanguageModel base =
                        Models.opt(MODELS.resolve("opt-tiny-bin-fp16-base")).load(compute)) {
            assertThat(bin.parameters().fingerprint())
                    .isEqualTo(exact.parameters().fingerprint());
            assertThat(base.parameters().fingerprint())
                    .isEqualTo(fp16.parameters().fingerprint());
        }
    }

    @Test
    void anIndexJoinsShards() throws IOException {
        for (String shard : new String[] {"one", "two"}) {
            byte[] pickle = dict().text(shard)
                    .tensor("FloatStorage", "0", 1, 0, ONE, ONE)
                    .raw("u")
                    .end();
            Files.write(
                    folder.resolve(shard + ".bin"),
                    PickleBytes.zip(pickle, Map.of("data/0", PickleBytes.floats(shard.length()))));
        }
        Files.writeString(
                folder.resolve(TorchFile.INDEX), "{\"weight_map\": {\"one\": \"one.bin\", \"two\": \"two.bin\"}}");
        Weights weights = Weights.of(ModelFiles.folder(folder));
        assertThat(weights.names()).containsExactly("one", "two");
        assertThat(weights.floats("two")).containsExactly(3);
    }

    @Test
    void layersStandForTheTensorsOfTheirStateDict() {
        Weights nets = TorchFile.file(GOLDENS.resolve("finetuner").resolve("pertnn.pth"));
        assertThat(nets.names())
                .hasSize(48)
                .contains("model.decoder.embed_tokens.weight.0.weight", "model.decoder.embed_tokens.weight.2.bias");
        assertThat(nets.shape("model.decoder.embed_tokens.weight.0.weight")).containsExactly(64, 5);
    }

    @Test
    void viewsOfOneStorageAndOtherOrdersAreRead() {
        byte[] pickle = dict().text("whole")
                .tensor("FloatStorage", "0", 6, 0, new long[] {2, 3}, new long[] {3, 1})
                .text("transposed")
                .tensor("FloatStorage", "0", 6, 0, new long[] {3, 2}, new long[] {1, 3})
                .text("column")
                .tensor("FloatStorage", "0", 6, 1, new long[] {2}, new long[] {3})
                .text("scalar")
                .tensor("FloatStorage", "0", 6, 5, new long[0], new long[0])
                .text("empty")
                .tensor("FloatStorage", "0", 6, 0, new long[] {0, 9}, new long[] {9, 1})
                .text("integers")
                .tensor("LongStorage", "1", 2, 0, TWO, ONE)
                .text("step")
                .integer(7)
                .raw("u")
                .end();
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("data/0", PickleBytes.floats(0, 1, 2, 3, 4, 5));
        entries.put("data/1", new byte[] {1, 0, 0, 0, 0, 0, 0, 0, -1, -1, -1, -1, -1, -1, -1, -1});
        Weights weights = read(PickleBytes.zip(pickle, entries));
        assertThat(weights.names()).containsExactly("whole", "transposed", "column", "scalar", "empty", "integers");
        assertThat(weights.floats("whole")).containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(weights.floats("transposed")).containsExactly(0, 3, 1, 4, 2, 5);
        assertThat(weights.doubles("transposed")).containsExactly(0, 3, 1, 4, 2, 5);
        assertThat(weights.floats("column")).containsExactly(1, 4);
        assertThat(weights.floats("scalar")).containsExactly(5);
        assertThat(weights.shape("scalar")).isEmpty();
        assertThat(weights.floats("empty")).isEmpty();
        assertThat(weights.longs("integers")).containsExactly(1, -1);
        FloatBuffer part = FloatBuffer.allocate(2);
        weights.read("transposed", 3, part);
        assertThat(part.array()).containsExactly(4, 2);
    }

    @Test
    void theOldLayoutIsRead() {
        byte[] file =
                old(oldPickle(), new String[] {"31", "94"}, PickleBytes.floats(1, 2, 3), PickleBytes.floats(4, 5));
        Weights weights = read(file);
        assertThat(weights.floats("a")).containsExactly(4, 5);
        assertThat(weights.floats("b")).containsExactly(2, 3);
        assertThat(weights.floats("c")).containsExactly(4, 5);
        refused(Arrays.copyOf(file, file.length - 1), "ends before storage 94 does");
        refused(
                old(oldPickle(), new String[] {"31"}, PickleBytes.floats(1, 2, 3)),
                "tensor a has its numbers in an entry that is missing: 94");
        refused(old(oldPickle(), new String[] {"31", "31"}, PickleBytes.floats(1, 2, 3)), "lists it twice");
        refused(old(oldPickle(), new String[] {"7"}), "lists a storage that no tensor has");
        refused(
                old(oldPickle(), new String[] {"94"}, PickleBytes.floats(1, 2, 3)),
                "with 3 elements, its pickle says 2");
    }

    private static Weights read(byte[] file) {
        return TorchFile.read(new InMemory(file), "x.bin");
    }

    private static void refused(byte[] file, String message) {
        assertThatThrownBy(() -> read(file))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining(message);
    }
}
