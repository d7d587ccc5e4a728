package org.zolab.estimator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.zolab.space.Direction;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterVector;

class LeaveOneOutTest extends GradientEstimatorContract {

    @Override
    GradientEstimator estimator(double epsilon) {
        return new LeaveOneOut(4, epsilon);
    }

    @Override
    double gain() {
        return 1;
    }

    /** The coefficients add up to nothing, so a level of the loss and a common part of the directions cancel. */
    @Test
    void theCoefficientsCancel() {
        List<Direction> zs = IntStream.range(0, 4)
                .mapToObj(i -> Direction.noise(new NoiseKey(2, 0, i), Law.GAUSSIAN))
                .toList();
        Estimate estimate = new LeaveOneOut(4, 1e-2).estimate(linear(gradient()), ParameterVector.of(new float[D]), zs);
        assertThat(estimate.slopes().stream().mapToDouble(slope -> slope).sum()).isCloseTo(0, within(1e-9));
    }

    @Test
    void needsTwoDirections() {
        assertThatThrownBy(() -> new LeaveOneOut(1, 1e-3)).hasMessage("directions is less than 2: 1");
    }
}
