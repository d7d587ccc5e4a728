package org.zolab.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.zolab.probe.LossOracle;
import org.zolab.probe.Probe;
import org.zolab.probe.Sides;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterVector;

class AntitheticTest extends GradientEstimatorContract {

    private static final double EPSILON = 0.1;
    private final ParameterVector theta = ParameterVector.of(gradient());
    private final List<Direction> draws = IntStream.range(0, 3)
            .mapToObj(i -> Direction.noise(new NoiseKey(2, 0, i), Law.GAUSSIAN))
            .toList();

    @Override
    GradientEstimator estimator(double epsilon) {
        return new Antithetic(new OneSided(4, epsilon));
    }

    @Override
    double gain() {
        return 1;
    }

    /** Strongly curved: 5‖x‖² + g·x. */
    private static final LossOracle CURVED = points -> points.stream()
            .mapToDouble(point -> {
                float[] x = point.coordinates();
                return IntStream.range(0, D)
                        .mapToDouble(i -> 5.0 * x[i] * x[i] + x[i] * gradient()[i])
                        .sum();
            })
            .toArray();

    private void isTimes(double factor, Estimate estimate, Direction expected) {
        Direction off = estimate.gradient().minus(expected.times(factor));
        assertThat(Fold.norm(theta, off)).isCloseTo(0, within(1e-4 * Fold.norm(theta, expected)));
    }

    @Test
    void oneSidedEstimatesBecomeCentralDifferences() {
        Direction central =
                new CentralDifference(3, EPSILON).estimate(CURVED, theta, draws).gradient();
        isTimes(1, new Antithetic(new OneSided(6, EPSILON)).estimate(CURVED, theta, draws), central);
        isTimes(6.0 / 5, new Antithetic(new LeaveOneOut(6, EPSILON)).estimate(CURVED, theta, draws), central);
    }

    @Test
    void theBestIsTheSteepestOfBothSigns() {
        Estimate best = new Antithetic(new BestOf(6, EPSILON)).estimate(CURVED, theta, draws);
        Estimate central = new CentralDifference(3, EPSILON).estimate(CURVED, theta, draws);
        double[] lowest = IntStream.range(0, 3)
                .mapToDouble(i -> Math.min(
                        central.probes().get(2 * i).loss(),
                        central.probes().get(2 * i + 1).loss()))
                .toArray();
        int at = IntStream.range(0, 3).reduce(0, (a, b) -> lowest[b] < lowest[a] ? b : a);
        isTimes(central.slopes().get(at), best, draws.get(at));
    }

    /** The draws of the policy alone, ahead and then behind. */
    @Test
    void bothSidesOfEachDrawAreReported() {
        List<Probe> probes = new Antithetic(new LeaveOneOut(6, EPSILON))
                .estimate(CURVED, theta, draws)
                .probes();
        assertThat(Sides.among(probes).stream().map(Sides::direction)).isEqualTo(draws);
        assertThat(probes)
                .isEqualTo(new CentralDifference(3, EPSILON)
                        .estimate(CURVED, theta, draws)
                        .probes());
        assertThat(new Antithetic(new LeaveOneOut(6, EPSILON)).directions()).isEqualTo(3);
    }

    @Test
    void whatKnowsBothSidesOrIsOddIsRefused() {
        for (GradientEstimator both :
                List.of(new CentralDifference(2, 1), new ThreePoint(2, 0, 1), new Antithetic(new OneSided(4, 1)))) {
            assertThatThrownBy(() -> new Antithetic(both))
                    .hasMessage("antithetic directions are of an estimator that knows both sides of each already;"
                            + " leave antithetic out: " + both);
        }
        assertThatThrownBy(() -> new Antithetic(new ForwardGradient()))
                .hasMessageContaining("knows both sides of each already")
                .hasMessageContaining("antithetic directions are not an even number, which pairs need: 1");
        assertThatThrownBy(() -> new Antithetic(new GuidedDifference(4, 0.5, true, 1)))
                .hasMessageContaining("leave normalised out, or antithetic");
        assertThatThrownBy(() -> new Clipped(new Antithetic(new Standardised(4, 1)), 0.5))
                .hasMessageContaining("leave clip out");
        assertThatThrownBy(() -> new Antithetic(new BestOf(5, 1)))
                .hasMessage("antithetic directions are not an even number, which pairs need: 5");
    }

    @Test
    void isToldInWords() {
        assertThat(new Antithetic(new LeaveOneOut(6, 1e-3)))
                .hasToString("antithetic leave-one-out, 6 directions, epsilon 0.001");
    }
}
