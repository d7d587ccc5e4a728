package org.zolab.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.zolab.space.ParameterSpace;
import org.zolab.space.Precision;

/**
 * How a model's weights are composed when only some parameters are trained: the result of applying a {@link Scope} to a family.
 *
 * <pre>
 *   W = W₀                 frozen
 *   W = P                  a trained tensor, in the model's own memory, from its own numbers or others
 *   W = W₀ + s·B·A         a trained product of low rank, [out, r] times [r, in], in memory of its own
 * </pre>
 *
 * <p>The trained parameters form a space of their own, so samplers, rules and ledgers need no special treatment. A tensor of the model
 * keeps its name there, and therefore its noise. Tensors that a scope adds after the model's own belong to its {@link #family()}, which
 * reads them.
 */
public final class Parametrization {

    /** How one tensor of the model is composed. */
    public sealed interface Source {}

    /** The model's own numbers, unchanged. */
    private record Frozen() implements Source {}

    /**
     * The tensor itself is trained, as {@code parameter} of the trained space; if {@code replaced}, it starts from other numbers than the
     * model's.
     */
    record Own(int parameter, boolean replaced) implements Source {}

    /** W₀ + scale·B·A, with A and B being parameters {@code a} and {@code b}. */
    record LowRank(int a, int b, int rank, float scale) implements Source {}

    /** Start values of parameters that the model does not have. */
    @FunctionalInterface
    public interface Start {

        /** Returns what gives the elements of each; {@code model} is the model as it was, {@code seed} determines what is drawn. */
        Function<ParameterSpace.Tensor, float[]> of(LanguageModel model, long seed);
    }

    private final Family family;
    private final ParameterSpace space;
    private final List<Source> sources;
    private final Start start;

    private Parametrization(Family family, ParameterSpace space, List<Source> sources, Start start) {
        this.family = family;
        this.space = space;
        this.sources = List.copyOf(sources);
        this.start = start;
    }

    /** Trains every tensor of the model as it is. */
    static Parametrization full(Family family) {
        List<Source> sources = new ArrayList<>();
        for (int i = 0; i < family.space().tensors().size(); i++) {
            sources.add(new Own(i, false));
        }
        return new Parametrization(family, family.space(), sources, Parametrization::none);
    }

    private static Function<ParameterSpace.Tensor, float[]> none(LanguageModel model, long seed) {
        return parameter -> {
            throw new IllegalArgumentException("there is no start value of " + parameter.name());
        };
    }

    /** A builder with everything frozen. */
    public static Builder of(Family family) {
        return new Builder(family);
    }

    /** Collects what is trained, in the order of the trained space. */
    public static final class Builder {
        private final Family family;
        private final ParameterSpace.Builder space = ParameterSpace.builder();
        private final List<Source> sources;
        private int parameters;

        private Builder(Family family) {
            this.family = family;
            this.sources =
                    new ArrayList<>(Collections.nCopies(family.space().tensors().size(), (Source) new Frozen()));
        }

        /** Trains tensor {@code i} of the model. */
        public Builder own(int i) {
            return own(i, false);
        }

        /** Trains tensor {@code i} of the model. If it is {@code replaced}, given start values take the place of the model's own numbers. */
        public Builder own(int i, boolean replaced) {
            space.add(family.space().tensor(i).name(), family.space().tensor(i).shape());
            sources.set(i, new Own(parameters++, replaced));
            return this;
        }

        /** Trains a product s·B·A that is added to matrix {@code i} [out, in] of the model. */
        public Builder lowRank(int i, String a, String b, int rank, double scale) {
            List<Integer> shape = family.space().tensor(i).shape();
            space.add(a, List.of(rank, shape.get(1))).add(b, List.of(shape.get(0), rank));
            sources.set(i, new LowRank(parameters++, parameters++, rank, (float) scale));
            return this;
        }

        /** The parametrization collected, if it trains only the model's own tensors. */
        public Parametrization build() {
            return build(Parametrization::none);
        }

        /** The parametrization collected, with start values for parameters beyond the model's. */
        public Parametrization build(Start start) {
            return new Parametrization(family, space.build(), sources, start);
        }
    }

    /** The family that reads the weights. */
    public Family family() {
        return family;
    }

    /** The trained parameters. */
    public ParameterSpace space() {
        return space;
    }

    /** How tensor {@code i} of the model is composed. */
    Source source(int i) {
        return sources.get(i);
    }

    /** Whether training changes tensor {@code i} of the model. */
    public boolean trains(int i) {
        return !(sources.get(i) instanceof Frozen);
    }

    /** How many of the family's first stages read nothing that is trained; the head's are not counted. */
    public int fixed() {
        int first = 0;
        for (Stage stage : family.stages()) {
            if (stage instanceof Head || stage.tensors().anyMatch(this::trains)) {
                return first;
            }
            first++;
        }
        return first;
    }

    /** Memory in bytes of the trained parameters that are not the family's own tensors. */
    public long bytesBeside() {
        long own = sources.stream()
                .filter(Own.class::isInstance)
                .mapToLong(source -> space.tensor(((Own) source).parameter()).size())
                .sum();
        return Float.BYTES * (space.dimension() - own);
    }

    /** The precision in which a forward pass reads tensor {@code i} of the model. */
    static Precision read(Family family, int i, Precision linear) {
        return family.stages().stream().flatMapToInt(Stage::linear).anyMatch(tensor -> tensor == i)
                ? linear
                : Precision.FP32;
    }

    /**
     * Memory in bytes of the weights that generation writes, once for all its tokens: all weights of the model, if the point is displaced,
     * if something is added to the weights, or if they are read in another precision than they are kept in; otherwise none.
     */
    public long bytesToGenerate(Compute compute, boolean displaced) {
        ParameterSpace whole = family.space();
        List<Precision> read = IntStream.range(0, whole.tensors().size())
                .mapToObj(i -> read(family, i, compute.precision()))
                .toList();
        boolean recast = IntStream.range(0, read.size()).anyMatch(i -> read.get(i) != compute.kept(whole.tensor(i)));
        return displaced || adds() || recast
                ? IntStream.range(0, read.size())
                        .mapToLong(i ->
                                (long) read.get(i).bytes() * whole.tensor(i).size())
                        .sum()
                : 0;
    }

    /** Whether the weights differ from the model's own numbers even at the present θ. */
    boolean adds() {
        return sources.stream().anyMatch(LowRank.class::isInstance);
    }

    /** The start values of parameters that {@code model} does not have. */
    Function<ParameterSpace.Tensor, float[]> start(LanguageModel model, long seed) {
        return start.of(model, seed);
    }
}
