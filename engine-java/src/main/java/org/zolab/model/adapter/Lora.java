package org.zolab.model.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.zolab.model.ConfigFile;
import org.zolab.model.Family;
import org.zolab.model.Parametrization;
import org.zolab.model.Subset;
import org.zolab.model.weights.Dtype;
import org.zolab.model.weights.SafetensorsWriter;
import org.zolab.model.weights.Weights;
import org.zolab.space.InitialWeights;
import org.zolab.space.ParameterSpace;
import org.zolab.space.Problems;

/**
 * Trained low-rank products beside frozen linear layers.
 *
 * <pre>
 *   y = x·(W + (α/r)·B·A)ᵀ + b        A [r, in], B [out, r]; α/√r where it is rank-stabilised
 *   A ~ U(−1/√in, 1/√in),  B = 0       so a run begins at the model as it is
 * </pre>
 *
 * <p>In a model with a head of classes the {@code classifier} module is trained directly as well and saved with the products, as PEFT does
 * for its task type SEQ_CLS; so are other modules of the head that are named.
 *
 * <p>Dropout is off. Parameters have the names that PEFT's files use. Cost: for each point the product is added to a copy of W, which
 * takes as many multiplications as r tokens. Memory: r·(in + out) numbers per layer, and a scratch for the matrices that are read with it.
 *
 * <p>Reference: Hu et al., arXiv 2106.09685; rank-stabilised: Kalajdzievski, arXiv 2312.03732; start values and patterns of peft 0.21.
 *
 * @param rank          r
 * @param alpha         α
 * @param on            names of linear layers, in full or their last parts, such as {@code q_proj}; empty for PEFT's choice for the family
 * @param modulesToSave further modules of a head of classes that are trained directly, beside {@code classifier}, such as BERT's
 *                      {@code pooler}
 * @param scaling       the layers with another r or α, and the factor of a product
 * @param from          the folder of an adapter to start from; null for none
 */
public record Lora(
        int rank,
        double alpha,
        List<String> on,
        List<String> modulesToSave,
        Scaling scaling,
        @Nullable Path from) implements Adapter {

    /**
     * How products differ from layer to layer, and the factor they are multiplied by.
     *
     * @param stabilised α/√r in place of α/r, PEFT's {@code use_rslora}
     * @param ranks      r of the layers with a rank of their own, by name as in {@link Lora#on}
     * @param alphas     α of the layers with an α of their own
     */
    public record Scaling(boolean stabilised, Map<String, Integer> ranks, Map<String, Double> alphas) {

        /** The same r and α for all layers, with factor α/r. */
        public static final Scaling PLAIN = new Scaling(false, Map.of(), Map.of());

        public Scaling {
            ranks = Collections.unmodifiableMap(new LinkedHashMap<>(ranks));
            alphas = Collections.unmodifiableMap(new LinkedHashMap<>(alphas));
        }
    }

    /** The layers that PEFT chooses by default: the first of these sets that a model has. */
    private static final List<List<String>> DEFAULTS =
            List.of(List.of("q_proj", "v_proj"), List.of("query", "value"), List.of("c_attn"));

    /** PEFT settings that change the weights in unsupported ways; they have to be unset. */
    private static final List<String> NOT_RUN = List.of(
            "use_dora",
            "use_qalora",
            "use_bdlora",
            "lora_bias",
            "layer_replication",
            "target_parameters",
            "trainable_token_indices",
            "alora_invocation_tokens");

    /** The modules that PEFT trains directly with every head of classes, by the name that the model gives them. */
    private static final List<String> OF_CLASSES = List.of(Family.CLASSIFIER, "score");

    private static final String STABILISED = "use_rslora";
    private static final String RANKS = "rank_pattern";
    private static final String ALPHAS = "alpha_pattern";

    private static final String PREFIX = "base_model.model.";
    private static final Pattern BIAS =
            Pattern.compile(Pattern.quote(PREFIX + Family.CLASSIFIER) + "(\\.out_proj)?\\.bias");
    private static final Predicate<String> OF_HEAD = name -> name.startsWith(PREFIX + Family.CLASSIFIER + ".");
    private static final String A = ".lora_A.weight";
    private static final String B = ".lora_B.weight";
    private static final String WEIGHT = ".weight";
    /** Matrices whose rows are looked up rather than multiplied. */
    private static final Pattern TABLE = Pattern.compile("embed|\\.w[tp]e\\.");

    public Lora {
        on = List.copyOf(on);
        modulesToSave = List.copyOf(modulesToSave);
        Problems problems = new Problems();
        Stream.concat(Stream.of(rank), scaling.ranks().values().stream())
                .forEach(r -> problems.require(r > 0, "r of lora is not strictly positive", r));
        Stream.concat(Stream.of(alpha), scaling.alphas().values().stream())
                .forEach(a -> problems.require(
                        a > 0 && a < Double.POSITIVE_INFINITY, "alpha of lora is not strictly positive and finite", a));
        problems.orThrow();
    }

    /** Products that start at zero. */
    public static Lora of(int rank, double alpha, List<String> on) {
        return of(rank, alpha, on, List.of());
    }

    /** Products that start at zero, and modules of a head of classes that are trained directly. */
    public static Lora of(int rank, double alpha, List<String> on, List<String> modulesToSave) {
        return new Lora(rank, alpha, on, modulesToSave, Scaling.PLAIN, null);
    }

    /** The adapter in a folder, in PEFT's format. */
    public static Lora read(Path folder) {
        return AdapterFolder.read(
                folder,
                "LORA",
                Lora::check,
                config -> {
                    List<String> layers = layers(AdapterFolder.weights(folder));
                    return new Lora(
                            config.path("r").intValue(),
                            config.path("lora_alpha").doubleValue(),
                            layers,
                            modules(config),
                            new Scaling(
                                    config.path(STABILISED).booleanValue(),
                                    ofLayers(config.path(RANKS), layers, JsonNode::intValue),
                                    ofLayers(config.path(ALPHAS), layers, JsonNode::doubleValue)),
                            folder);
                },
                "merge it into its model with peft's merge_and_unload() and read that model instead");
    }

    private static void check(JsonNode config, Problems problems) {
        problems.require(
                        config.path("r").canConvertToInt(),
                        "r is not a whole number",
                        ConfigFile.said(config.path("r")))
                .require(
                        config.path("lora_alpha").isNumber(),
                        "lora_alpha is not a number",
                        ConfigFile.said(config.path("lora_alpha")))
                .require(config.path("bias").asText("none").equals("none"), "bias is not none", config.path("bias"));
        JsonNode stabilised = config.path(STABILISED);
        problems.require(
                stabilised.isMissingNode() || stabilised.isNull() || stabilised.isBoolean(),
                STABILISED + " is not true or false",
                stabilised);
        check(config, RANKS, JsonNode::isInt, "a whole number", problems);
        check(config, ALPHAS, JsonNode::isNumber, "a number", problems);
        JsonNode modules = config.path("modules_to_save");
        problems.require(
                modules.isMissingNode() || modules.isNull() || modules.isArray(),
                "modules_to_save is not a list",
                modules);
        for (String name : NOT_RUN) {
            JsonNode value = config.path(name);
            boolean nothing = value.isMissingNode()
                    || value.isNull()
                    || value.isContainerNode() && value.isEmpty()
                    || value.isBoolean() && !value.booleanValue();
            problems.require(nothing, name + " is set, and is not run here", value);
        }
    }

    private static void check(JsonNode config, String name, Predicate<JsonNode> right, String kind, Problems problems) {
        JsonNode patterns = config.path(name);
        problems.require(
                patterns.isMissingNode() || patterns.isNull() || patterns.isObject(), name + " is no object", patterns);
        patterns.properties()
                .forEach(pattern -> problems.require(
                        right.test(pattern.getValue()),
                        name + " of " + pattern.getKey() + " is not " + kind,
                        pattern.getValue()));
    }

    /**
     * The values that PEFT's patterns give to layers: each layer takes the first pattern that matches its whole name, or what follows a
     * dot in it.
     */
    private static <T> Map<String, T> ofLayers(JsonNode patterns, List<String> layers, Function<JsonNode, T> value) {
        Map<String, T> found = new LinkedHashMap<>();
        patterns.properties().forEach(pattern -> layers.stream()
                .filter(new LayerPattern(pattern.getKey())::matches)
                .forEach(layer -> found.putIfAbsent(layer, value.apply(pattern.getValue()))));
        return found;
    }

    /** The value given for a layer by its full name or the last part of it. */
    private static <T> T said(Map<String, T> values, String layer, T otherwise) {
        return values.entrySet().stream()
                .filter(said -> matches(layer, said.getKey()))
                .findFirst()
                .map(Map.Entry::getValue)
                .orElse(otherwise);
    }

    private int rank(String layer) {
        return said(scaling.ranks(), layer, rank);
    }

    private double alpha(String layer) {
        return said(scaling.alphas(), layer, alpha);
    }

    /** Modules other than those that PEFT adds for every head of classes. */
    private static List<String> modules(JsonNode config) {
        return StreamSupport.stream(config.path("modules_to_save").spliterator(), false)
                .map(JsonNode::asText)
                .filter(name -> !OF_CLASSES.contains(name))
                .toList();
    }

    /** The layers, taken from the file of weights. */
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
            List<Integer> shape = space.tensor(i).shape();
            String layer = layer(space.tensor(i));
            int r = rank(layer);
            int most = Math.min(shape.get(0), shape.get(1));
            if (from == null && r > most) {
                throw new IllegalArgumentException("r of lora is more than the " + most + " that the " + shape.get(0)
                        + " x "
                        + shape.get(1) + " numbers of " + space.tensor(i).name() + " can differ by: " + r
                        + "; 4 to 16 are usual");
            }
            double scale = alpha(layer) / (scaling.stabilised() ? Math.sqrt(r) : r);
            trained.lowRank(i, PREFIX + layer + A, PREFIX + layer + B, r, scale);
        }
        Weights weights = from == null ? null : AdapterFolder.weights(from);
        boolean head = weights != null && weights.names().stream().anyMatch(OF_HEAD);
        whole(family)
                .forEach(i ->
                        trained.own(i, head)); // an adapter that was trained without it leaves it as the model has it
        if (weights == null) {
            return trained.build((model, seed) -> parameter -> start(parameter, seed));
        }
        requireHead(weights, family);
        Parametrization read = trained.build((model, seed) -> parameter -> weights.floats(file(weights, parameter)));
        Map<String, long[]> shapes = new LinkedHashMap<>();
        for (ParameterSpace.Tensor tensor : read.space().tensors()) {
            if (head || tensor.name().startsWith(PREFIX)) {
                shapes.put(
                        file(weights, tensor),
                        tensor.shape().stream().mapToLong(extent -> extent).toArray());
            }
        }
        AdapterFolder.require(weights, shapes);
        return read;
    }

    /** A parameter's name in this file; in an adapter of the bare encoder, the prefix for the model is missing from it. */
    private static String file(Weights weights, ParameterSpace.Tensor parameter) {
        String whole = file(parameter.name());
        String bare = PREFIX + whole.substring(whole.indexOf('.', PREFIX.length()) + 1);
        return !weights.has(whole) && weights.has(bare) ? bare : whole;
    }

    private static void requireHead(Weights weights, Family family) {
        Optional<String> bias =
                weights.names().stream().filter(BIAS.asMatchPredicate()).findFirst();
        if (family.labels().isEmpty() && bias.isPresent()) {
            throw new IllegalArgumentException(
                    weights.location() + " is an adapter of a model that tells classes apart, and this"
                            + " model has no such head; begin with classes = " + weights.shape(bias.get())[0]);
        }
    }

    /** A parameter's name in a file: for a factor its own name, for a tensor of the model its name after PEFT's prefix. */
    private static String file(String parameter) {
        return parameter.startsWith(PREFIX) ? parameter : PREFIX + parameter;
    }

    /**
     * The modules of a head of classes that are trained directly; throws {@link IllegalArgumentException} if the model has no such head,
     * or lacks one of them.
     */
    private List<String> modules(Family family) {
        if (family.labels().isEmpty()) {
            if (!modulesToSave.isEmpty()) {
                throw new IllegalArgumentException("modulesToSave of lora is of models with a head of classes: "
                        + modulesToSave + "; leave it out, or begin with one, as bert(…, classes = 2)");
            }
            return List.of();
        }
        List<String> modules = new ArrayList<>(List.of(Family.CLASSIFIER));
        modulesToSave.stream().filter(name -> !modules.contains(name)).forEach(modules::add);
        List<String> names =
                head(family).map(i -> family.space().tensor(i).name()).toList();
        for (String module : modules) {
            if (names.stream().noneMatch(name -> within(name, module))) {
                throw new IllegalArgumentException("modulesToSave of lora names no module of this model's head: "
                        + module + "; there are " + names);
            }
        }
        return modules;
    }

    /** The tensors after the last block. */
    private static Stream<Integer> head(Family family) {
        Subset.Top top = new Subset.Top();
        return IntStream.range(0, family.space().tensors().size())
                .filter(i -> top.trains(family, i))
                .boxed();
    }

    private List<Integer> whole(Family family) {
        List<String> modules = modules(family);
        return head(family)
                .filter(i -> modules.stream()
                        .anyMatch(module -> within(family.space().tensor(i).name(), module)))
                .toList();
    }

    /** Whether a tensor belongs to a module with this name, or whose name ends in it. */
    private static boolean within(String tensor, String module) {
        return ("." + tensor).contains("." + module + ".");
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

    /** The indices of the chosen layers' matrices; throws {@link IllegalArgumentException} if one of {@link #on} matches none. */
    private int[] layers(Family family) {
        ParameterSpace space = family.space();
        List<Integer> whole = whole(family);
        int[] linear = IntStream.range(0, space.tensors().size())
                .filter(i -> !whole.contains(i))
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
        return Arrays.stream(tensors).anyMatch(i -> matches(layer(space.tensor(i)), name));
    }

    private static boolean matches(String layer, String name) {
        return layer.equals(name) || layer.endsWith("." + name);
    }

    /** The name of the layer that a matrix belongs to. */
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
        boolean told = Arrays.equals(Lora.of(rank, alpha, brief, modulesToSave).layers(family), layers);
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("peft_type", "LORA");
        config.put("task_type", family.masked() ? null : "CAUSAL_LM");
        List<String> modules = modules(family);
        if (!modules.isEmpty()) {
            config.put("task_type", "SEQ_CLS");
            config.put("modules_to_save", modules);
        }
        config.put("r", rank);
        config.put("lora_alpha", alpha);
        config.put("lora_dropout", 0.0);
        config.put("target_modules", told ? brief : names);
        config.put("fan_in_fan_out", family.transposed(family.space().tensor(layers[0])));
        config.put(STABILISED, scaling.stabilised());
        config.put(RANKS, others(names, this::rank, rank));
        config.put(ALPHAS, others(names, this::alpha, alpha));
        config.put("bias", "none");
        config.put("init_lora_weights", true);
        return config;
    }

    private static <T> Map<String, T> others(List<String> layers, Function<String, T> value, T usual) {
        Map<String, T> others = new LinkedHashMap<>();
        layers.stream()
                .filter(layer -> !value.apply(layer).equals(usual))
                .forEach(layer -> others.put(layer, value.apply(layer)));
        return others;
    }

    /** A and B of each layer, and the modules that are trained directly. */
    @Override
    public List<SafetensorsWriter.Tensor> tensors(Family family, Weights trained) {
        return new Lora(rank, alpha, on, modulesToSave, scaling, null)
                .of(family).space().tensors().stream()
                        .map(parameter -> new SafetensorsWriter.Tensor(
                                file(parameter.name()),
                                Dtype.F32,
                                trained.shape(parameter.name()),
                                FloatBuffer.wrap(trained.floats(parameter.name()))))
                        .toList();
    }

    /** The notation used in a cell. */
    @Override
    public String toString() {
        if (from != null) {
            return "lora(\"" + from + "\")";
        }
        String layers = on.isEmpty() ? "" : ", on = " + on;
        String modules = modulesToSave.isEmpty() ? "" : ", modulesToSave = " + modulesToSave;
        String scales = scaling.equals(Scaling.PLAIN) ? "" : ", scaling = " + scaling;
        return "lora(r = " + rank + ", alpha = " + alpha + layers + modules + scales + ")";
    }
}
