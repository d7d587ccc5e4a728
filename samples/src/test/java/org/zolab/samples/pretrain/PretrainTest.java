package org.zolab.samples.pretrain;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.model.families.Models;
import org.zolab.model.weights.ModelFiles;
import org.zolab.model.weights.Weights;
import picocli.CommandLine;

class PretrainTest {
    private static double train(Path out) {
        Pretrain program = new Pretrain();
        int code = new CommandLine(program)
                .execute(("--corpus target/small-corpus --exclude ../engine-java/target/apidocs --out " + out
                                + " --steps 50 --tokens 1024 --pieces 512 --width 64 --layers 2 --heads 2 --lr 5e-3")
                        .split(" "));
        assertThat(code).isZero();
        return program.heldOutLoss();
    }

    @Test
    void fiftyStepsLearnTheSameTwice(@TempDir Path folder) throws IOException {
        double loss = train(folder.resolve("first"));
        // a model that knows nothing has ln 512 = 6.24; single letters' frequencies alone give about 5
        assertThat(loss).isBetween(3.0, 5.2);
        assertThat(train(folder.resolve("second"))).isEqualTo(loss);
        for (String name : new String[] {"model.safetensors", "tokenizer.json", "merges.txt", "config.json"}) {
            assertThat(folder.resolve("second").resolve(name))
                    .hasSameBinaryContentAs(folder.resolve("first").resolve(name));
        }
        assertThat(Files.size(folder.resolve("first").resolve("model.safetensors")))
                .isLessThan(1 << 20);
        assertThat(Models.opt(folder.resolve("first")).family().vocabulary()).isEqualTo(512);
    }

    @Test
    void theEmbeddedModelIsOfThisShape() {
        ModelFiles files = Models.opt("nano").files();
        OptShape shape = HuggingFaceFolder.shape(files);
        Weights weights = Weights.of(files);
        weights.require(shape.tensors());
        assertThat(weights.names()).isEqualTo(shape.tensors().keySet());
        assertThat(shape.parameters()).isBetween(2_000_000L, 6_000_000L);
        assertThat(weights.dtype("model.decoder.embed_tokens.weight")).hasToString("F16");
    }
}
