package org.zolab.model.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.model.Compute;
import org.zolab.model.LanguageModel;
import org.zolab.model.ModelSource;
import org.zolab.model.SavedModel;
import org.zolab.model.StoredModel;
import org.zolab.model.families.Models;
import org.zolab.model.weights.Dtype;
import org.zolab.model.weights.Safetensors;
import org.zolab.model.weights.SafetensorsWriter;
import org.zolab.space.Direction;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterVector;
import org.zolab.tensor.LinearKernel;

/** Adapters and merged models, written here, read by Python's peft and transformers: the same logits. */
class PythonReadsTest {

    private static final Path TESTS = Path.of("..", "integration-tests");
    private static final Path OWN = Path.of("..", ".zo", "reference", "bin", "python");
    private static final Compute COMPUTE = new Compute(LinearKernel.ATEN, 1);

    private static final Map<String, List<String>> MODELS = Map.of(
            "opt-tiny", List.of(),
            "opt-350m-style", List.of("fc1", "out_proj"),
            "llama-2-style", List.of("q_proj", "down_proj"),
            "llama-wide-heads", List.of(),
            "mistral-tiny", List.of(),
            "gpt2-tiny", List.of("c_attn", "mlp.c_proj"),
            "roberta-tiny", List.of(),
            "bert-tiny", List.of("query", "transform.dense"),
            "bert-classes", List.of(),
            "roberta-classes", List.of("query", "dense"));

    /** Where layers differ in r and α, and products are multiplied by α/√r. */
    private static final Map<String, Lora.Scaling> SCALINGS = Map.of(
            "llama-2-style", new Lora.Scaling(true, Map.of("down_proj", 7), Map.of("layers.0.self_attn.q_proj", 3.0)),
            "gpt2-tiny", new Lora.Scaling(false, Map.of("c_attn", 2), Map.of("h.1.mlp.c_proj", 1.5)));

    /** How many classes a new head tells apart, and what of it PEFT has to be told to keep. */
    private static final Map<String, List<String>> NEW_HEADS =
            Map.of("bert-tiny+3", List.of("pooler"), "roberta-tiny+4", List.of());

    /** What goes before texts; PEFT has nothing of the kind for a model that fills gaps, and for classes a prefix with BERT's pooler. */
    private static final Map<String, Adapter> BEFORE = Map.of("prefix", Prefix.of(5, true), "prompt", SoftPrompt.of(7));

    @TempDir
    Path folder;

    @Test
    void sameLogits() throws IOException, InterruptedException {
        String python =
                Optional.ofNullable(System.getenv("ZO_REFERENCE_PYTHON")).orElse(OWN.toString());
        assumeTrue(
                Files.isExecutable(Path.of(python)),
                "Python's transformers and peft are not here (5 GB); get them with: python3 -m venv .zo/reference && "
                        + ".zo/reference/bin/pip install -r integration-tests/src/test/python/reference.txt");
        for (String name : MODELS.keySet()) {
            write(name, Files.createDirectories(folder.resolve(name)));
        }
        for (String name : NEW_HEADS.keySet()) {
            writeHead(name, Files.createDirectories(folder.resolve(name)));
        }
        Process process = new ProcessBuilder(
                        python,
                        TESTS.resolve("src/test/python/reference.py").toString(),
                        TESTS.resolve("goldens/models").toString(),
                        folder.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(10, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(said).isZero();
        assertThat(said).contains(MODELS.size() + NEW_HEADS.size() + " models read");
    }

    private static void write(String name, Path to) {
        ModelSource source = Models.at(TESTS.resolve("goldens/models").resolve(name));
        Lora.Scaling scaling = SCALINGS.getOrDefault(name, Lora.Scaling.PLAIN);
        Lora lora = new Lora(4, 6, MODELS.get(name), List.of(), scaling, null);
        try (LanguageModel model = write(name, source, lora, to, "adapter")) {
            SavedModel.write(to.resolve("merged"), model, source.files(), Dtype.F32);
        }
        if (name.equals("bert-classes")) {
            write(name, source, Prefix.of(5, true), to, "prefix").close();
        } else if (!source.family().masked()) {
            BEFORE.forEach(
                    (kind, adapter) -> write(name, source, adapter, to, kind).close());
        }
    }

    /** With a head that the model's files do not hold: the adapter holds it, and so does the merged model with its classes. */
    private static void writeHead(String name, Path to) {
        int plus = name.indexOf('+');
        StoredModel source = Models.at(TESTS.resolve("goldens/models").resolve(name.substring(0, plus)))
                .classifying(Integer.parseInt(name.substring(plus + 1)));
        Lora lora = Lora.of(4, 6, List.of(), NEW_HEADS.get(name));
        try (LanguageModel model = write(name.substring(0, plus), source, lora, to, "adapter")) {
            SavedModel.write(to.resolve("merged"), model, source.files(), Dtype.F32);
        }
    }

    /** Writes an adapter that was moved a little, and the logits with it. */
    private static LanguageModel write(String name, ModelSource source, Adapter adapter, Path to, String kind) {
        LanguageModel model = source.load(COMPUTE, adapter, 3);
        ParameterVector theta = model.parameters();
        theta.move(Direction.noise(new NoiseKey(1, 0, 0), Law.GAUSSIAN), 0.1);
        List<SafetensorsWriter.Tensor> parameters = new ArrayList<>();
        theta.space()
                .tensors()
                .forEach(tensor -> parameters.add(new SafetensorsWriter.Tensor(
                        tensor.name(),
                        Dtype.F32,
                        tensor.shape().stream().mapToLong(extent -> extent).toArray(),
                        theta.storage().of(theta.space().indexOf(tensor.name())))));
        Path trained = to.resolve("trained.safetensors");
        SafetensorsWriter.write(trained, parameters, Map.of());
        AdapterFolder.write(to.resolve(kind), adapter, source.family(), name, Safetensors.file(trained));
        int[] ids = IntStream.range(0, 24).map(t -> 5 + 11 * t).toArray(); // as reference.py has them
        float[] logits = model.representations()
                .trace(theta.here(), List.of(ids), List.of(12))
                .logits()[0];
        long width = model.family().outcomes();
        long[] shape = model.family().labels().isEmpty() ? new long[] {24, width} : new long[] {width};
        SafetensorsWriter.write(
                to.resolve(kind + ".safetensors"),
                List.of(new SafetensorsWriter.Tensor(
                        "logits",
                        Dtype.F32,
                        shape,
                        FloatBuffer.wrap(logits, 0, shape.length == 1 ? (int) width : logits.length))),
                Map.of());
        return model;
    }
}
