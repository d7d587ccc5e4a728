package org.zolab.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.zolab.probe.Probe;
import org.zolab.probe.Sides;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterVector;

class ThreePointTest extends GradientEstimatorContract {

    private static final List<Direction> ZS = List.of(
            Direction.noise(new NoiseKey(2, 0, 0), Law.RADEMACHER),
            Direction.noise(new NoiseKey(2, 0, 1), Law.RADEMACHER));

    private final ParameterVector theta = ParameterVector.of(gradient());

    @Override
    GradientEstimator estimator(double epsilon) {
        return new ThreePoint(3, 0.5, epsilon);
    }

    @Override
    double gain() {
        return 1;
    }

    /** Curvatures (7 − 2 + 3)/¼ = 32 and −½: the first counts 32^−α = ½, the second, below 1, whole. */
    @Test
    void countsASlopeLessWhereTheLossIsCurved() {
        double[] losses = {7, 3, 1.375, 0.5, 1};
        Estimate estimate = new ThreePoint(2, 0.2, 0.5).estimate(points -> losses, theta, ZS);
        assertThat(estimate.slopes()).containsExactly(4.0, 0.875);
        Direction formula = ZS.get(0).times(4 * 0.5 / 2).plus(ZS.get(1).times(0.875 / 2));
        assertThat(Fold.norm(theta, estimate.gradient().minus(formula))).isCloseTo(0, within(1e-6));
    }

    /** Its two sides are the central difference's, to the bit. */
    @Test
    void withoutAnExponentIsTheCentralDifference() {
        Estimate estimate = new ThreePoint(2, 0, 1e-2).estimate(linear(gradient()), theta, ZS);
        Estimate central = new CentralDifference(2, 1e-2).estimate(linear(gradient()), theta, ZS);
        assertThat(estimate.gradient()).isEqualTo(central.gradient());
        assertThat(estimate.probes().subList(0, 4)).isEqualTo(central.probes());
        assertThat(estimate.probes().get(4))
                .isEqualTo(new Probe(Direction.ZERO, 0, linear(gradient()).at(theta.here())));
    }

    @Test
    void pairsAreFoundAmongProbes() {
        List<Probe> probes = new ThreePoint(2, 0, 0.5)
                .estimate(points -> new double[] {7, 3, 1, 2, 1}, theta, ZS)
                .probes();
        assertThat(Sides.among(probes))
                .containsExactly(new Sides(ZS.get(0), 0.5, 7, 3), new Sides(ZS.get(1), 0.5, 1, 2));
        assertThat(Sides.among(probes).get(0).curvature(1)).isEqualTo(32);
        for (List<Probe> broken : List.of(
                probes.subList(0, 3), List.of(probes.get(0), probes.get(3)), List.of(probes.get(0), probes.get(2)))) {
            assertThatThrownBy(() -> Sides.among(broken))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("has no other side; use an estimator that reports both");
        }
    }

    @Test
    void settingsAreChecked() {
        assertThatThrownBy(() -> new ThreePoint(0, 0.1, 1e-3)).hasMessage("directions is less than 1: 0");
        assertThatThrownBy(() -> new ThreePoint(1, -0.1, 1e-3))
                .hasMessage("alpha is not zero or positive and finite: -0.1");
        assertThatThrownBy(() -> new ThreePoint(1, Double.NaN, 1e-3))
                .hasMessage("alpha is not zero or positive and finite: NaN");
    }
}
