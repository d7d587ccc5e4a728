package org.zolab.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.zolab.model.Compute;
import org.zolab.model.LanguageModel;
import org.zolab.model.ModelSource;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.ModelFiles;
import org.zolab.model.weights.Safetensors;
import org.zolab.model.weights.Weights;
import org.zolab.objective.AnswerLikelihood;
import org.zolab.objective.DifferentiableLoss;
import org.zolab.objective.EncodedOptions;
import org.zolab.objective.OptionScoring;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterVector;

/**
 * Compares exact gradients and products with the Hessian: a file {@code NAME.json} of numbers for each batch, and beside it
 * {@code NAME.safetensors} with tensors {@code BATCH|gradient|TENSOR} and {@code BATCH|hvp_…|TENSOR}.
 */
final class VerifyGradients {

    /** Of a gradient, relative to its norm. HOW.md §7; measured 4e-7. */
    static final double GRADIENT = 1e-5;
    /**
     * Of a product with the Hessian, relative to its norm. Measured 6e-7; ten times a gradient's, since a unit that single precision
     * puts on the other side of its kink adds or drops a whole term.
     */
    private static final double PRODUCT = 1e-4;

    private final VerifyReport report;
    private final String folder;
    private final ModelFiles files;
    private final ModelSource source;
    private final Compute compute;
    private final Law noise;
    private final List<String> layout;
    private final double epsilon;

    /** Noise is the reference's own, one draw a step. */
    VerifyGradients(
            VerifyReport report, String folder, ModelFiles files, ModelSource source, Compute compute, Law noise) {
        this.report = report;
        this.folder = folder;
        this.files = files;
        this.source = source;
        this.compute = compute;
        this.noise = noise;
        JsonNode manifest = files.json("manifest.json");
        String where = files.where("manifest.json");
        this.layout = Golden.need(manifest, "parameters", where).findValuesAsText("name");
        this.epsilon = Golden.need(Golden.need(manifest, "settings", where), "eps", where)
                .asDouble();
    }

    /** All batches of {@code name}.json. */
    void run(String name) {
        report.part(folder + "/" + name, () -> {
            Weights derivatives = Safetensors.read(files, name + ".safetensors");
            Weights batches = Safetensors.read(files, "batches.safetensors");
            for (Map.Entry<String, JsonNode> item : files.json(name + ".json").properties()) {
                String prefix = folder + "/" + name + "." + item.getKey();
                report.part(prefix, () -> {
                    String batch = Golden.batches(batches).stream()
                            .filter(b ->
                                    item.getKey().equals(b) || item.getKey().endsWith("batch" + b))
                            .findFirst()
                            .orElseThrow(() -> new ModelFileException("no batch is called " + item.getKey() + " in "
                                    + batches.location() + "; make the files again as HOW.md says"));
                    try (LanguageModel model = source.load(compute);
                            DifferentiableLoss loss = loss(model, batches, batch)) {
                        new Batch(prefix, item.getKey(), item.getValue(), derivatives, model.parameters(), loss)
                                .compare();
                    }
                });
            }
        });
    }

    private static DifferentiableLoss loss(LanguageModel model, Weights batches, String batch) {
        EncodedOptions encoded = Golden.options(batches, batch, Golden.owners(batches, batch));
        int maxLength = model.family().maxTokens();
        return batches.has(batch + ".labels")
                ? new OptionScoring(model, maxLength).on(encoded, Golden.ints(batches.longs(batch + ".labels")))
                : new AnswerLikelihood(model, maxLength).on(encoded);
    }

    /** One batch's values, expected and computed. */
    private final class Batch {
        private final String prefix;
        private final String name;
        private final JsonNode expected;
        private final Weights stored;
        private final ParameterVector theta;
        private final DifferentiableLoss loss;
        private final ParameterVector gradient;
        private final double f;
        private final double length;

        Batch(
                String prefix,
                String name,
                JsonNode expected,
                Weights stored,
                ParameterVector theta,
                DifferentiableLoss loss) {
            this.prefix = prefix;
            this.name = name;
            this.expected = expected;
            this.stored = stored;
            this.theta = theta;
            this.loss = loss;
            this.gradient = theta.zeros();
            this.f = loss.gradient(theta.here(), gradient);
            this.length = number(expected, "gradient_norm");
        }

        void compare() {
            report.within(prefix + ".loss", Math.abs(f - number(expected, "loss_f64")), VerifyForward.LOSS);
            within("gradient", distance(gradient, "gradient") / length, GRADIENT);
            within("gradient_norm", (Fold.norm(theta, Direction.of(gradient)) - length) / length, GRADIENT);
            tensors();
            slopes();
            if (expected.has("hvp_z")) {
                product(expected.get("hvp_z").asInt());
            }
        }

        /** |Σ(a − b)| ≤ √n ‖a − b‖ and |‖a‖ − ‖b‖| ≤ ‖a − b‖: both are held against the tolerance of the whole. */
        private void tensors() {
            double[] sums = new double[layout.size()];
            double[] norms = new double[sums.length];
            double[] unit = new double[sums.length];
            double[] root = new double[sums.length];
            for (int t = 0; t < sums.length; t++) {
                double[] values = numbers(gradient, layout.get(t));
                sums[t] = Arrays.stream(values).sum();
                norms[t] = Math.sqrt(Arrays.stream(values).map(x -> x * x).sum());
                unit[t] = length;
                root[t] = length * Math.sqrt(values.length);
            }
            within("gradient_tensor_sums", distance(sums, "gradient_tensor_sums", root), GRADIENT);
            within("gradient_tensor_norms", distance(norms, "gradient_tensor_norms", unit), GRADIENT);
        }

        private double distance(double[] computed, String quantity, double[] units) {
            return Golden.distance(computed, Golden.doubles(expected.path(quantity)), units);
        }

        /** Slopes along draws of z, in units of the gradient's norm, which is their deviation; of each quantity the worst. */
        private void slopes() {
            Map<String, Double> errors = new LinkedHashMap<>();
            for (JsonNode item : expected.path("directions")) {
                Direction z = z(item.path("z").asInt());
                double slope = loss.slope(theta.here(), z).slope();
                for (Map.Entry<String, JsonNode> entry : item.properties()) {
                    double reference = entry.getValue().asDouble(Double.NaN);
                    errors.merge(entry.getKey(), Math.abs(error(entry.getKey(), z, slope, reference)), Math::max);
                }
            }
            errors.remove("z");
            errors.forEach((quantity, error) -> within(
                    quantity,
                    error,
                    quantity.equals("central_difference_f64") ? VerifySteps.slope(epsilon) : GRADIENT));
        }

        private double error(String quantity, Direction z, double slope, double reference) {
            return switch (quantity) {
                case "z" -> 0;
                // the second is a difference over 1e-8 in double precision: the derivative, but for about 1e-8
                case "directional_derivative", "central_difference_f64_step_1e_8" -> (slope - reference) / length;
                case "cosine" -> slope / length - reference * Fold.norm(theta, z);
                case "central_difference_f64" -> {
                    double[] sides = loss.at(List.of(theta.along(z, epsilon), theta.along(z, -epsilon)));
                    yield (sides[0] - sides[1]) / (2 * epsilon) - reference;
                }
                default -> Double.NaN; // not a quantity that is known
            };
        }

        /** H z, in units of its norm. */
        private void product(int draw) {
            ParameterVector product = theta.zeros();
            loss.hessianProduct(theta.here(), z(draw), product);
            Direction computed = Direction.of(product);
            double norm = number(expected, "hvp_norm");
            double along = Fold.product(theta, computed, z(draw));
            within("hvp", distance(product, "hvp_z" + draw) / norm, PRODUCT);
            within("hvp_norm", (Fold.norm(theta, computed) - norm) / norm, PRODUCT);
            within("z_H_z", (along - number(expected, "z_H_z")) / norm, PRODUCT);
        }

        private void within(String item, double error, double tolerance) {
            report.within(prefix + "." + item, Math.abs(error), tolerance);
        }

        /** ‖v − stored‖ over all tensors. */
        private double distance(ParameterVector v, String kind) {
            double square = 0;
            for (String tensor : layout) {
                double[] computed = numbers(v, tensor);
                double[] reference = stored.doubles(name + "|" + kind + "|" + tensor);
                if (computed.length != reference.length) {
                    return Double.NaN;
                }
                for (int i = 0; i < computed.length; i++) {
                    square += (computed[i] - reference[i]) * (computed[i] - reference[i]);
                }
            }
            return Math.sqrt(square);
        }

        private double number(JsonNode json, String quantity) {
            return Golden.need(json, quantity, prefix).asDouble();
        }
    }

    private Direction z(int draw) {
        return Direction.noise(new NoiseKey(0, draw, 0), noise);
    }

    static double[] numbers(ParameterVector v, String tensor) {
        int t = v.space().indexOf(tensor);
        float[] values = new float[v.space().tensor(t).size()];
        v.storage().read(t, 0, values, 0, values.length);
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }
}
