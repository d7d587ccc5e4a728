package org.zolab.model.adapter;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.zolab.model.Family;
import org.zolab.model.Parametrization;
import org.zolab.model.Scope;
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
        int rank, double alpha, List<String> on, @Nullable Path from) implements Scope {

    /** What PEFT takes if nothing is said: the first of these that a model has. */
    private static final List<List<String>> DEFAULTS =
            List.of(List.of("q_proj", "v_proj"), List.of("query", "value"), List.of("c_attn"));

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
        return AdapterFolder.lora(folder);
    }

    @Override
    public Parametrization of(Family family) {
        ParameterSpace space = family.space();
        Parametrization.Builder trained = Parametrization.of(space);
        for (int i : layers(family)) {
            String layer = AdapterFolder.PREFIX + layer(space.tensor(i));
            trained.lowRank(i, layer + AdapterFolder.A, layer + AdapterFolder.B, rank, alpha / rank);
        }
        if (from == null) {
            return trained.build(Lora::start);
        }
        Weights weights = AdapterFolder.weights(from);
        Parametrization read = trained.build((parameter, seed) -> weights.floats(parameter.name()));
        AdapterFolder.require(weights, read.space());
        return read;
    }

    private static float[] start(ParameterSpace.Tensor parameter, long seed) {
        if (parameter.name().endsWith(AdapterFolder.B)) {
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
    int[] layers(Family family) {
        ParameterSpace space = family.space();
        int[] linear = IntStream.range(0, space.tensors().size())
                .filter(i -> space.tensor(i).shape().size() == 2
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
    static String layer(ParameterSpace.Tensor tensor) {
        return tensor.name().substring(0, tensor.name().length() - WEIGHT.length());
    }

    static String last(String layer) {
        return layer.substring(layer.lastIndexOf('.') + 1);
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
