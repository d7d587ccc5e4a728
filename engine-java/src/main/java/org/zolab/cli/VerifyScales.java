package org.zolab.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.zolab.model.Compute;
import org.zolab.model.LanguageModel;
import org.zolab.model.ModelSource;
import org.zolab.model.weights.ModelFiles;
import org.zolab.model.weights.Safetensors;
import org.zolab.model.weights.Weights;
import org.zolab.objective.DifferentiableLoss;
import org.zolab.objective.EncodedOptions;
import org.zolab.objective.OptionScoring;
import org.zolab.sampler.Energy;
import org.zolab.sampler.ScaleNet;
import org.zolab.sampler.ScaleNets;
import org.zolab.sampler.ScaleState;
import org.zolab.sampler.Scales;
import org.zolab.space.Direction;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.train.MetaGradient;

/** Compares the ZO Fine-tuner's nets: published files, and the closed form of their training. */
final class VerifyScales {

    /** The nets of a folder of runs. */
    static final String NETS = "pertnn.safetensors";

    /** Of a scale after steps in single precision: the error of the losses that the nets look at. */
    static final double SIGMA = 1e-5;

    /** Of what nets give for the same numbers. HOW.md §8. */
    private static final double OUTPUT = 1e-6;

    /** Of what follows from a slope, relative: the tolerance of the slope over a slope of some units. */
    private static final double META = 1e-3;

    private final VerifyReport report;
    private final String item;
    private final ModelFiles files;

    VerifyScales(VerifyReport report, String item, ModelFiles files) {
        this.report = report;
        this.item = item;
        this.files = files;
    }

    /** A file of the published layout against the outputs in the JSON beside it; that JSON itself is no item. */
    static void published(VerifyReport report, Path file) {
        String name = String.valueOf(file.getFileName());
        String item = "finetuner/" + name;
        String stem = name.replaceFirst("\\.[^.]*$", "");
        if (!name.endsWith(".pth")) {
            if (!Files.isRegularFile(file.resolveSibling(stem + ".pth"))) {
                report.skip(item, "there are no nets beside it");
            }
            return;
        }
        if (!Files.isRegularFile(file.resolveSibling(stem + ".json"))) {
            report.skip(item, "there are no reference values beside it");
            return;
        }
        ScaleNets nets = ScaleNets.readPublished(file);
        ModelFiles folder = ModelFiles.folder(file.toAbsolutePath().getParent());
        JsonNode json = folder.json(stem + ".json");
        List<double[]> inputs = rows(Golden.need(json, "inputs", folder.where(stem + ".json")));
        double worst = 0;
        int missing = 0;
        for (Map.Entry<String, JsonNode> net :
                Golden.need(json, "raw_output_m", folder.where(stem + ".json")).properties()) {
            if (nets.names().contains(net.getKey())) {
                double[] computed = inputs.stream()
                        .mapToDouble(nets.of(net.getKey())::output)
                        .toArray();
                worst = Math.max(worst, Golden.distance(computed, Golden.doubles(net.getValue())));
            } else {
                missing++;
            }
        }
        report.equal(
                item + ".names",
                missing
                        + Math.abs(
                                nets.names().size() - json.path("raw_output_m").size()),
                "nets");
        report.within(item + ".m", worst, OUTPUT);
    }

    /** What the reference's runs count a tensor as. */
    static Energy energy(JsonNode manifest, ModelFiles files, ParameterSpace layout) {
        String where = files.where("manifest.json");
        int batch = Golden.need(Golden.need(manifest, "settings", where), "batch_size", where)
                .asInt();
        int hidden = layout.tensors().stream()
                .filter(tensor -> tensor.name().contains("norm"))
                .mapToInt(ParameterSpace.Tensor::size)
                .findFirst()
                .orElse(0);
        return new Energy.Published(batch, hidden);
    }

    /** One step of the nets' training at θ₀ on batch 0; {@code noise} is the reference's, one draw a step. */
    void meta(ModelSource source, Compute compute, Law noise) {
        JsonNode manifest = files.json("manifest.json");
        JsonNode json = files.json("zoft_meta.json");
        ScaleNets nets = ScaleNets.read(Safetensors.read(files, NETS));
        List<String> names = names(manifest);
        try (LanguageModel model = source.load(compute)) {
            ParameterSpace space = model.parameters().space();
            int[] order =
                    names.stream().mapToInt(space::indexOf).toArray(); // from the reference's order to the model's
            List<ScaleNet> inOrder = names.stream().map(nets::of).toList();
            double[][] all = new ScaleState(order.length).inputs(model.parameters());
            double[][] inputs = IntStream.of(order).mapToObj(i -> all[i]).toArray(double[][]::new);
            double[] outputs = ScaleState.outputs(inOrder, inputs);
            double[] sigma = Arrays.stream(outputs).map(Math::abs).toArray();
            double[] weights = energy(manifest, files, space).of(space, Map::of);
            Scales scales = new Scales(
                    sigma, IntStream.of(order).mapToDouble(i -> weights[i]).toArray());
            features(inputs, rows(json.path("features")));
            within("mlp_output", outputs, json, OUTPUT);
            within("energy_weights", scales.energy(), json, OUTPUT);
            within("normaliser", new double[] {scales.normaliser()}, json, 10 * OUTPUT);
            closedForm(json, scales, inOrder, names, inputs, outputs);
            measured(json, model, noise, energy(manifest, files, space), nets);
        }
    }

    private void features(double[][] inputs, List<double[]> expected) {
        double worst = inputs.length == expected.size() ? 0 : Double.NaN;
        for (int i = 0; i < inputs.length; i++) {
            worst = Math.max(worst, Golden.distance(inputs[i], expected.get(i)));
        }
        report.within(item + ".features", worst, OUTPUT);
    }

    /** The same step by this engine's own losses and gradients. */
    private void measured(JsonNode json, LanguageModel model, Law noise, Energy energy, ScaleNets nets) {
        ParameterVector theta = model.parameters();
        ParameterSpace space = theta.space();
        JsonNode manifest = files.json("manifest.json");
        double epsilon = manifest.path("settings").path("eps").asDouble(Double.NaN);
        double eta = json.path("eta").asDouble(Double.NaN);
        double[] outputs = ScaleState.outputs(
                nets.of(space), new ScaleState(space.tensors().size()).inputs(theta));
        Scales scales = new Scales(Arrays.stream(outputs).map(Math::abs).toArray(), energy.of(space, Map::of));
        Direction u = Direction.noise(new NoiseKey(0, 0, 0), noise);
        Weights batches = Safetensors.read(files, "batches.safetensors");
        EncodedOptions encoded = Golden.options(batches, "0", Golden.owners(batches, "0"));
        try (DifferentiableLoss f = new OptionScoring(model, model.family().maxTokens())
                .on(encoded, Golden.ints(batches.longs("0.labels")))) {
            ParameterVector room = theta.zeros();
            MetaGradient detached = MetaGradient.at(theta, f, u, scales, Scales.Form.DETACHED, epsilon, eta, room);
            MetaGradient normalised = MetaGradient.at(theta, f, u, scales, Scales.Form.NORMALISED, epsilon, eta, room);
            within("loss_plus", new double[] {detached.ahead()}, json, VerifyForward.LOSS);
            within("loss_minus", new double[] {detached.behind()}, json, VerifyForward.LOSS);
            within("slope", new double[] {detached.slope()}, json, VerifySteps.SLOPE);
            within("meta_loss", new double[] {detached.loss()}, json, META);
            relative("dot_G_u", detached.dots(), manifest, space, json);
            relative("dL_dsigma_detached", detached.scales(), manifest, space, json);
            relative("dL_dsigma_normaliser_differentiated", normalised.scales(), manifest, space, json);
        }
    }

    /** A number for each tensor, relative to the length of all. */
    private void relative(String quantity, double[] computed, JsonNode manifest, ParameterSpace space, JsonNode json) {
        double[] inOrder = names(manifest).stream()
                .mapToDouble(name -> computed[space.indexOf(name)])
                .toArray();
        double[] expected = Golden.doubles(json.path(quantity));
        double length = Math.sqrt(Arrays.stream(expected).map(x -> x * x).sum());
        report.within(item + "." + quantity, Golden.distance(inOrder, expected) / length, META);
    }

    private List<String> names(JsonNode manifest) {
        return Golden.need(manifest, "parameters", files.where("manifest.json")).findValuesAsText("name");
    }

    private void closedForm(
            JsonNode json,
            Scales scales,
            List<ScaleNet> nets,
            List<String> names,
            double[][] inputs,
            double[] outputs) {
        double[] dots = Golden.doubles(json.path("dot_G_u"));
        double slope = json.path("slope").asDouble(Double.NaN);
        double eta = json.path("eta").asDouble(Double.NaN);
        double[] detached = scales.gradient(Scales.Form.DETACHED, eta, slope, dots, dots);
        double[] normalised = scales.gradient(Scales.Form.NORMALISED, eta, slope, dots, dots);
        within("closed_form.", "dL_dsigma_detached", detached, json, OUTPUT);
        within("closed_form.", "dL_dsigma_normaliser_differentiated", normalised, json, OUTPUT);
        Weights stored = Safetensors.read(files, "zoft_meta_gradient.safetensors");
        double worst = 0;
        for (int i = 0; i < outputs.length; i++) {
            double[] gradient = nets.get(i).gradient(inputs[i], Math.signum(outputs[i]) * detached[i]);
            int at = 0;
            for (String part : ScaleNets.PARTS) {
                double[] expected = stored.doubles(names.get(i) + part);
                worst = Math.max(
                        worst, Golden.distance(Arrays.copyOfRange(gradient, at, at + expected.length), expected));
                at += expected.length;
            }
        }
        report.within(item + ".closed_form.net_gradients", worst, OUTPUT);
    }

    private void within(String quantity, double[] computed, JsonNode json, double tolerance) {
        within("", quantity, computed, json, tolerance);
    }

    private void within(String prefix, String quantity, double[] computed, JsonNode json, double tolerance) {
        JsonNode expected = json.path(quantity);
        double[] values = expected.isArray() ? Golden.doubles(expected) : new double[] {expected.asDouble(Double.NaN)};
        report.within(item + "." + prefix + quantity, Golden.distance(computed, values), tolerance);
    }

    private static List<double[]> rows(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(Golden::doubles)
                .toList();
    }
}
