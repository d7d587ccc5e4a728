package org.zolab.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.zolab.probe.Probe;
import org.zolab.space.Direction;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterVector;

class BestOfTest extends GradientEstimatorContract {

    @Override
    GradientEstimator estimator(double epsilon) {
        return new BestOf(5, epsilon);
    }

    /** E a² of the lowest of five draws: 1.8000 (its square is larger than a random draw's). */
    @Override
    double gain() {
        return 1.80002;
    }

    @Test
    void movesAlongTheLowestProbe() {
        List<Direction> zs = IntStream.range(0, 5)
                .mapToObj(i -> Direction.noise(new NoiseKey(2, 0, i), Law.GAUSSIAN))
                .toList();
        Estimate estimate = new BestOf(5, 1e-2).estimate(linear(gradient()), ParameterVector.of(new float[D]), zs);
        Probe best = estimate.probes().stream()
                .min(Comparator.comparingDouble(Probe::loss))
                .orElseThrow();
        assertThat(estimate.gradient())
                .isEqualTo(best.direction().times(estimate.slopes().get(0)));
    }

    @Test
    void needsADirection() {
        assertThatThrownBy(() -> new BestOf(0, 1e-3)).hasMessage("directions is less than 1: 0");
    }
}
