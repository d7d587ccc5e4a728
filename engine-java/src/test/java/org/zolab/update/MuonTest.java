package org.zolab.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.Law;
import org.zolab.space.LowRank;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Storage;
import org.zolab.space.Team;

class MuonTest {

    private static final ParameterSpace SPACE = ParameterSpace.builder()
            .add("model.embed_tokens.weight", List.of(40, 10))
            .add("layers.0.wide.weight", List.of(12, 50))
            .add("layers.0.wide.bias", List.of(12))
            .add("layers.0.tall.weight", List.of(33, 9))
            .build();
    private static final double RATE = 0.01;
    private static final double VECTORS = 0.5;

    private static ParameterVector zeros(Team team) {
        return new ParameterVector(SPACE, Storage.heap(SPACE, team));
    }

    private static Direction estimate(int step) {
        return Direction.noise(new NoiseKey(3, step, 0), Law.GAUSSIAN).times(step + 0.5);
    }

    private static float[] tensor(ParameterVector vector, int i) {
        float[] values = new float[SPACE.tensor(i).size()];
        vector.storage().read(i, 0, values, 0, values.length);
        return values;
    }

    /** The formula in double precision, step by step. */
    @Test
    void followsTheFormula() {
        double beta = 0.7;
        ParameterVector theta = zeros(Team.single());
        UpdateRule rule = new Muon(beta, VECTORS).create(theta);
        ParameterVector m = zeros(Team.single());
        double[][] expected = new double[4][];
        for (int i = 0; i < 4; i++) {
            expected[i] = new double[SPACE.tensor(i).size()];
        }
        for (int t = 0; t < 4; t++) {
            rule.apply(theta, estimate(t), RATE);
            m.update(beta, estimate(t), 1);
            for (int i = 0; i < 4; i++) {
                float[] g = tensor(m, i);
                double[] step =
                        i % 2 == 1 ? newtonSchulz(g, SPACE.tensor(i).shape().get(0)) : null;
                for (int j = 0; j < g.length; j++) {
                    expected[i][j] -= step != null ? RATE * step[j] : RATE * VECTORS * g[j];
                }
            }
        }
        for (int i = 0; i < 4; i++) {
            float[] found = tensor(theta, i);
            for (int j = 0; j < found.length; j++) {
                assertThat((double) found[j]).isCloseTo(expected[i][j], within(1e-6));
            }
        }
    }

    /** Of the whole matrix, the larger product whatever its shape: aX + (bXXᵀ + c(XXᵀ)²)X. */
    private static double[] newtonSchulz(float[] m, int rows) {
        int n = m.length / rows;
        double norm = 0;
        for (float value : m) {
            norm += (double) value * value;
        }
        double[] x = new double[m.length];
        for (int i = 0; i < x.length; i++) {
            x[i] = m[i] / Math.sqrt(norm);
        }
        for (int times = 0; times < 5; times++) {
            double[] once = gramTimes(x, x, rows, n);
            double[] twice = gramTimes(x, once, rows, n);
            for (int i = 0; i < x.length; i++) {
                x[i] = 3.4445 * x[i] - 4.775 * once[i] + 2.0315 * twice[i];
            }
        }
        return x;
    }

    /** XXᵀY. */
    private static double[] gramTimes(double[] x, double[] y, int rows, int n) {
        double[] out = new double[y.length];
        for (int i = 0; i < rows; i++) {
            for (int k = 0; k < rows; k++) {
                double a = 0;
                for (int j = 0; j < n; j++) {
                    a += x[i * n + j] * x[k * n + j];
                }
                for (int j = 0; j < n; j++) {
                    out[i * n + j] += a * y[k * n + j];
                }
            }
        }
        return out;
    }

    /** A step along ĝ lowers a linear loss by the sum of ĝ's singular values, which lies between its norm and √rank of that. */
    @Test
    void singularValuesCountAlike() {
        for (int i : new int[] {1, 3}) {
            ParameterVector g = zeros(Team.single());
            g.move(estimate(0), 1);
            int rank = Math.min(
                    SPACE.tensor(i).shape().get(0), SPACE.tensor(i).shape().get(1));
            float[] m = tensor(g, i);
            float[] x = NewtonSchulz.orthogonal(m, SPACE.tensor(i).shape().get(0), Team.single());
            double along = 0;
            double square = 0;
            double norm = 0;
            for (int j = 0; j < m.length; j++) {
                along += (double) x[j] * m[j];
                square += (double) x[j] * x[j];
                norm += (double) m[j] * m[j];
            }
            assertThat(square).isBetween(0.49 * rank, 1.44 * rank);
            assertThat(along).isBetween(0.7 * Math.sqrt(norm), 1.2 * Math.sqrt(rank * norm));
        }
    }

    /** What the paper does to the factor that it draws is what this does to the matrix: its step stays in the subspace. */
    @Test
    void stepsStayInASubspace() {
        ParameterVector theta = zeros(Team.single());
        LowRank law = LowRank.subspace(new NoiseKey(5, 0, 0), 3);
        new Muon(0, 0).create(theta).apply(theta, Direction.noise(new NoiseKey(5, 1, 0), law), 1);
        float[] x = tensor(theta, 1);
        double square = 0;
        for (float value : x) {
            square += (double) value * value;
        }
        assertThat(square).isBetween(0.3 * 3, 1.44 * 3); // three singular values
        assertThat(tensor(theta, 0)).containsOnly(0);
    }

    @Test
    void aScaleOfTheEstimatesCancelsAndNothingMovesNothing() {
        ParameterVector one = zeros(Team.single());
        ParameterVector other = zeros(Team.single());
        UpdateRule first = new Muon(0.9, 0).create(one);
        UpdateRule second = new Muon(0.9, 0).create(other);
        first.apply(one, Direction.ZERO, RATE);
        second.apply(other, Direction.ZERO, RATE);
        assertThat(one.fingerprint()).isEqualTo(zeros(Team.single()).fingerprint());
        for (int t = 0; t < 3; t++) {
            first.apply(one, estimate(t), RATE);
            second.apply(other, estimate(t).times(4096), RATE);
        }
        assertThat(one.fingerprint()).isEqualTo(other.fingerprint());
        assertThat(Fold.norm(one, Direction.of(one))).isPositive();
    }

    @Test
    void bitsAreEqualForAnyNumberOfThreads() {
        Set<Long> prints = new HashSet<>();
        for (int threads : new int[] {1, 2, 5}) {
            ParameterVector theta = zeros(threads == 1 ? Team.single() : new Team(threads, () -> {}));
            UpdateRule rule = new Muon(0.9, VECTORS).create(theta);
            for (int t = 0; t < 3; t++) {
                rule.apply(theta, estimate(t), RATE);
            }
            prints.add(theta.fingerprint());
        }
        assertThat(prints).hasSize(1);
    }

    @Test
    void settingsAreChecked() {
        assertThatThrownBy(() -> new Muon(1, -1))
                .hasMessageContaining("beta of Muon is not in [0, 1): 1.0")
                .hasMessageContaining("vectors of Muon is not zero or positive and finite: -1.0");
    }
}
