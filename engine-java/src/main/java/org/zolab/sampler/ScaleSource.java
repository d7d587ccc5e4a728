package org.zolab.sampler;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.zolab.probe.DifferentiableOracle;
import org.zolab.probe.LossOracle;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;

/** Where the raw scales σᵢ of {@link LearnedScales} come from: nets, or one of the control arms that nets have to beat. */
public sealed interface ScaleSource {

    /** σ ≡ 1: the noise is not scaled. */
    ScaleSource UNIFORM = new Uniform();

    /** Untrained nets: a random scale for each tensor, which changes with the losses. */
    static ScaleSource random(long seed) {
        return new Random(seed);
    }

    /** Nets in a file of {@link ScaleNets#write}, read now. */
    static ScaleSource trained(Path file) {
        return new Nets(String.valueOf(file.getFileName()), ScaleNets.read(file));
    }

    /** Nets in a file that the paper's authors published, read now. */
    static ScaleSource published(Path file) {
        return new Nets(String.valueOf(file.getFileName()), ScaleNets.readPublished(file));
    }

    /** Scales in proportion to the gradient of {@code f} where θ is now. One gradient, and a vector as large as θ while it is taken. */
    static ScaleSource proportional(DifferentiableOracle f, ParameterVector theta) {
        return new Proportional(f.squares(theta.here()).byTensor());
    }

    /** {@link Proportional} to the gradient where a run begins, on its first batch; a step records what it was. */
    static ScaleSource measured() {
        return new Measured();
    }

    /** The source for a run that begins at {@code theta}; {@code f} is the loss of its first batch. */
    default ScaleSource at(LossOracle f, ParameterVector theta) {
        return this;
    }

    /** Whether it asks for an exact gradient once, at the start. */
    default boolean differentiates() {
        return false;
    }

    /** From a model's tensors to the scales of a step; it asks for the inputs only if it needs them. */
    Function<Supplier<double[][]>, double[]> on(ParameterSpace space);

    /** See {@link #UNIFORM}. */
    record Uniform() implements ScaleSource {
        @Override
        public Function<Supplier<double[][]>, double[]> on(ParameterSpace space) {
            double[] ones = new double[space.tensors().size()];
            Arrays.fill(ones, 1);
            return inputs -> ones;
        }

        @Override
        public String toString() {
            return "1";
        }
    }

    /** See {@link #random}. */
    record Random(long seed) implements ScaleSource {
        @Override
        public Function<Supplier<double[][]>, double[]> on(ParameterSpace space) {
            return Nets.scales(ScaleNets.random(space, seed).of(space));
        }

        @Override
        public String toString() {
            return "of untrained nets, seed " + seed;
        }
    }

    /**
     * Nets.
     *
     * @param name what reports call them; their fingerprint is added
     */
    record Nets(String name, ScaleNets nets) implements ScaleSource {
        @Override
        public Function<Supplier<double[][]>, double[]> on(ParameterSpace space) {
            return scales(nets.of(space));
        }

        private static Function<Supplier<double[][]>, double[]> scales(List<ScaleNet> nets) {
            return inputs -> Arrays.stream(ScaleState.outputs(nets, inputs.get()))
                    .map(Math::abs)
                    .toArray();
        }

        @Override
        public String toString() {
            return "of the nets " + name + " (" + Long.toHexString(nets.fingerprint()) + ")";
        }
    }

    /**
     * σᵢ² ∝ ‖gᵢ‖²/nᵢ, the root mean square of each tensor's gradient: what a policy by tensor can know at best.
     *
     * @param squares ‖gᵢ‖² by tensor name
     */
    record Proportional(Map<String, Double> squares) implements ScaleSource {

        public Proportional {
            squares = Map.copyOf(squares);
        }

        @Override
        public Function<Supplier<double[][]>, double[]> on(ParameterSpace space) {
            double[] sigma = space.tensors().stream()
                    .mapToDouble(tensor -> {
                        Double square = squares.get(tensor.name());
                        if (square == null || !(square >= 0)) {
                            throw new IllegalArgumentException("squared gradient of " + tensor.name()
                                    + " is not zero or positive: " + square + "; measure it for every tensor");
                        }
                        return Math.sqrt(square / tensor.size());
                    })
                    .toArray();
            return inputs -> sigma;
        }

        @Override
        public String toString() {
            return "in proportion to gradients " + Integer.toHexString(new TreeMap<>(squares).hashCode());
        }
    }

    /** See {@link #measured}. */
    record Measured() implements ScaleSource {
        @Override
        public Function<Supplier<double[][]>, double[]> on(ParameterSpace space) {
            return inputs -> {
                throw new IllegalStateException(
                        "scales are measured where a run begins, and none has; prepare the sampler");
            };
        }

        @Override
        public ScaleSource at(LossOracle f, ParameterVector theta) {
            return proportional(DifferentiableOracle.of(f), theta);
        }

        @Override
        public boolean differentiates() {
            return true;
        }

        @Override
        public String toString() {
            return "in proportion to the gradient of the first batch";
        }
    }
}
