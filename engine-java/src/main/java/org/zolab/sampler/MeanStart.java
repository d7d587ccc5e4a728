package org.zolab.sampler;

import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.zolab.probe.LossOracle;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;
import org.zolab.space.Weighting;

/** What a learned mean is before the first step. */
@FunctionalInterface
public interface MeanStart {

    /** μ = 0. */
    MeanStart ZERO = new Zero();

    /** In each tensor a random vector of length 1, as in the JAGUAR variant of LDSD; also in tensors that the first step's noise does not reach. */
    MeanStart UNIT = new Unit();

    /**
     * Fills μ, which is 0 when this is called.
     *
     * @param mean  μ
     * @param reach σ√d, the length of the noise around it; d is the number of coordinates that the first step's noise reaches
     * @param f     the loss of the first step
     * @param theta θ
     * @param noise draws that no step uses
     */
    void write(ParameterVector mean, double reach, LossOracle f, ParameterVector theta, IntFunction<Direction> noise);

    /** Notes what would keep it from being written for {@code space}. */
    default void check(ParameterSpace space, Problems problems) {}

    /** Forward passes that it spends. */
    default int forwards() {
        return 0;
    }

    /** See {@link #ZERO}. */
    record Zero() implements MeanStart {
        @Override
        public void write(
                ParameterVector mean,
                double reach,
                LossOracle f,
                ParameterVector theta,
                IntFunction<Direction> noise) {}

        @Override
        public String toString() {
            return "zero";
        }
    }

    /** See {@link #UNIT}. */
    record Unit() implements MeanStart {
        @Override
        public void write(
                ParameterVector mean, double reach, LossOracle f, ParameterVector theta, IntFunction<Direction> noise) {
            Direction z = new Direction(noise.apply(0).terms().stream() // in every tensor, whatever it is confined to
                    .map(term -> new Direction.Term(term.source(), Weighting.ONE, term.coefficient()))
                    .toList());
            double[] squares = Fold.products(mean, z, z);
            mean.move(z.times(Weighting.of(mean.space(), i -> squares[i] > 0 ? 1 / Math.sqrt(squares[i]) : 0)), 1);
        }

        @Override
        public String toString() {
            return "unit length in each tensor";
        }
    }

    /**
     * Against an estimate of the gradient, leave-one-out over probes of the first batch.
     *
     * <pre>
     *   aᵢ = f(θ + ε·zᵢ) − mean of the others,   ĝ = 1/(nε) Σ aᵢzᵢ
     *   μ = −length·σ√d · ĝ/‖ĝ‖
     * </pre>
     *
     * <p>Cost: {@code probes} forward passes, once.
     *
     * @param probes  n
     * @param epsilon ε
     * @param length  ‖μ‖ in units of σ√d, the length of the noise
     */
    record GradientEstimate(int probes, double epsilon, double length) implements MeanStart {

        public GradientEstimate {
            new Problems()
                    .require(probes >= 2, "probes of the mean's start is less than 2", probes)
                    .require(epsilon > 0, "epsilon of the mean's start is not strictly positive", epsilon)
                    .require(length > 0, "length of the mean's start is not strictly positive", length)
                    .orThrow();
        }

        @Override
        public void write(
                ParameterVector mean, double reach, LossOracle f, ParameterVector theta, IntFunction<Direction> noise) {
            double[] losses = f.at(IntStream.range(0, probes)
                    .mapToObj(i -> theta.along(noise.apply(i), epsilon))
                    .toList());
            double average = IntStream.range(0, probes)
                    .mapToDouble(i -> losses[i])
                    .average()
                    .orElseThrow();
            Direction gradient = Direction.ZERO;
            for (int i = 0; i < probes; i++) {
                gradient = gradient.plus(noise.apply(i).times((losses[i] - average) / ((probes - 1) * epsilon)));
            }
            double norm = Fold.norm(mean, gradient);
            if (norm > 0) {
                mean.move(gradient, -length * reach / norm);
            }
        }

        @Override
        public int forwards() {
            return probes;
        }

        @Override
        public String toString() {
            return "a gradient estimate of " + probes + " probes at epsilon " + epsilon + ", length " + length;
        }
    }
}
