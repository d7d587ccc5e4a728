package org.zolab.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.zolab.space.Direction;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Storage;
import org.zolab.space.Team;

class AdamTest {

    private static final ParameterSpace SPACE = ParameterSpace.builder()
            .add("w", List.of(90, 1000))
            .add("b", List.of(33))
            .build();

    private static ParameterVector zeros(int threads) {
        return new ParameterVector(
                SPACE, Storage.heap(SPACE, threads == 0 ? Team.single() : new Team(threads, () -> {})));
    }

    private static Direction gradient(int step) {
        return Direction.noise(new NoiseKey(3, step, 0), Law.GAUSSIAN).times(0.1 * (step + 1));
    }

    /** The formula in double precision, element by element. */
    @Test
    void isAdam() {
        ParameterVector theta = zeros(2);
        UpdateRule rule = new Adam(0.9, 0.99, 1e-8).create(theta);
        double[] x = new double[(int) SPACE.dimension()];
        double[] m = new double[x.length];
        double[] v = new double[x.length];
        for (int t = 1; t <= 20; t++) {
            float[] g = zeros(0).along(gradient(t), 1).coordinates();
            rule.apply(theta, gradient(t), 0.01);
            for (int i = 0; i < x.length; i++) {
                m[i] = 0.9 * m[i] + 0.1 * g[i];
                v[i] = 0.99 * v[i] + 0.01 * g[i] * g[i];
                x[i] -= 0.01 * m[i] / (1 - Math.pow(0.9, t)) / (Math.sqrt(v[i] / (1 - Math.pow(0.99, t))) + 1e-8);
            }
        }
        float[] found = theta.here().coordinates();
        double worst = 0;
        for (int i = 0; i < x.length; i++) {
            worst = Math.max(worst, Math.abs(found[i] - x[i]));
        }
        assertThat(worst).isCloseTo(0, within(2e-6));
        assertThat(theta.version()).isEqualTo(20);
    }

    @Test
    void bitsAreEqualForAnyNumberOfThreads() {
        long[] prints = new long[3];
        int[] threads = {0, 2, 7};
        for (int i = 0; i < 3; i++) {
            ParameterVector theta = zeros(threads[i]);
            UpdateRule rule = new Adam(0.9, 0.999, 1e-8).create(theta);
            for (int t = 0; t < 5; t++) {
                rule.apply(theta, gradient(t), 1e-3);
            }
            prints[i] = theta.fingerprint();
        }
        assertThat(prints).containsOnly(prints[0]);
    }

    @Test
    void aStaleDirectionIsRefusedAndNothingMoves() {
        ParameterVector theta = zeros(0);
        ParameterVector kept = theta.zeros();
        Direction stale = Direction.of(kept);
        kept.move(gradient(1), 1);
        assertThatThrownBy(() -> new Adam(0.9, 0.999, 1e-8).create(theta).apply(theta, stale, 1))
                .hasMessageContaining("write it again");
        assertThat(theta.version()).isZero();
    }

    @Test
    void settingsAreChecked() {
        assertThatThrownBy(() -> new Adam(1, -0.1, 0))
                .hasMessageContaining("beta1 is not in [0, 1): 1.0")
                .hasMessageContaining("beta2 is not in [0, 1): -0.1")
                .hasMessageContaining("epsilon of Adam is not strictly positive: 0.0");
    }
}
