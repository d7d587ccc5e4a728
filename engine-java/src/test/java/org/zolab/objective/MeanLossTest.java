package org.zolab.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.zolab.probe.DifferentiableOracle;
import org.zolab.space.ParameterVector;

class MeanLossTest {

    private static BatchLoss line(float slope, float level) {
        float[] start = new float[2];
        return new Function("line", org.zolab.space.ParameterSpace.flat(2), start, x -> slope * x[0] + level, x ->
                        new float[] {slope, 0})
                .loss();
    }

    @Test
    void isTheMeanAndSoIsItsGradient() {
        ParameterVector theta = ParameterVector.of(2, 7);
        BatchLoss mean = BatchLoss.mean(List.of(line(1, 0), line(4, 1), line(-2, 5)));
        assertThat(mean.at(theta.here())).isCloseTo((2 + 9 + 1) / 3.0, within(1e-6));
        ParameterVector gradient = ParameterVector.of(9, 9);
        assertThat(DifferentiableOracle.of(mean).gradient(theta.here(), gradient))
                .isCloseTo(4, within(1e-6));
        assertThat(gradient.here().coordinates()).containsExactly(1, 0);
    }

    @Test
    void itHasNoGradientIfAPartHasNone() {
        BatchLoss mean = BatchLoss.mean(List.of(line(1, 0), new Function("plain", new float[2], x -> x[0]).loss()));
        ParameterVector theta = ParameterVector.of(2, 7);
        assertThatThrownBy(() -> DifferentiableOracle.of(mean).gradient(theta.here(), theta.zeros()))
                .hasMessageContaining("loss is not differentiable");
    }
}
