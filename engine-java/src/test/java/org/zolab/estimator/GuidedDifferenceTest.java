package org.zolab.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.zolab.probe.LossOracle;
import org.zolab.probe.Probe;
import org.zolab.space.Direction;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterVector;

class GuidedDifferenceTest extends GradientEstimatorContract {

    @Override
    GradientEstimator estimator(double epsilon) {
        return new GuidedDifference(4, 0.5, false, epsilon);
    }

    /** E a² of half the difference of the sums of two and two of four order statistics: 1.3264² + 0.3434. */
    @Override
    double gain() {
        return 2.1027;
    }

    private static List<Direction> draws(int step, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> Direction.noise(new NoiseKey(2, step, i), Law.GAUSSIAN))
                .toList();
    }

    private static LossOracle bowl() {
        return points -> points.stream()
                .mapToDouble(point -> {
                    float[] x = point.coordinates();
                    return IntStream.range(0, D)
                            .mapToDouble(i -> Math.log(1 + (i + 1) * Math.pow(x[i] - 0.3 * i, 2)))
                            .sum();
                })
                .toArray();
    }

    /** With a pool of two, a step of η is one of MeZO along (z₁ − z₂)/√2, at √2·ε and 2η, on any loss. */
    @Test
    void aPoolOfTwoIsMezoAtAnotherRate() {
        for (int step = 0; step < 20; step++) {
            ParameterVector theta = ParameterVector.of(gradient());
            List<Direction> zs = draws(step, 2);
            Direction along = zs.get(0).minus(zs.get(1)).times(Math.sqrt(0.5));
            Estimate guided = new GuidedDifference(2, 0.5, false, 1e-2).estimate(bowl(), theta, zs);
            Estimate mezo = new CentralDifference(Math.sqrt(2) * 1e-2).estimate(bowl(), theta, List.of(along));
            float[] one = ParameterVector.of(new float[D])
                    .along(guided.gradient(), 1e-3)
                    .coordinates();
            float[] two = ParameterVector.of(new float[D])
                    .along(mezo.gradient(), 2e-3)
                    .coordinates();
            for (int i = 0; i < D; i++) {
                assertThat(one[i]).isCloseTo(two[i], within(1e-4f * Math.abs(two[i]) + 1e-7f));
            }
        }
    }

    @Test
    void normalisedItIsAsLongAsOneOfThePool() {
        int n = 400;
        for (int pool : new int[] {2, 4, 8}) {
            double square = 0;
            for (int step = 0; step < n; step++) {
                Estimate estimate = new GuidedDifference(pool, 0.5, true, 1e-2)
                        .estimate(linear(new float[D]), ParameterVector.of(new float[D]), draws(step, pool));
                assertThat(estimate.gradient()).isEqualTo(Direction.ZERO); // a flat loss has no slope
                List<Probe> probes = estimate.probes();
                Direction v = Direction.ZERO;
                for (int i = 0; i < pool; i++) {
                    v = v.plus(probes.get(i).direction().times((i < pool / 2 ? 2.0 : -2.0) / pool));
                }
                float[] x = ParameterVector.of(new float[D])
                        .along(v.times(1 / Math.sqrt(4.0 / pool)), 1)
                        .coordinates();
                for (float element : x) {
                    square += element * element;
                }
            }
            assertThat(square / n / D).isCloseTo(1, within(5 * Math.sqrt(2.0 / (n * D))));
        }
    }

    @Test
    void aSplitNeedsBothSides() {
        assertThatThrownBy(() -> new GuidedDifference(4, 0.2, false, 1e-3))
                .hasMessage("split leaves no direction on one side of 4: 0.2");
        assertThatThrownBy(() -> new GuidedDifference(4, 1, false, 1e-3))
                .hasMessage("split leaves no direction on one side of 4: 1.0");
    }
}
