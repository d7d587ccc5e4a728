package org.zolab.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.zolab.probe.LossOracle;
import org.zolab.space.Direction;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterVector;

class CentralDifferenceTest extends GradientEstimatorContract {

    @Override
    GradientEstimator estimator(double epsilon) {
        return new CentralDifference(epsilon);
    }

    @Override
    double gain() {
        return 1;
    }

    /** On ½Σ aᵢxᵢ² the slope is the directional derivative, at any ε. */
    @Test
    void isExactOnAQuadratic() {
        ParameterVector theta = ParameterVector.of(gradient());
        LossOracle quadratic = points -> points.stream()
                .mapToDouble(point -> {
                    float[] x = point.coordinates();
                    double sum = 0;
                    for (int i = 0; i < D; i++) {
                        sum += (i + 1) * (double) x[i] * x[i] / 2;
                    }
                    return sum;
                })
                .toArray();
        Direction z = Direction.noise(new NoiseKey(5, 0, 0), Law.GAUSSIAN);
        float[] zs = ParameterVector.of(new float[D]).along(z, 1).coordinates();
        double derivative = 0;
        for (int i = 0; i < D; i++) {
            derivative += (i + 1) * (double) gradient()[i] * zs[i];
        }
        for (double epsilon : new double[] {0.25, 1, 4}) {
            double slope = new CentralDifference(epsilon)
                    .estimate(quadratic, theta, List.of(z))
                    .slopes()
                    .get(0);
            assertThat(slope).isCloseTo(derivative, within(1e-5 * Math.abs(derivative)));
        }
    }
}
