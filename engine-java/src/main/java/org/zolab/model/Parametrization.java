package org.zolab.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.zolab.space.ParameterSpace;

/**
 * What a model's weights are made of when only some parameters are trained: what a {@link Scope} says of a family.
 *
 * <pre>
 *   W = W₀                 frozen
 *   W = P                  a trained tensor, in the model's own memory
 *   W = W₀ + s·B·A         a trained product of low rank, [out, r] times [r, in], in memory of its own
 * </pre>
 *
 * <p>The trained parameters are a space of their own, so samplers, rules and ledgers need not know. A tensor of the model keeps its name
 * there, and with it its noise.
 */
public final class Parametrization {

    /** What one tensor of the model is made of. */
    public sealed interface Source {}

    /** The model's own numbers, which stay. */
    private record Frozen() implements Source {}

    /** The tensor itself is trained: {@code parameter} of the trained space. */
    record Own(int parameter) implements Source {}

    /** W₀ + scale·B·A, of parameters {@code a} and {@code b}. */
    record LowRank(int a, int b, int rank, float scale) implements Source {}

    /** Start values of parameters that the model has not. */
    @FunctionalInterface
    public interface Start {

        /** The elements of {@code parameter}; {@code seed} addresses what is drawn. */
        float[] of(ParameterSpace.Tensor parameter, long seed);
    }

    private final ParameterSpace space;
    private final List<Source> sources;
    private final Start start;

    private Parametrization(ParameterSpace space, List<Source> sources, Start start) {
        this.space = space;
        this.sources = List.copyOf(sources);
        this.start = start;
    }

    /** Every tensor of the model trained as it is. */
    static Parametrization full(ParameterSpace model) {
        List<Source> sources = new ArrayList<>();
        for (int i = 0; i < model.tensors().size(); i++) {
            sources.add(new Own(i));
        }
        return new Parametrization(model, sources, Parametrization::none);
    }

    private static float[] none(ParameterSpace.Tensor parameter, long seed) {
        throw new IllegalArgumentException("there is no start value of " + parameter.name());
    }

    /** All frozen so far. */
    public static Builder of(ParameterSpace model) {
        return new Builder(model);
    }

    /** Collects what is trained, in the order of the trained space. */
    public static final class Builder {
        private final ParameterSpace model;
        private final ParameterSpace.Builder space = ParameterSpace.builder();
        private final List<Source> sources;
        private int parameters;

        private Builder(ParameterSpace model) {
            this.model = model;
            this.sources = new ArrayList<>(Collections.nCopies(model.tensors().size(), (Source) new Frozen()));
        }

        /** Trains tensor {@code i} of the model. */
        public Builder own(int i) {
            space.add(model.tensor(i).name(), model.tensor(i).shape());
            sources.set(i, new Own(parameters++));
            return this;
        }

        /** Trains s·B·A, which is added to matrix {@code i} [out, in] of the model. */
        public Builder lowRank(int i, String a, String b, int rank, double scale) {
            List<Integer> shape = model.tensor(i).shape();
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
            return new Parametrization(space.build(), sources, start);
        }
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

    /** How many of a family's first stages read nothing that is trained, those of the head not counted. */
    public int fixed(Family family) {
        int first = 0;
        for (Stage stage : family.stages()) {
            if (stage instanceof Head || stage.tensors().anyMatch(this::trains)) {
                return first;
            }
            first++;
        }
        return first;
    }

    /** Memory of trained parameters that the model has not. */
    public long bytesBeside() {
        long own = sources.stream()
                .filter(Own.class::isInstance)
                .mapToLong(source -> space.tensor(((Own) source).parameter()).size())
                .sum();
        return Float.BYTES * (space.dimension() - own);
    }

    /** Whether weights are more than the model's own numbers where θ is now. */
    boolean adds() {
        return sources.stream().anyMatch(LowRank.class::isInstance);
    }

    /** Start values of {@code parameter}, which the model has not. */
    float[] start(ParameterSpace.Tensor parameter, long seed) {
        return start.of(parameter, seed);
    }
}
