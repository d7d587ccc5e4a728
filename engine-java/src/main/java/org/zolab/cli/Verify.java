package org.zolab.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.zolab.model.Compute;
import org.zolab.model.LanguageModel;
import org.zolab.model.ModelSource;
import org.zolab.model.StoredModel;
import org.zolab.model.adapter.AdapterFolder;
import org.zolab.model.families.Models;
import org.zolab.model.llama.LlamaConfig;
import org.zolab.model.llama.LlamaFamily;
import org.zolab.model.weights.Half;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.ModelFiles;
import org.zolab.model.weights.Safetensors;
import org.zolab.model.weights.Weights;
import org.zolab.space.Precision;
import org.zolab.tensor.Device;
import org.zolab.train.Home;
import picocli.CommandLine;

/**
 * Checks this installation against reference values: a folder with {@code models/}, {@code goldens/} and {@code optim/}, as its
 * {@code HOW.md} describes.
 *
 * <p>What is compared is found by the layout of the folder, whatever models are called and however large they are. One line is one
 * compared quantity, {@code pass|fail|skip folder/item error=e tolerance=t}; the last line counts them; the exit code is 0 only
 * without a failure.
 *
 * <p>A model without reference values of its own is held against those of the model whose tensors it holds, exactly or rounded to
 * sixteen bits.
 */
@CommandLine.Command(
        name = "verify",
        description = "Checks this installation against a folder of reference values.",
        mixinStandardHelpOptions = true)
public final class Verify implements Callable<Integer> {

    @CommandLine.Parameters(index = "0", paramLabel = "DIR", description = "holds models/, goldens/, optim/")
    private Path folder = Path.of(".");

    @CommandLine.Mixin
    private final DeviceOption on = new DeviceOption();

    @Override
    public Integer call() {
        return run(folder, on.device(), System.out);
    }

    /** Compares everything below {@code folder}; 0 only without a failure. */
    public static int run(Path folder, Device device, PrintStream out) {
        device.gpu(); // or nothing is compared
        VerifyReport report = new VerifyReport(out);
        new Run(
                        folder,
                        report,
                        Compute.on(device, Home.cache(), Precision.FP32, Precision.FP32),
                        Compute.on(device, Home.cache(), Precision.BF16, Precision.BF16))
                .all();
        if (report.isEmpty()) {
            report.fail(
                    String.valueOf(folder.getFileName()),
                    "there is nothing to verify in " + folder.toAbsolutePath()
                            + ": no folder in it holds reference values; give the folder that holds models/ and goldens/");
        }
        return report.end();
    }

    /** How a file's numbers stand to the ones that a model was made with, and what is computed with them. */
    private enum Rounding {
        NONE(VerifyForward.LOSS, List.of("f32", "f64", "f32_sdpa")),
        FP16(VerifyForward.LOSS, List.of("fp16_weights_f32_compute")),
        BF16(VerifyForward.LOSS, List.of("bf16_weights_f32_compute")),
        /** Linear layers multiply in bf16 too. */
        BF16_PRODUCTS(VerifyForward.BF16_LOSS, List.of("bf16_model"));

        private final double tolerance;

        /** The entries of losses.json that hold for such numbers. */
        private final List<String> precisions;

        Rounding(double tolerance, List<String> precisions) {
            this.tolerance = tolerance;
            this.precisions = precisions;
        }

        /** The entries that parts of a loss are held against: the exact ones where the reference rounds each part coarsely. */
        private JsonNode exact(JsonNode losses, String precision) {
            return losses.path(this == BF16_PRODUCTS ? "f64" : precision);
        }

        private float round(float x) {
            return switch (this) {
                case NONE -> x;
                case FP16 -> Half.fromFp16(Half.toFp16(x));
                case BF16, BF16_PRODUCTS -> Half.fromBf16(Half.toBf16(x));
            };
        }
    }

    private record Run(Path root, VerifyReport report, Compute compute, Compute half) {

        void all() {
            for (Path goldens : folders(root.resolve("goldens"))) {
                String name = name(goldens);
                report.part("goldens/" + name, () -> golden(name));
            }
            for (Path model : folders(root.resolve("models"))) {
                String name = name(model);
                if (!Files.isDirectory(root.resolve("goldens").resolve(name))) {
                    report.part("models/" + name, () -> variant(name));
                }
            }
            for (Path optim : folders(root.resolve("optim"))) {
                String name = name(optim);
                report.part("optim/" + name, () -> steps(name, optim));
            }
            for (Path path : children(root.resolve("adapters"))) {
                if (Files.isDirectory(root.resolve("goldens").resolve(name(path)))) {
                    continue; // is compared there
                }
                report.skip("adapters/" + name(path), "there are no reference values for this adapter");
            }
            for (Path path : children(root.resolve("finetuner"))) {
                report.part("finetuner/" + name(path), () -> VerifyScales.published(report, path));
            }
        }

        private void golden(String name) {
            String folder = "goldens/" + name;
            ModelFiles goldens = ModelFiles.folder(root.resolve(folder));
            if (!goldens.has("tokens.json") && !goldens.has("logits.safetensors") && !goldens.has("losses.json")) {
                adapter(name, goldens);
                return;
            }
            ModelFiles model = model(name);
            tokens(folder, model, goldens);
            if (!Models.types()
                    .contains(model.json("config.json").path("model_type").asText())) {
                report.skip(folder + "/logits", "its family is not offered yet");
                report.skip(folder + "/losses", "its family is not offered yet");
                return;
            }
            for (Rounding rounding : Rounding.values()) {
                try (LanguageModel rounded = load(name, rounding)) {
                    forward(folder, rounded, goldens, rounding);
                }
            }
            if (goldens.has("losses.json")) {
                JsonNode losses = goldens.json("losses.json");
                for (Map.Entry<String, JsonNode> entry : losses.properties()) {
                    boolean precision =
                            entry.getValue().isObject() && !entry.getKey().equals("texts");
                    if (precision
                            && Arrays.stream(Rounding.values())
                                    .noneMatch(rounding -> rounding.precisions.contains(entry.getKey()))) {
                        report.skip(folder + "/" + entry.getKey(), "this arithmetic is not offered yet");
                    }
                }
            }
        }

        /** Reference values of a model with an adapter, which lies in the folder of the same name. */
        private void adapter(String name, ModelFiles goldens) {
            Path adapter = root.resolve("adapters").resolve(name);
            if (goldens.has(VerifyAdapter.FILE) && Files.isDirectory(adapter)) {
                new VerifyAdapter(report, "goldens/" + name, goldens)
                        .run(adapter, source(AdapterFolder.base(adapter)), compute);
            } else if (goldens.has(VerifyPrefix.FILE) && Files.isDirectory(adapter)) {
                new VerifyPrefix(report, "goldens/" + name, goldens)
                        .run(adapter, source(AdapterFolder.base(adapter)), compute);
            } else {
                report.skip("goldens/" + name, "such adapters are not offered yet");
            }
        }

        private void tokens(String folder, ModelFiles model, ModelFiles goldens) {
            if (goldens.has("tokens.json")) {
                report.part(folder + "/tokens", () -> new VerifyTokens(report, folder).run(model, goldens));
            }
        }

        private void forward(String folder, LanguageModel model, ModelFiles goldens, Rounding rounding) {
            VerifyForward forward = new VerifyForward(report, folder, model, rounding.tolerance);
            if (rounding == Rounding.NONE && goldens.has("logits.safetensors")) {
                forward.logits(Safetensors.read(goldens, "logits.safetensors"));
            }
            if (!model.family().labels().isEmpty()) {
                report.part(folder + "/classes", () -> classes(folder, model, goldens, rounding));
            } else if (model.family().masked()) {
                if (goldens.has("mlm.safetensors")) {
                    report.part(folder + "/mlm", () -> masked(folder, model, goldens, rounding));
                }
            } else if (goldens.has("losses.json")) {
                JsonNode losses = goldens.json("losses.json");
                Weights batches = Safetensors.read(goldens, "batches.safetensors");
                if (rounding == Rounding.NONE) {
                    forward.encoding(losses.path("texts"), batches);
                    forward.greedy(losses.path("greedy"));
                }
                for (String precision : rounding.precisions) {
                    forward.losses(
                            precision, losses.path(precision), rounding.exact(losses, precision), batches, goldens);
                }
            }
        }

        private void masked(String folder, LanguageModel model, ModelFiles goldens, Rounding rounding) {
            Weights file = Safetensors.read(goldens, "mlm.safetensors");
            VerifyMasked masked = new VerifyMasked(report, folder, model, file, rounding.tolerance);
            JsonNode losses = goldens.json("losses.json");
            if (rounding == Rounding.NONE) {
                masked.encoding(losses.path("texts"), losses.path("label_words"));
                masked.logits();
            }
            for (String precision : rounding.precisions) {
                masked.losses(precision, losses.path(precision), rounding.exact(losses, precision));
            }
        }

        private void classes(String folder, LanguageModel model, ModelFiles goldens, Rounding rounding) {
            VerifyClasses classes = new VerifyClasses(
                    report, folder, model, Safetensors.read(goldens, "classes.safetensors"), rounding.tolerance);
            JsonNode losses = goldens.json("losses.json");
            if (rounding == Rounding.NONE) {
                classes.encoding(losses.path("prompts"), losses.path("max_lengths"));
                List.of("", "_f64").forEach(classes::logits);
            }
            for (String precision : rounding.precisions) {
                if (losses.has(precision)) {
                    classes.losses(precision, losses.path(precision), rounding.exact(losses, precision));
                }
            }
        }

        private LanguageModel load(String name, Rounding rounding) {
            if (rounding == Rounding.BF16_PRODUCTS) {
                return source(name).load(half);
            }
            LanguageModel model = source(name, rounding).load(compute);
            if (rounding != Rounding.NONE) {
                model.parameters().set((tensor, values) -> {
                    for (int i = 0; i < tensor.size(); i++) {
                        values.put(i, rounding.round(values.get(i)));
                    }
                });
            }
            return model;
        }

        /** A model without reference values of its own. */
        private void variant(String name) {
            String folder = "models/" + name;
            ModelFiles files = model(name);
            Weights weights = Weights.of(files);
            for (Path other : folders(root.resolve("goldens"))) {
                for (Rounding rounding : Rounding.values()) {
                    if (holds(weights, name(other), rounding)) {
                        ModelFiles goldens = ModelFiles.folder(other);
                        tokens(folder, files, goldens);
                        try (LanguageModel model = source(name, rounding).load(compute)) {
                            forward(folder, model, goldens, rounding);
                        }
                        return;
                    }
                }
            }
            report.skip(folder, "there are no reference values for these weights");
        }

        /** Whether {@code weights} are those of the model {@code name}, rounded so. */
        private boolean holds(Weights weights, String name, Rounding rounding) {
            Path folder = root.resolve("models").resolve(name);
            if (!Files.isDirectory(folder)) {
                return false;
            }
            Weights exact = Weights.of(ModelFiles.folder(folder));
            return exact.names().stream().allMatch(tensor -> {
                String called = weights.called(tensor);
                return weights.has(called)
                        && Arrays.equals(exact.shape(tensor), weights.shape(called))
                        && equal(exact.floats(tensor), weights.floats(called), rounding);
            });
        }

        private static boolean equal(float[] exact, float[] found, Rounding rounding) {
            FloatBuffer rounded = FloatBuffer.allocate(exact.length);
            for (float x : exact) {
                rounded.put(rounding.round(x));
            }
            return Arrays.equals(rounded.array(), found);
        }

        private void steps(String name, Path optim) {
            String folder = "optim/" + name;
            VerifySteps steps = new VerifySteps(report, folder, ModelFiles.folder(optim), source(name), compute);
            for (Path file : children(optim)) {
                String run = String.valueOf(file.getFileName()).replaceFirst("\\.json$", "");
                if (!file.toString().endsWith(".json") || run.equals("manifest")) {
                    continue;
                }
                if (Files.isRegularFile(optim.resolve(run + ".final.safetensors"))) {
                    steps.run(run);
                } else if (run.equals("zoft_meta")) {
                    report.part(folder + "/" + run, () -> new VerifyScales(
                                    report, folder + "/" + run, ModelFiles.folder(optim))
                            .meta(source(name), compute, steps.rows(1)));
                } else if (Files.isRegularFile(optim.resolve(run + ".safetensors"))) {
                    new VerifyGradients(report, folder, ModelFiles.folder(optim), source(name), compute, steps.rows(1))
                            .run(run);
                } else {
                    report.skip(folder + "/" + run, "neither a run of steps nor derivatives");
                }
            }
        }

        private ModelFiles model(String name) {
            Path folder = root.resolve("models").resolve(name);
            if (!Files.isDirectory(folder)) {
                throw new ModelFileException("its model is missing: " + folder + "; copy the whole folder");
            }
            return ModelFiles.folder(folder);
        }

        private ModelSource source(String name) {
            return Models.at(root.resolve("models").resolve(name));
        }

        /** The reference rounds a module with all that it holds, so rotary frequencies too, which are in no file. */
        private ModelSource source(String name, Rounding rounding) {
            boolean rotary = LlamaConfig.TYPES.contains(
                    model(name).json("config.json").path("model_type").asText());
            if (rounding == Rounding.NONE || !rotary) {
                return source(name);
            }
            return new StoredModel(name, () -> model(name), files -> {
                LlamaConfig config = LlamaConfig.read(files);
                return new LlamaFamily(config.withFrequencies(config.frequencies().stream()
                        .map(f -> (double) rounding.round(f.floatValue()))
                        .toList()));
            });
        }

        private static String name(Path path) {
            return String.valueOf(path.getFileName());
        }

        private static List<Path> folders(Path parent) {
            return children(parent).stream().filter(Files::isDirectory).toList();
        }

        private static List<Path> children(Path parent) {
            if (!Files.isDirectory(parent)) {
                return List.of();
            }
            try (Stream<Path> children = Files.list(parent)) {
                return new ArrayList<>(children.sorted().toList());
            } catch (IOException e) {
                throw new ModelFileException(parent + " cannot be read: " + e.getMessage(), e);
            }
        }
    }
}
