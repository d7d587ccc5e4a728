package org.zolab.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.zolab.space.ParameterSpace;
import org.zolab.space.Precision;

/**
 * What a model's weights are made of when only some parameters are trained: what a {@link Scope} says of a family.
 *
 * <pre>
 *   W = W₀                 frozen
 *   W = P                  a trained tensor, in the model's own memory, from its own numbers or others
 *   W = W₀ + s·B·A         a trained product of low rank, [out, r] times [r, in], in memory of its own
 * </pre>
 *
 * <p>The trained parameters are a space of their own, so samplers, rules and ledgers need not know. A tensor of the model keeps its name
 * there, and with it its noise. Tensors that a scope puts behind the model's own belong to its {@link #family()}, which reads them.
 */
public final class Parametrization {

    /** What one tensor of the model is made of. */
    public sealed interface Source {}

    /** The model's own numbers, which stay. */
    private record Frozen() implements Source {}

    /** The tensor itself is trained: {@code parameter} of the trained space, from other numbers than the model's if it is {@code replaced}. */
    record Own(int parameter, boolean replaced) implements Source {}

    /** W₀ + scale·B·A, of parameters {@code a} and {@code b}. */
    record LowRank(int a, int b, int rank, float scale) implements Source {}

    /** Start values of parameters that the model has not. */
    @FunctionalInterface
    public interface Start {

        /** What gives the elements of each, beside {@code model} as it was; {@code seed} addresses what is drawn. */
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

    /** Every tensor of the model trained as it is. */
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

    /** All frozen so far. */
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

        /** Trains tensor {@code i} of the model, if it is {@code replaced} from start values that are given, which take the place of the model's own numbers. */
        public Builder own(int i, boolean replaced) {
            space.add(family.space().tensor(i).name(), family.space().tensor(i).shape());
            sources.set(i, new Own(parameters++, replaced));
            return this;
        }

        /** Trains s·B·A, which is added to matrix {@code i} [out, in] of the model. */
        public Builder lowRank(int i, String a, String b, int rank, double scale) {
            List<Integer> shape = family.space().tensor(i).shape();
            space.add(a, List.of(rank, shape.get(1))).add(b, List.of(shape.get(0), rank));
            sources.set(i, new LowRank(parameters++, parameters++, rank, (float) scale));
            return this;
        }

        /** What was collected, where the model's own tensors are all there is. */
        public Parametrization build() {
            return build(Parametrization::none);
        }

        /** What was collected. */
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

    /** What tensor {@code i} of the model is made of. */
    Source source(int i) {
        return sources.get(i);
    }

    /** Whether training changes tensor {@code i} of the model. */
    public boolean trains(int i) {
        return !(sources.get(i) instanceof Frozen);
    }

    /** How many of the family's first stages read nothing that is trained, those of the head not counted. */
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

    /** Memory of trained parameters that the family has not. */
    public long bytesBeside() {
        long own = sources.stream()
                .filter(Own.class::isInstance)
                .mapToLong(source -> space.tensor(((Own) source).parameter()).size())
                .sum();
        return Float.BYTES * (space.dimension() - own);
    }

    /** What a forward reads tensor {@code i} of the model in. */
    static Precision read(Family family, int i, Precision linear) {
        return family.stages().stream().flatMapToInt(Stage::linear).anyMatch(tensor -> tensor == i)
                ? linear
                : Precision.FP32;
    }

    /**
     * Memory of the weights that generating writes, once for all of its tokens: of all of the model's at a displaced point, where something is
     * added to them, or where they are read in another precision than they are kept in; else none.
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

    /** Whether weights are more than the model's own numbers where θ is now. */
    boolean adds() {
        return sources.stream().anyMatch(LowRank.class::isInstance);
    }

    /** Start values of parameters that {@code model} has not. */
    Function<ParameterSpace.Tensor, float[]> start(LanguageModel model, long seed) {
        return start.of(model, seed);
    }
}
