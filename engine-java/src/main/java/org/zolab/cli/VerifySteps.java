package org.zolab.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.zolab.estimator.BestOf;
import org.zolab.estimator.CentralDifference;
import org.zolab.estimator.Estimate;
import org.zolab.estimator.GradientEstimator;
import org.zolab.model.Compute;
import org.zolab.model.LanguageModel;
import org.zolab.model.ModelSource;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.ModelFiles;
import org.zolab.model.weights.Safetensors;
import org.zolab.model.weights.Weights;
import org.zolab.objective.AnswerLikelihood;
import org.zolab.objective.BatchLoss;
import org.zolab.objective.OptionScoring;
import org.zolab.probe.CountingOracle;
import org.zolab.probe.Probe;
import org.zolab.sampler.DirectionSampler;
import org.zolab.sampler.Isotropic;
import org.zolab.sampler.LearnedMean;
import org.zolab.sampler.SamplerConfig;
import org.zolab.space.Law;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.train.ZerothOrder;
import org.zolab.update.Schedule;
import org.zolab.update.Sgd;

/**
 * Compares optimisation runs with recorded noise: the sampler, the estimator, the pass and the step of every cell, with a law of
 * noise that reads the reference's own numbers.
 */
final class VerifySteps {

    /** Of a slope at ε 10⁻³ and above; it is the error of a loss divided by 2ε, so it grows as ε falls. HOW.md §7. */
    private static final double SLOPE = 3e-3;

    private static final double SLOPE_EPSILON = 1e-3;
    /** Of θ after ten steps, in the Euclidean norm. */
    private static final double THETA = 2e-4;
    /** Of μ after ten steps, in the Euclidean norm. */
    private static final double MEAN = 5e-3;

    private final VerifyReport report;
    private final String folder;
    private final ModelFiles files;
    private final ModelSource source;
    private final Compute compute;
    private final JsonNode manifest;
    private final ParameterSpace layout;
    private final List<float[]> pool;
    private final Weights batches;

    VerifySteps(VerifyReport report, String folder, ModelFiles files, ModelSource source, Compute compute) {
        this.report = report;
        this.folder = folder;
        this.files = files;
        this.source = source;
        this.compute = compute;
        this.manifest = files.json("manifest.json");
        ParameterSpace.Builder space = ParameterSpace.builder();
        for (JsonNode parameter : Golden.need(manifest, "parameters", files.where("manifest.json"))) {
            space.add(
                    parameter.path("name").asText(),
                    Arrays.stream(Golden.ints(parameter.path("shape"))).boxed().toList());
        }
        this.layout = space.build();
        this.pool = pool(Safetensors.read(files, "noise_pool.safetensors"), layout);
        this.batches = Safetensors.read(files, "batches.safetensors");
    }

    private static List<float[]> pool(Weights file, ParameterSpace layout) {
        long[] shape = file.shape("pool");
        if (shape.length != 2 || shape[1] != layout.dimension()) {
            throw new ModelFileException("shape of pool in " + file.location() + " is not [rows, " + layout.dimension()
                    + "], as manifest.json lists parameters: " + Arrays.toString(shape));
        }
        List<float[]> rows = new ArrayList<>();
        for (int r = 0; r < shape[0]; r++) {
            float[] row = new float[(int) shape[1]];
            file.read("pool", r * shape[1], FloatBuffer.wrap(row));
            rows.add(row);
        }
        return rows;
    }

    /** A method of this engine with the settings of the reference. */
    private record Method(SamplerConfig sampler, GradientEstimator estimator, boolean answers) {}

    /** The method behind the reference run {@code name}, or null if this engine does not have it. */
    private @Nullable Method method(String name) {
        double epsilon = setting("eps");
        return switch (name) {
            case "mezo", "mezo_inplace" ->
                new Method(new Isotropic.Config(recorded(1)), new CentralDifference(epsilon), false);
            case "mezo_lm" -> new Method(new Isotropic.Config(recorded(1)), new CentralDifference(epsilon), true);
            case "mezo_greedy4" -> {
                int candidates = (int) setting("M");
                yield new Method(new Isotropic.Config(recorded(candidates)), new BestOf(candidates, epsilon), false);
            }
            case "ldsd_sgd" -> {
                int candidates = (int) setting("K");
                LearnedMean.Config sampler = new LearnedMean.Config(
                        setting("lr_mu"), setting("ldsd_std"), LearnedMean.Form.PAPER, recorded(candidates));
                yield new Method(sampler, new BestOf(candidates, epsilon), false);
            }
            default -> null;
        };
    }

    /** The reference's noise, when a step takes so many draws. */
    Law recorded(int draws) {
        return new Law.Recorded(layout, pool, draws);
    }

    /** The tolerance of a slope at a distance. */
    static double slope(double epsilon) {
        return SLOPE * Math.max(1, SLOPE_EPSILON / epsilon);
    }

    private double setting(String name) {
        String where = files.where("manifest.json");
        return Golden.need(Golden.need(manifest, "settings", where), name, where)
                .asDouble();
    }

    /** Takes the steps of {@code name}.json and compares them. */
    void run(String name) {
        String prefix = folder + "/" + name;
        report.part(prefix, () -> {
            Method method = method(name);
            if (method == null) {
                report.skip(prefix, "this method is not offered yet");
                return;
            }
            JsonNode json = files.json(name + ".json");
            Weights end = Safetensors.read(files, name + ".final.safetensors");
            int steps = json.properties().stream()
                    .mapToInt(item -> item.getValue().path("steps").size())
                    .max()
                    .orElse(0);
            try (LanguageModel model = source.load(compute)) {
                ParameterVector theta = model.parameters();
                DirectionSampler sampler = method.sampler().create(theta);
                List<Taken> taken = take(method, sampler, model, steps);
                for (Map.Entry<String, JsonNode> precision : json.properties()) {
                    if (precision.getValue().has("steps")) {
                        compare(
                                prefix + "." + precision.getKey(),
                                precision.getValue().get("steps"),
                                taken);
                    }
                }
                report.within(prefix + ".theta", distance(theta, end, "theta|"), THETA);
                if (sampler instanceof LearnedMean learned) {
                    report.within(prefix + ".mu", distance(learned.mean(), end, "mu|"), MEAN);
                }
            }
        });
    }

    /** What a step measured, and the tensors after it. */
    private record Taken(
            List<Probe> probes,
            List<Double> losses,
            double slope,
            double[] sums,
            double[] norms,
            double[] meanSums,
            double meanNorm) {}

    private List<Taken> take(Method method, DirectionSampler sampler, LanguageModel model, int steps) {
        ParameterVector theta = model.parameters();
        ZerothOrder descent = new ZerothOrder(
                sampler, method.estimator(), new Sgd().create(theta), Schedule.constant(setting("lr")), 0);
        IntFunction<BatchLoss> objective = objective(method, model);
        List<Taken> taken = new ArrayList<>();
        for (int t = 0; t < steps; t++) {
            try (BatchLoss loss = objective.apply(t)) {
                CountingOracle f = new CountingOracle(loss);
                Estimate estimate = descent.step(t, f, theta);
                Optional<ParameterVector> mean =
                        sampler instanceof LearnedMean learned ? Optional.of(learned.mean()) : Optional.empty();
                taken.add(new Taken(
                        estimate.probes(),
                        f.losses(),
                        estimate.slopes().get(0),
                        sums(theta),
                        norms(theta),
                        mean.map(this::sums).orElse(new double[0]),
                        mean.map(this::norms).map(VerifySteps::length).orElse(0.0)));
            }
        }
        return taken;
    }

    private IntFunction<BatchLoss> objective(Method method, LanguageModel model) {
        int maxLength = model.family().maxTokens();
        if (method.answers()) {
            AnswerLikelihood likelihood = new AnswerLikelihood(model, maxLength);
            return t -> likelihood.on(Golden.options(batches, "lm", Golden.owners(batches, "lm")));
        }
        OptionScoring scoring = new OptionScoring(model, maxLength);
        int count =
                Golden.need(manifest, "n_batches", files.where("manifest.json")).asInt();
        return t -> {
            String batch = Integer.toString(t % count);
            return scoring.on(
                    Golden.options(batches, batch, Golden.owners(batches, batch)),
                    Golden.ints(batches.longs(batch + ".labels")));
        };
    }

    private void compare(String prefix, JsonNode steps, List<Taken> taken) {
        double losses = 0;
        double slopes = 0;
        double sums = 0;
        double norms = 0;
        double means = 0;
        double meanSums = 0;
        double candidates = 0;
        int chosen = 0;
        double[] roots = layout.tensors().stream()
                .mapToDouble(tensor -> Math.sqrt(tensor.size()))
                .toArray();
        for (int t = 0; t < steps.size(); t++) {
            JsonNode expected = steps.get(t);
            Taken step = taken.get(t);
            double[] probed = step.probes().stream().mapToDouble(Probe::loss).toArray();
            int best = candidates(expected).isMissingNode()
                    ? 0
                    : IntStream.range(0, probed.length).reduce(0, (a, b) -> probed[b] < probed[a] ? b : a);
            double behind = step.losses().get(step.losses().size() - 1); // every estimator here asks behind θ last
            losses = Math.max(
                    losses, Math.abs(probed[best] - expected.path("loss_plus").asDouble(Double.NaN)));
            losses = Math.max(
                    losses, Math.abs(behind - expected.path("loss_minus").asDouble(Double.NaN)));
            slopes = Math.max(
                    slopes,
                    Math.abs(step.slope() - expected.path("projected_gradient").asDouble(Double.NaN)));
            if (!candidates(expected).isMissingNode()) {
                candidates = Math.max(candidates, Golden.distance(probed, Golden.doubles(candidates(expected))));
                chosen += best == expected.path("chosen").asInt(-1) ? 0 : 1;
            }
            // |Σ(a − b)| ≤ √n ‖a − b‖ and |‖a‖ − ‖b‖| ≤ ‖a − b‖: both are held against the tolerance of θ
            sums = Math.max(sums, Golden.distance(step.sums(), Golden.doubles(expected.path("tensor_sums")), roots));
            norms = Math.max(norms, Golden.distance(step.norms(), Golden.doubles(expected.path("tensor_norms"))));
            if (expected.has("mu_tensor_sums")) {
                meanSums = Math.max(
                        meanSums,
                        Golden.distance(step.meanSums(), Golden.doubles(expected.path("mu_tensor_sums")), roots));
            }
            means = Math.max(
                    means, Math.abs(step.meanNorm() - expected.path("mu_norm").asDouble(0)));
        }
        report.within(prefix + ".losses", losses, VerifyForward.LOSS);
        report.within(prefix + ".slopes", slopes, slope(setting("eps")));
        if (!candidates(steps.path(0)).isMissingNode()) {
            report.within(prefix + ".candidate_losses", candidates, VerifyForward.LOSS);
            report.equal(prefix + ".chosen", chosen, "steps that chose another candidate");
        }
        JsonNode first = steps.path(0);
        within(prefix, first, "tensor_sums", sums, THETA);
        within(prefix, first, "tensor_norms", norms, THETA);
        within(prefix, first, "mu_norm", means, MEAN);
        within(prefix, first, "mu_tensor_sums", meanSums, MEAN);
    }

    private void within(String prefix, JsonNode step, String quantity, double error, double tolerance) {
        if (step.has(quantity)) {
            report.within(prefix + "." + quantity, error, tolerance);
        }
    }

    private static JsonNode candidates(JsonNode step) {
        return step.path(step.has("pool_losses") ? "pool_losses" : "candidate_losses");
    }

    /** ‖v − stored‖ over all tensors. */
    private double distance(ParameterVector v, Weights stored, String prefix) {
        double square = 0;
        for (ParameterSpace.Tensor tensor : layout.tensors()) {
            double[] expected = stored.doubles(prefix + tensor.name());
            double[] computed = numbers(v, tensor);
            if (expected.length != computed.length) {
                return Double.NaN;
            }
            for (int i = 0; i < expected.length; i++) {
                square += (computed[i] - expected[i]) * (computed[i] - expected[i]);
            }
        }
        return Math.sqrt(square);
    }

    private double[] sums(ParameterVector v) {
        return layout.tensors().stream()
                .mapToDouble(tensor -> Arrays.stream(numbers(v, tensor)).sum())
                .toArray();
    }

    private double[] norms(ParameterVector v) {
        return layout.tensors().stream()
                .mapToDouble(tensor -> length(numbers(v, tensor)))
                .toArray();
    }

    private static double length(double[] parts) {
        return Math.sqrt(Arrays.stream(parts).map(part -> part * part).sum());
    }

    private static double[] numbers(ParameterVector v, ParameterSpace.Tensor tensor) {
        FloatBuffer values = v.storage().of(v.space().indexOf(tensor.name()));
        return IntStream.range(0, tensor.size()).mapToDouble(values::get).toArray();
    }
}
