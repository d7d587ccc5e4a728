package org.zolab.samples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.zolab.model.families.Models;
import org.zolab.model.opt.OptConfig;
import org.zolab.model.opt.OptFamily;
import org.zolab.model.weights.Dtype;
import org.zolab.model.weights.ModelFiles;
import org.zolab.model.weights.SafetensorsWriter;
import org.zolab.space.ParameterSpace;

/**
 * A temporary folder that holds a model of random weights, and programs that measure with it, each in a JVM of its own.
 *
 * @param folder which is deleted at last
 */
record Apart(Path folder) implements AutoCloseable {

    /** With weights N(0, 0.02²), norms 1 and biases 0, in half precision; the tokenizer is that of the embedded model. */
    static Apart withRandom(OptConfig shape) throws IOException {
        Apart apart = new Apart(Files.createTempDirectory("opt"));
        try {
            write(apart.folder, shape);
            return apart;
        } catch (IOException | RuntimeException e) {
            apart.close();
            throw e;
        }
    }

    private static void write(Path folder, OptConfig shape) throws IOException {
        Random random = new Random(1);
        List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
        for (ParameterSpace.Tensor tensor : new OptFamily(shape).space().tensors()) {
            float scale = tensor.shape().size() > 1 ? 0.02f : 0;
            float mean = tensor.name().endsWith("norm.weight") ? 1 : 0;
            tensors.add(new SafetensorsWriter.Tensor(
                    tensor.name(),
                    Dtype.F16,
                    tensor.shape().stream().mapToLong(extent -> extent).toArray(),
                    (from, into, count) -> {
                        for (int i = 0; i < count; i++) {
                            into[i] = mean + scale * (float) random.nextGaussian();
                        }
                    }));
        }
        SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors, Map.of("format", "pt"));
        ModelFiles nano = Models.opt("nano").files();
        for (String name : List.of("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")) {
            if (nano.has(name)) {
                Files.write(folder.resolve(name), nano.bytes(name));
            }
        }
        Files.writeString(folder.resolve("config.json"), """
                {"model_type": "opt", "vocab_size": %d, "max_position_embeddings": %d, "hidden_size": %d, "num_attention_heads": %d,
                 "num_hidden_layers": %d, "ffn_dim": %d, "word_embed_proj_dim": %d, "activation_function": "relu"}
                """.formatted(
                        shape.vocabulary(),
                        shape.positions(),
                        shape.hidden(),
                        shape.heads(),
                        shape.layers(),
                        shape.feedForward(),
                        shape.embedding()));
    }

    /** Runs {@code program}, which prints; its own messages are left out. */
    void run(Class<?> program, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "-Xmx2g",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (!process.waitFor(30, TimeUnit.MINUTES) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IllegalStateException("a measurement did not end well: " + String.join(" ", arguments));
        }
    }

    @Override
    public void close() throws IOException {
        try (var all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
