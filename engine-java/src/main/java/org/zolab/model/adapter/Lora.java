package org.zolab.model.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.zolab.model.Family;
import org.zolab.model.Parametrization;
import org.zolab.model.weights.Dtype;
import org.zolab.model.weights.SafetensorsWriter;
import org.zolab.model.weights.Weights;
import org.zolab.space.InitialWeights;
import org.zolab.space.ParameterSpace;
import org.zolab.space.Problems;

/**
 * Trained products of low rank beside frozen linear layers.
 *
 * <pre>
 *   y = x·(W + (α/r)·B·A)ᵀ + b        A [r, in], B [out, r]
 *   A ~ U(−1/√in, 1/√in),  B = 0       so a run begins at the model as it is
 * </pre>
 *
 * <p>Dropout is off. Parameters are called as PEFT's files call them. Cost: the product is added to a copy of W for each point, which takes
 * as many multiplications as r tokens. Memory: r·(in + out) numbers a layer, and a scratch for the matrices that are read with it.
 *
 * <p>Reference: Hu et al., arXiv 2106.09685; the start values of peft 0.21.
 *
 * @param rank  r
 * @param alpha α
 * @param on    names of linear layers, whole or their last parts, such as {@code q_proj}; none: what PEFT takes for the family
 * @param from  the folder of an adapter to begin with; null: none
 */
public record Lora(
        int rank, double alpha, List<String> on, @Nullable Path from) implements Adapter {

    /** What PEFT takes if nothing is said: the first of these that a model has. */
    private static final List<List<String>> DEFAULTS =
            List.of(List.of("q_proj", "v_proj"), List.of("query", "value"), List.of("c_attn"));

    /** What changes the weights in ways that are not run here, unless it says nothing. */
    private static final List<String> NOT_RUN = List.of(
            "use_dora",
            "use_rslora",
            "use_qalora",
            "use_bdlora",
            "lora_bias",
            "modules_to_save",
            "rank_pattern",
            "alpha_pattern",
            "layer_replication",
            "target_parameters",
            "trainable_token_indices",
            "alora_invocation_tokens");

    private static final String PREFIX = "base_model.model.";
    private static final String A = ".lora_A.weight";
    private static final String B = ".lora_B.weight";
    private static final String WEIGHT = ".weight";
    /** Matrices of which rows are looked up, not multiplied. */
    private static final Pattern TABLE = Pattern.compile("embed|\\.w[tp]e\\.");

    public Lora {
        on = List.copyOf(on);
        new Problems()
                .require(rank > 0, "r of lora is not strictly positive", rank)
                .require(
                        alpha > 0 && alpha < Double.POSITIVE_INFINITY,
                        "alpha of lora is not strictly positive and finite",
                        alpha)
                .orThrow();
    }

    /** Products that begin at zero. */
    public static Lora of(int rank, double alpha, List<String> on) {
        return new Lora(rank, alpha, on, null);
    }

    /** The adapter in a folder, as PEFT writes it. */
    public static Lora in(Path folder) {
        return AdapterFolder.read(
                folder,
                "LORA",
                Lora::check,
                config -> new Lora(
                        config.path("r").intValue(),
                        config.path("lora_alpha").doubleValue(),
                        layers(AdapterFolder.weights(folder)),
                        folder),
                "merge it into its model with peft's merge_and_unload() and read that model instead");
    }

    private static void check(JsonNode config, Problems problems) {
        problems.require(config.path("r").canConvertToInt(), "r is not a whole number", config.path("r"))
                .require(config.path("lora_alpha").isNumber(), "lora_alpha is not a number", config.path("lora_alpha"))
                .require(config.path("bias").asText("none").equals("none"), "bias is not none", config.path("bias"));
        for (String name : NOT_RUN) {
            JsonNode value = config.path(name);
            boolean nothing = value.isMissingNode()
                    || value.isNull()
                    || value.isContainerNode() && value.isEmpty()
                    || value.isBoolean() && !value.booleanValue();
            problems.require(nothing, name + " is set, and is not run here", value);
        }
    }

    /** The layers are those in the file of weights. */
    private static List<String> layers(Weights weights) {
        List<String> layers = weights.names().stream()
                .filter(name -> name.startsWith(PREFIX) && name.endsWith(A))
                .map(name -> name.substring(PREFIX.length(), name.length() - A.length()))
                .toList();
        if (layers.isEmpty()) {
            throw new IllegalArgumentException(AdapterFolder.WEIGHTS + " holds no tensor called " + PREFIX + "…" + A);
        }
        return layers;
    }

    @Override
    public Parametrization of(Family family) {
        ParameterSpace space = family.space();
        Parametrization.Builder trained = Parametrization.of(family);
        for (int i : layers(family)) {
            String layer = PREFIX + layer(space.tensor(i));
            trained.lowRank(i, layer + A, layer + B, rank, alpha / rank);
        }
        if (from == null) {
            return trained.build((model, seed) -> parameter -> start(parameter, seed));
        }
        Weights weights = AdapterFolder.weights(from);
        Parametrization read = trained.build((model, seed) -> parameter -> weights.floats(parameter.name()));
        Map<String, long[]> shapes = new LinkedHashMap<>();
        read.space()
                .tensors()
                .forEach(tensor -> shapes.put(
                        tensor.name(),
                        tensor.shape().stream().mapToLong(extent -> extent).toArray()));
        AdapterFolder.require(weights, shapes);
        return read;
    }

    private static float[] start(ParameterSpace.Tensor parameter, long seed) {
        if (parameter.name().endsWith(B)) {
            return new float[parameter.size()];
        }
        float bound = (float) (1 / Math.sqrt(parameter.shape().get(1)));
        float[] numbers = InitialWeights.uniform(seed, parameter, parameter.size());
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] *= bound;
        }
        return numbers;
    }

    /** The places of the chosen layers' matrices; throws {@link IllegalArgumentException} if one of {@link #on} is none. */
    private int[] layers(Family family) {
        ParameterSpace space = family.space();
        int[] linear = IntStream.range(0, space.tensors().size())
                .filter(i -> space.tensor(i).shape().size() == 2
                        && space.tensor(i).name().endsWith(WEIGHT)
                        && !TABLE.matcher(space.tensor(i).name()).find())
                .toArray();
        List<String> wanted = on;
        if (wanted.isEmpty()) {
            wanted = DEFAULTS.stream()
                    .filter(names -> names.stream().allMatch(name -> matches(space, linear, name)))
                    .findFirst()
                    .orElse(DEFAULTS.get(0));
        }
        List<String> missing = new ArrayList<>(wanted);
        missing.removeIf(name -> matches(space, linear, name));
        if (!missing.isEmpty()) {
            Set<String> there = new LinkedHashSet<>();
            IntStream.of(linear).forEach(i -> there.add(last(layer(space.tensor(i)))));
            throw new IllegalArgumentException("on of lora names no linear layer of this model: "
                    + String.join(", ", missing) + "; there are " + String.join(", ", there));
        }
        List<String> chosen = wanted;
        return IntStream.of(linear)
                .filter(i -> chosen.stream().anyMatch(name -> matches(space, new int[] {i}, name)))
                .toArray();
    }

    private static boolean matches(ParameterSpace space, int[] tensors, String name) {
        return Arrays.stream(tensors)
                .mapToObj(i -> layer(space.tensor(i)))
                .anyMatch(layer -> layer.equals(name) || layer.endsWith("." + name));
    }

    /** The layer of a matrix. */
    private static String layer(ParameterSpace.Tensor tensor) {
        return tensor.name().substring(0, tensor.name().length() - WEIGHT.length());
    }

    private static String last(String layer) {
        return layer.substring(layer.lastIndexOf('.') + 1);
    }

    @Override
    public Map<String, Object> config(Family family) {
        int[] layers = layers(family);
        List<String> names = IntStream.of(layers)
                .mapToObj(i -> layer(family.space().tensor(i)))
                .toList();
        List<String> brief = names.stream().map(Lora::last).distinct().sorted().toList();
        boolean told = Arrays.equals(of(rank, alpha, brief).layers(family), layers);
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("peft_type", "LORA");
        config.put("task_type", family.masked() ? null : "CAUSAL_LM");
        config.put("r", rank);
        config.put("lora_alpha", alpha);
        config.put("lora_dropout", 0.0);
        config.put("target_modules", told ? brief : names);
        config.put("fan_in_fan_out", family.transposed(family.space().tensor(layers[0])));
        config.put("bias", "none");
        config.put("init_lora_weights", true);
        return config;
    }

    /** A and B of each layer, as parameters are called. */
    @Override
    public List<SafetensorsWriter.Tensor> tensors(Family family, Weights trained) {
        return of(rank, alpha, on).of(family).space().tensors().stream()
                .map(parameter -> new SafetensorsWriter.Tensor(
                        parameter.name(),
                        Dtype.F32,
                        trained.shape(parameter.name()),
                        FloatBuffer.wrap(trained.floats(parameter.name()))))
                .toList();
    }

    /** As a cell says it. */
    @Override
    public String toString() {
        if (from != null) {
            return "lora(\"" + from + "\")";
        }
        String layers = on.isEmpty() ? "" : ", on = " + on;
        return "lora(r = " + rank + ", alpha = " + alpha + layers + ")";
    }
}
