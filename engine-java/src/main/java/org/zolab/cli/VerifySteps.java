package org.zolab.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.zolab.estimator.BestOf;
import org.zolab.estimator.CentralDifference;
import org.zolab.estimator.Estimate;
import org.zolab.estimator.GradientEstimator;
import org.zolab.estimator.GuidedDifference;
import org.zolab.estimator.LeaveOneOut;
import org.zolab.estimator.OneSided;
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
import org.zolab.sampler.DirectionLaw;
import org.zolab.sampler.DirectionSampler;
import org.zolab.sampler.Isotropic;
import org.zolab.sampler.LearnedMean;
import org.zolab.sampler.LearnedScales;
import org.zolab.sampler.MeanStart;
import org.zolab.sampler.SamplerConfig;
import org.zolab.sampler.ScaleNets;
import org.zolab.sampler.ScaleSource;
import org.zolab.sampler.Scales;
import org.zolab.space.Fold;
import org.zolab.space.Law;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.train.ZerothOrder;
import org.zolab.update.AdaMM;
import org.zolab.update.Adam;
import org.zolab.update.Decayed;
import org.zolab.update.Momentum;
import org.zolab.update.RuleConfig;
import org.zolab.update.Sgd;
import org.zolab.update.Sign;
import org.zolab.update.UpdateRule;

/**
 * Compares optimisation runs with recorded noise: the sampler, the estimator, the pass and the step of every cell, with a law of
 * noise that reads the reference's own numbers.
 */
final class VerifySteps {

    /** Of a slope at ε 10⁻³ and above; it is the error of a loss divided by 2ε, so it grows as ε falls. HOW.md §7. */
    static final double SLOPE = 3e-3;

    private static final double SLOPE_EPSILON = 1e-3;
    /** Of θ after ten steps, in the Euclidean norm. */
    static final double THETA = 2e-4;
    /** The same where the rule carries differences from step to step. */
    private static final double CARRIED = 1e-3;
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
        this.pool = pool(Safetensors.read(files, "noise_pool.safetensors"));
        this.batches = Safetensors.read(files, "batches.safetensors");
    }

    /** Row j begins {@code apart} numbers behind row j − 1, which in files that do not say is all the numbers of a row. */
    private List<float[]> pool(Weights file) {
        int width = Math.toIntExact(layout.dimension());
        int apart = manifest.path("settings").path("apart").asInt(width);
        if (!(apart > 0) || file.elements("pool") < width || (file.elements("pool") - width) % apart != 0) {
            throw new ModelFileException("pool in " + file.location() + " is not rows of " + width + " numbers, "
                    + apart + " apart, as manifest.json says: " + Arrays.toString(file.shape("pool")));
        }
        List<float[]> rows = new ArrayList<>();
        for (long at = 0; at + width <= file.elements("pool"); at += apart) {
            float[] row = new float[width];
            file.read("pool", at, FloatBuffer.wrap(row));
            rows.add(row);
        }
        return rows;
    }

    /** A method of this engine with the settings of the reference. */
    private record Method(
            SamplerConfig sampler,
            GradientEstimator estimator,
            RuleConfig rule,
            double learningRate,
            boolean answers) {}

    /** The method behind the reference run {@code name}, or null if this engine does not have it. */
    private @Nullable Method method(String name, JsonNode first) {
        double epsilon = setting("eps");
        return switch (name.replaceFirst("\\d+$", "")) {
            case "mezo", "mezo_inplace" -> mezo(new Sgd(), "lr", false);
            case "mezo_lm" -> mezo(new Sgd(), "lr", true);
            case "mezo_wd" -> mezo(new Decayed(new Sgd(), setting("wd")), "lr", false);
            case "zo_momentum" -> mezo(new Momentum(setting("momentum")), "lr", false);
            case "zo_sign" -> mezo(new Sign(0), "lr", false);
            case "zo_adam" -> mezo(new Adam(0.9, 0.999, 1e-8), "adamm_lr", false);
            case "zo_adamm" -> mezo(new AdaMM(0.9, 0.999, 1e-10), "adamm_lr", false);
            case "n_spsa" -> {
                int q = first.path("projected_gradient").size();
                yield several(q, q, new CentralDifference(q, epsilon));
            }
            case "one_sided" -> {
                int q = first.path("losses").size();
                yield several(q, q, new OneSided(q, epsilon));
            }
            case "rloo" -> {
                int k = first.path("losses").size();
                yield several(k, k, new LeaveOneOut(k, epsilon));
            }
            case "mezo_greedy" -> {
                int pool = candidates(first).size();
                yield several((int) setting("M"), pool, new BestOf(pool, epsilon));
            }
            case "mezo_gv" -> {
                int pool = candidates(first).size();
                yield several((int) setting("M"), pool, new GuidedDifference(pool, 0.5, false, epsilon));
            }
            case "zo_finetuner" -> scales();
            case "ldsd_sgd" -> ldsd(new Sgd(), "lr", false);
            case "ldsd_sgd_momentum" -> ldsd(new Momentum(setting("momentum")), "lr", false);
            case "ldsd_adamm" -> ldsd(new AdaMM(0.9, 0.999, 1e-10), "adamm_lr", false);
            case "ldsd_sgd_published_mu_bug" -> ldsd(new Sgd(), "lr", true);
            default -> null;
        };
    }

    private Method mezo(RuleConfig rule, String rate, boolean answers) {
        return new Method(
                new Isotropic.Config(recorded(1)), new CentralDifference(setting("eps")), rule, setting(rate), answers);
    }

    /** A method without a policy that takes {@code used} of the {@code drawn} rows of a step. */
    private Method several(int drawn, int used, GradientEstimator estimator) {
        if (!(used > 0)) {
            throw new ModelFileException("a run's steps do not list their losses; make the files again as HOW.md says");
        }
        return new Method(new Isotropic.Config(recorded(drawn)), estimator, new Sgd(), setting("lr"), false);
    }

    private Method ldsd(RuleConfig rule, String rate, boolean asPublished) {
        int candidates = (int) setting("K");
        LearnedMean.Config sampler = new LearnedMean.Config(
                setting("lr_mu"),
                setting("ldsd_std"),
                LearnedMean.Form.PAPER,
                recorded(candidates),
                0,
                MeanStart.ZERO,
                asPublished);
        return new Method(sampler, new BestOf(candidates, asPublished, setting("eps")), rule, setting(rate), false);
    }

    private Method scales() {
        ScaleNets nets = ScaleNets.read(Safetensors.read(files, VerifyScales.NETS));
        return new Method(
                new LearnedScales.Config(
                        new ScaleSource.Nets(VerifyScales.NETS, nets),
                        VerifyScales.energy(manifest, files, layout),
                        recorded(1)),
                new CentralDifference(setting("eps")),
                new Sgd(),
                setting("zoft_lr"),
                false);
    }

    private DirectionLaw recorded(int draws) {
        return DirectionLaw.independent(rows(draws));
    }

    /** The reference's noise, when a step takes so many draws. */
    Law rows(int draws) {
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
            JsonNode json = files.json(name + ".json");
            JsonNode first = json.properties().stream()
                    .map(item -> item.getValue().path("steps").path(0))
                    .filter(step -> !step.isMissingNode())
                    .findFirst()
                    .orElseThrow(() -> new ModelFileException(files.where(name + ".json") + " holds no steps"));
            Method method = method(name, first);
            if (method == null) {
                report.skip(prefix, "this method is not offered yet");
                return;
            }
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
                                taken,
                                tolerance(method));
                    }
                }
                report.within(prefix + ".theta", distance(theta, end, "theta|"), tolerance(method));
                if (sampler instanceof LearnedMean learned) {
                    report.within(prefix + ".mu", distance(learned.mean(), end, "mu|"), MEAN);
                }
            }
        });
    }

    /** Of θ: momentum and AdaMM carry differences on. */
    private static double tolerance(Method method) {
        return method.rule() instanceof Momentum || method.rule() instanceof AdaMM ? CARRIED : THETA;
    }

    /**
     * What a step measured, and the tensors after it.
     *
     * @param asked  every loss, in order
     * @param ahead  the losses on the far side of the slopes, and {@code behind} those on the near side
     * @param length of the direction that θ moved along
     * @param sigma  raw scales of the tensors
     */
    private record Taken(
            Estimate estimate,
            List<Double> asked,
            double[] ahead,
            double[] behind,
            double length,
            double[] sums,
            double[] norms,
            double[] meanSums,
            double meanNorm,
            double[] sigma,
            double normaliser) {

        double[] probed() {
            return estimate.probes().stream().mapToDouble(Probe::loss).toArray();
        }

        double[] slopes() {
            return estimate.slopes().stream().mapToDouble(slope -> slope).toArray();
        }

        /** The probes by their losses, lowest first. */
        int[] order() {
            double[] losses = probed();
            return IntStream.range(0, losses.length)
                    .boxed()
                    .sorted(Comparator.comparingDouble(i -> losses[i]))
                    .mapToInt(i -> i)
                    .toArray();
        }
    }

    private List<Taken> take(Method method, DirectionSampler sampler, LanguageModel model, int steps) {
        ParameterVector theta = model.parameters();
        double[] length = new double[1];
        UpdateRule rule = method.rule().create(theta);
        ZerothOrder descent = new ZerothOrder(
                sampler,
                method.estimator(),
                (x, gradient, rate) -> {
                    length[0] = Fold.norm(x, gradient);
                    rule.apply(x, gradient, rate);
                },
                t -> method.learningRate(),
                0);
        IntFunction<BatchLoss> objective = objective(method, model);
        List<Taken> taken = new ArrayList<>();
        for (int t = 0; t < steps; t++) {
            try (BatchLoss loss = objective.apply(t)) {
                CountingOracle f = new CountingOracle(loss);
                Estimate estimate = descent.step(t, f, theta);
                Optional<ParameterVector> mean =
                        sampler instanceof LearnedMean learned ? Optional.of(learned.mean()) : Optional.empty();
                double[] asked = f.losses().stream().mapToDouble(value -> value).toArray();
                double[] probed =
                        estimate.probes().stream().mapToDouble(Probe::loss).toArray();
                boolean pairs = method.estimator() instanceof CentralDifference;
                boolean reused = method.estimator() instanceof BestOf best && !best.again();
                taken.add(new Taken(
                        estimate,
                        f.losses(),
                        pairs ? every(asked, 0) : new double[] {reused ? least(probed) : asked[asked.length - 2]},
                        pairs ? every(asked, 1) : new double[] {asked[asked.length - 1]},
                        length[0] / Math.abs(estimate.slopes().get(0)),
                        sums(theta),
                        norms(theta),
                        mean.map(this::sums).orElse(new double[0]),
                        mean.map(this::norms).map(VerifySteps::length).orElse(0.0),
                        sampler instanceof LearnedScales learned ? sigma(learned, theta.space()) : new double[0],
                        sampler instanceof LearnedScales learned
                                ? scales(learned).normaliser()
                                : Double.NaN));
            }
        }
        return taken;
    }

    private static Scales scales(LearnedScales sampler) {
        return Objects.requireNonNull(sampler.scales());
    }

    /** Raw scales in the order of the reference. */
    private double[] sigma(LearnedScales sampler, ParameterSpace space) {
        return layout.tensors().stream()
                .mapToDouble(tensor -> scales(sampler).sigma()[space.indexOf(tensor.name())])
                .toArray();
    }

    private static double[] every(double[] pairs, int side) {
        return IntStream.range(0, pairs.length / 2)
                .mapToDouble(i -> pairs[2 * i + side])
                .toArray();
    }

    private static double least(double[] values) {
        return Arrays.stream(values).min().orElse(Double.NaN);
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

    /** How far each quantity that the steps list is from what was computed, at worst. */
    private void compare(String prefix, JsonNode steps, List<Taken> taken, double tolerance) {
        double slope = slope(setting("eps"));
        // |Σ(a − b)| ≤ √n ‖a − b‖ and |‖a‖ − ‖b‖| ≤ ‖a − b‖: sums and norms are held against the tolerance of the
        // vector
        double[] roots = layout.tensors().stream()
                .mapToDouble(tensor -> Math.sqrt(tensor.size()))
                .toArray();
        within(prefix, steps, taken, "loss_plus", Taken::ahead, VerifyForward.LOSS);
        within(prefix, steps, taken, "loss_minus", Taken::behind, VerifyForward.LOSS);
        within(prefix, steps, taken, "losses", Taken::probed, VerifyForward.LOSS);
        within(prefix, steps, taken, "base_loss", Taken::behind, VerifyForward.LOSS);
        within(prefix, steps, taken, "pool_losses", Taken::probed, VerifyForward.LOSS);
        within(prefix, steps, taken, "candidate_losses", Taken::probed, VerifyForward.LOSS);
        within(prefix, steps, taken, "projected_gradient", Taken::slopes, slope);
        within(prefix, steps, taken, "coefficients", Taken::slopes, 2 * slope); // differences over ε, not 2ε
        within(
                prefix,
                steps,
                taken,
                "v_norm",
                step -> new double[] {step.length()},
                1e-6 * Math.sqrt(layout.dimension()));
        within(prefix, steps, taken, "sigma_raw", Taken::sigma, VerifyScales.SIGMA);
        within(
                prefix,
                steps,
                taken,
                "sigma_effective",
                step -> Arrays.stream(step.sigma())
                        .map(sigma -> sigma * step.normaliser())
                        .toArray(),
                VerifyScales.SIGMA * 10);
        within(prefix, steps, taken, "normaliser", step -> new double[] {step.normaliser()}, VerifyScales.SIGMA * 100);
        within(prefix, steps, taken, "mu_norm", step -> new double[] {step.meanNorm()}, MEAN);
        within(prefix, steps, taken, "tensor_norms", Taken::norms, tolerance);
        within(prefix, steps, taken, "tensor_sums", step -> divided(step.sums(), roots), tolerance, roots);
        within(prefix, steps, taken, "mu_tensor_sums", step -> divided(step.meanSums(), roots), MEAN, roots);
        different(prefix, steps, taken, "chosen", step -> new int[] {step.order()[0]});
        different(prefix, steps, taken, "order", Taken::order);
    }

    private void within(
            String prefix,
            JsonNode steps,
            List<Taken> taken,
            String quantity,
            Function<Taken, double[]> computed,
            double tolerance,
            double... units) {
        if (steps.path(0).has(quantity)) {
            double worst = 0;
            for (int t = 0; t < steps.size(); t++) {
                JsonNode expected = steps.get(t).path(quantity);
                double[] values = expected.isArray() ? Golden.doubles(expected) : new double[] {expected.asDouble()};
                worst = Math.max(
                        worst,
                        Golden.distance(
                                computed.apply(taken.get(t)), units.length == 0 ? values : divided(values, units)));
            }
            report.within(prefix + "." + quantity, worst, tolerance);
        }
    }

    private void different(
            String prefix, JsonNode steps, List<Taken> taken, String quantity, Function<Taken, int[]> computed) {
        if (steps.path(0).has(quantity)) {
            int chosen = 0;
            for (int t = 0; t < steps.size(); t++) {
                JsonNode expected = steps.get(t).path(quantity);
                int[] values = expected.isArray() ? Golden.ints(expected) : new int[] {expected.asInt(-1)};
                chosen += Golden.different(computed.apply(taken.get(t)), values) == 0 ? 0 : 1;
            }
            report.equal(prefix + "." + quantity, chosen, "steps that chose otherwise");
        }
    }

    private static double[] divided(double[] values, double[] units) {
        return IntStream.range(0, values.length)
                .mapToDouble(i -> values[i] / units[i])
                .toArray();
    }

    private static JsonNode candidates(JsonNode step) {
        return step.path(step.has("pool_losses") ? "pool_losses" : "candidate_losses");
    }

    /** ‖v − stored‖ over all tensors. */
    private double distance(ParameterVector v, Weights stored, String prefix) {
        double square = 0;
        for (ParameterSpace.Tensor tensor : layout.tensors()) {
            double[] expected = stored.doubles(prefix + tensor.name());
            double[] computed = VerifyGradients.numbers(v, tensor.name());
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
                .mapToDouble(tensor ->
                        Arrays.stream(VerifyGradients.numbers(v, tensor.name())).sum())
                .toArray();
    }

    private double[] norms(ParameterVector v) {
        return layout.tensors().stream()
                .mapToDouble(tensor -> length(VerifyGradients.numbers(v, tensor.name())))
                .toArray();
    }

    private static double length(double[] parts) {
        return Math.sqrt(Arrays.stream(parts).map(part -> part * part).sum());
    }
}
