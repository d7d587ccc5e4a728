package org.zolab.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.zolab.estimator.CentralDifference;
import org.zolab.estimator.Estimate;
import org.zolab.model.Compute;
import org.zolab.model.LanguageModel;
import org.zolab.model.ModelSource;
import org.zolab.model.adapter.Lora;
import org.zolab.model.weights.ModelFiles;
import org.zolab.model.weights.Safetensors;
import org.zolab.model.weights.Weights;
import org.zolab.objective.DifferentiableLoss;
import org.zolab.objective.OptionScoring;
import org.zolab.probe.CountingOracle;
import org.zolab.sampler.DirectionLaw;
import org.zolab.sampler.Isotropic;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.Law;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.train.ZerothOrder;
import org.zolab.update.Sgd;

/**
 * Compares a low-rank adapter: {@code lora.safetensors} with logits, merged weights, a gradient and the end of a run, {@code lora.json}
 * with the run's steps.
 */
final class VerifyAdapter {

    static final String FILE = "lora.safetensors";

    private static final String RUN = "lora.json";
    /** Of a merged weight, absolute: a few roundings in single precision. */
    private static final double MERGED = 1e-6;

    private final VerifyReport report;
    private final String folder;
    private final ModelFiles goldens;
    private final Weights file;

    VerifyAdapter(VerifyReport report, String folder, ModelFiles goldens) {
        this.report = report;
        this.folder = folder;
        this.goldens = goldens;
        this.file = Safetensors.read(goldens, FILE);
    }

    /** The adapter in {@code adapter} on the model {@code source}. */
    void run(Path adapter, ModelSource source, Compute compute) {
        try (LanguageModel model = source.load(compute, Lora.read(adapter), 0)) {
            if (!model.family().labels().isEmpty()) {
                List.of("", "_f64").forEach(new VerifyClasses(report, folder, model, file, VerifyForward.LOSS)::logits);
                try (LanguageModel merged = model.merged()) {
                    new VerifyClasses(report, folder, merged, file, VerifyForward.LOSS).logits("_merged");
                }
                return;
            }
            List<String> batches = Golden.batches(file).stream()
                    .filter(batch -> file.has(batch + ".logits"))
                    .toList();
            batches.forEach(batch -> new VerifyForward(report, folder, model, VerifyForward.LOSS)
                    .logits(file, batch, name -> !name.endsWith("_merged")));
            try (LanguageModel merged = model.merged()) {
                batches.forEach(batch -> new VerifyForward(report, folder, merged, VerifyForward.LOSS)
                        .logits(file, batch, name -> name.endsWith("_merged")));
                file.names().stream()
                        .filter(name -> name.startsWith("merged|"))
                        .forEach(name -> report.within(
                                folder + "/" + name,
                                Golden.distance(
                                        VerifyGradients.numbers(
                                                merged.parameters(), name.substring(name.indexOf('|') + 1)),
                                        file.doubles(name)),
                                MERGED));
            }
            if (goldens.has(RUN)) {
                report.part(folder + "/lora", () -> new Steps(model).compare());
            }
        }
    }

    /** A run on the factors alone, with the reference's own noise, and the gradient where it begins. */
    private final class Steps {
        private final LanguageModel model;
        private final ParameterVector theta;
        private final JsonNode expected = goldens.json(RUN);
        private final ParameterSpace layout;
        private final Map<String, Double> worst = new LinkedHashMap<>();

        Steps(LanguageModel model) {
            this.model = model;
            this.theta = model.parameters();
            ParameterSpace.Builder space = ParameterSpace.builder();
            JsonNode names = need("parameters");
            for (int i = 0; i < names.size(); i++) {
                int[] shape = Golden.ints(need("shapes").path(i));
                space.add(names.get(i).asText(), Arrays.stream(shape).boxed().toList());
            }
            this.layout = space.build();
        }

        void compare() {
            gradient();
            double eps = need("eps").asDouble();
            double rate = need("lr").asDouble();
            ZerothOrder mezo = new ZerothOrder(
                    new Isotropic.Config(DirectionLaw.independent(noise())).create(theta),
                    new CentralDifference(eps),
                    new Sgd().create(theta),
                    t -> rate,
                    0);
            int batches = (int) Golden.batches(file).stream()
                    .filter(batch -> file.has(batch + ".labels"))
                    .count();
            for (int t = 0; t < need("f64").size(); t++) {
                try (DifferentiableLoss loss = loss(t % batches)) {
                    CountingOracle f = new CountingOracle(loss);
                    Estimate estimate = mezo.step(t, f, theta);
                    for (String precision : List.of("f32", "f64")) {
                        JsonNode step = need(precision).path(t);
                        note(precision, step, "loss_plus", f.losses().get(0));
                        note(precision, step, "loss_minus", f.losses().get(1));
                        note(
                                precision,
                                step,
                                "projected_gradient",
                                estimate.slopes().get(0));
                        sums(precision, step);
                    }
                }
            }
            worst.forEach(
                    (quantity, error) -> report.within(folder + "/lora." + quantity, error, tolerance(quantity, eps)));
            for (String precision : List.of("f32", "f64")) {
                double error = norm(flat(theta), file.doubles("final_" + precision));
                report.within(folder + "/lora." + precision + ".theta", error, VerifySteps.THETA);
            }
        }

        private void gradient() {
            ParameterVector gradient = theta.zeros();
            try (DifferentiableLoss loss = loss(0)) {
                double value = loss.gradient(theta.here(), gradient);
                double error = Math.abs(value - need("loss_f64_batch0").asDouble());
                report.within(folder + "/lora.loss_f64_batch0", error, VerifyForward.LOSS);
            }
            double[] reference = layout.tensors().stream()
                    .flatMapToDouble(tensor -> Arrays.stream(file.doubles("gradient_batch0|" + tensor.name())))
                    .toArray();
            double error = norm(flat(gradient), reference) / Fold.norm(theta, Direction.of(gradient));
            report.within(folder + "/lora.gradient_batch0", error, VerifyGradients.GRADIENT);
        }

        private static double tolerance(String quantity, double epsilon) {
            if (quantity.endsWith("tensor_sums")) {
                return VerifySteps.THETA;
            }
            return quantity.endsWith("projected_gradient") ? VerifySteps.slope(epsilon) : VerifyForward.LOSS;
        }

        private void note(String precision, JsonNode step, String quantity, double computed) {
            double error = Math.abs(computed - step.path(quantity).asDouble(Double.NaN));
            worst.merge(precision + "." + quantity, error, Math::max);
        }

        /** |Σ(a − b)| ≤ √n ‖a − b‖: sums are held against the tolerance of the vector. */
        private void sums(String precision, JsonNode step) {
            double[] reference = Golden.doubles(step.path("tensor_sums"));
            double[] computed = layout.tensors().stream()
                    .mapToDouble(tensor -> Arrays.stream(VerifyGradients.numbers(theta, tensor.name()))
                            .sum())
                    .toArray();
            double[] roots = layout.tensors().stream()
                    .mapToDouble(tensor -> Math.sqrt(tensor.size()))
                    .toArray();
            worst.merge(precision + ".tensor_sums", Golden.distance(computed, reference, roots), Math::max);
        }

        private Law noise() {
            int width = Math.toIntExact(layout.dimension());
            List<float[]> pool = new ArrayList<>();
            for (long row = 0; row < file.shape("noise_pool")[0]; row++) {
                float[] values = new float[width];
                file.read("noise_pool", row * width, FloatBuffer.wrap(values));
                pool.add(values);
            }
            return new Law.Recorded(layout, pool, 1);
        }

        private DifferentiableLoss loss(int number) {
            String batch = "batch" + number;
            return new OptionScoring(model, model.family().maxTokens())
                    .on(
                            Golden.options(file, batch, Golden.owners(file, batch)),
                            Golden.ints(file.longs(batch + ".labels")));
        }

        private JsonNode need(String name) {
            return Golden.need(expected, name, goldens.where(RUN));
        }

        /** The numbers of a vector in the order of the reference. */
        private double[] flat(ParameterVector v) {
            return layout.tensors().stream()
                    .flatMapToDouble(tensor -> Arrays.stream(VerifyGradients.numbers(v, tensor.name())))
                    .toArray();
        }

        private static double norm(double[] a, double[] b) {
            return a.length != b.length
                    ? Double.NaN
                    : Math.sqrt(IntStream.range(0, a.length)
                            .mapToDouble(i -> (a[i] - b[i]) * (a[i] - b[i]))
                            .sum());
        }
    }
}
