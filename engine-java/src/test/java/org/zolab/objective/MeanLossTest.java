package org.zolab.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.zolab.probe.DifferentiableOracle;
import org.zolab.space.ParameterVector;
import org.zolab.space.Point;

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

    /** A loss that reads some of a, and of b what it says. */
    private record Reading(Map<String, BitSet> touched) implements BatchLoss {
        @Override
        public List<Score> scores(List<Point> points) {
            throw new AssertionError("asked for");
        }

        @Override
        public int terms() {
            return 1;
        }

        @Override
        public void close() {}
    }

    private static BitSet set(long bits) {
        return BitSet.valueOf(new long[] {bits});
    }

    @Test
    void itDependsOnAllThatAnyPartDependsOn() {
        BatchLoss mean = BatchLoss.mean(
                List.of(new Reading(Map.of("a", set(0b0011), "b", set(0b1))), new Reading(Map.of("a", set(0b0110)))));
        assertThat(mean.touched())
                .containsExactly(Map.entry("a", set(0b0111))); // all of b, which the second reads whole
        assertThat(mean.partial()).containsExactly(Map.entry("a", 3L));
    }
}
