package org.zolab.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.zolab.probe.LossOracle;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterVector;

class StandardisedTest extends GradientEstimatorContract {

    @Override
    GradientEstimator estimator(double epsilon) {
        return new Standardised(8, epsilon);
    }

    /** E⟨ĝ, ∇f/‖∇f‖⟩ = 0.98514 for N = 8, over the length of the contract's gradient. */
    @Override
    double gain() {
        double square = 0;
        for (float g : gradient()) {
            square += (double) g * g;
        }
        return 0.985135 / Math.sqrt(square);
    }

    private static List<Direction> draws(int n) {
        return IntStream.range(0, n)
                .mapToObj(i -> Direction.noise(new NoiseKey(2, 0, i), Law.RADEMACHER))
                .toList();
    }

    /** The formula, from the losses. */
    @Test
    void isTheMeanRiseInStandardDeviations() {
        ParameterVector theta = ParameterVector.of(gradient());
        Estimate estimate = new Standardised(3, 0.5).estimate(points -> new double[] {3, 4, 8, 2}, theta, draws(3));
        double sigma = Math.sqrt((4 + 1 + 9) / 2.0);
        Direction formula = draws(3).get(0)
                .times(1 / (3 * sigma))
                .plus(draws(3).get(1).times(2 / (3 * sigma)))
                .plus(draws(3).get(2).times(6 / (3 * sigma)));
        assertThat(Fold.norm(theta, estimate.gradient().minus(formula))).isCloseTo(0, within(1e-6));
        assertThat(estimate.slopes()).containsExactly(2.0, 4.0, 12.0);
    }

    /** Neither the loss's scale and level nor, on a linear loss, ε change it. */
    @Test
    void hasNoUnit() {
        ParameterVector theta = ParameterVector.of(new float[D]);
        LossOracle f = linear(gradient());
        LossOracle other = points -> IntStream.range(0, points.size())
                .mapToDouble(i -> 1e4 * f.at(points.get(i)) + 7)
                .toArray();
        Direction one = new Standardised(5, 1e-2).estimate(f, theta, draws(5)).gradient();
        Direction two =
                new Standardised(5, 0.25).estimate(other, theta, draws(5)).gradient();
        assertThat(Fold.norm(theta, one.minus(two))).isCloseTo(0, within(1e-5 * Fold.norm(theta, one)));
    }

    @Test
    void equalLossesTellNoDirection() {
        Estimate estimate = new Standardised(2, 1e-2)
                .estimate(points -> new double[] {1, 1, 0.5}, ParameterVector.of(gradient()), draws(2));
        assertThat(estimate.gradient()).isEqualTo(Direction.ZERO);
    }

    @Test
    void needsTwoDirections() {
        assertThatThrownBy(() -> new Standardised(1, 1e-3)).hasMessage("directions is less than 2: 1");
    }
}
