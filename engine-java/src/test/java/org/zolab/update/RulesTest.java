package org.zolab.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.zolab.probe.CountingOracle;
import org.zolab.probe.LossOracle;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Storage;
import org.zolab.space.Team;
import org.zolab.space.Weighting;

/** Each rule against its formula in double precision, element by element. */
class RulesTest {

    /** One for all, since its threads stay: thousands of them were more than two test runs at a time have room for. */
    private static final Team TEAM = new Team(2, () -> {});

    private static final ParameterSpace SPACE = ParameterSpace.builder()
            .add("w", List.of(30, 50))
            .add("w.bias", List.of(33))
            .add("final_layer_norm.weight", List.of(7))
            .build();
    private static final int D = (int) SPACE.dimension();

    private static ParameterVector start() {
        ParameterVector theta = new ParameterVector(SPACE, Storage.heap(SPACE, TEAM));
        theta.move(Direction.noise(new NoiseKey(1, 0, 0), Law.GAUSSIAN), 1);
        return theta;
    }

    private static Direction gradient(int step) {
        return Direction.noise(new NoiseKey(3, step, 0), Law.GAUSSIAN).times(0.1 * (step + 1));
    }

    private static float[] values(Direction z) {
        return start().zeros().along(z, 1).coordinates();
    }

    @FunctionalInterface
    private interface Formula {
        void step(int t, double[] x, float[] g);
    }

    private static void follows(RuleConfig rule, double tolerance, Formula formula) {
        ParameterVector theta = start();
        UpdateRule moves = rule.create(theta);
        double[] x = IntStream.range(0, D)
                .mapToDouble(i -> start().here().coordinates()[i])
                .toArray();
        for (int t = 0; t < 12; t++) {
            moves.apply(theta, gradient(t), 0.01);
            formula.step(t, x, values(gradient(t)));
        }
        float[] found = theta.here().coordinates();
        for (int i = 0; i < D; i++) {
            assertThat((double) found[i]).isCloseTo(x[i], within(tolerance));
        }
    }

    @Test
    void momentum() {
        double[] m = new double[D];
        follows(new Momentum(0.8), 1e-5, (t, x, g) -> {
            for (int i = 0; i < D; i++) {
                m[i] = 0.8 * m[i] + g[i];
                x[i] -= 0.01 * m[i];
            }
        });
    }

    @Test
    void adaMM() {
        double[] m = new double[D];
        double[] w = new double[D];
        double[] largest = new double[D];
        follows(new AdaMM(0.9, 0.99, 1e-10), 1e-5, (t, x, g) -> {
            for (int i = 0; i < D; i++) {
                m[i] = 0.9 * m[i] + 0.1 * g[i];
                w[i] = 0.99 * w[i] + 0.01 * g[i] * g[i];
                largest[i] = Math.max(largest[i], w[i]);
                x[i] -= 0.01 * m[i] / (Math.sqrt(largest[i]) + 1e-10);
            }
        });
    }

    /** Of the last three estimates, with weights that add up to 1; as long as there are no more, it is Adam. */
    @Test
    void truncatedAdam() {
        List<float[]> last = new java.util.ArrayList<>();
        follows(new TruncatedAdam(0.7, 0.9, 3, 1e-8), 1e-5, (t, x, g) -> {
            last.add(0, g);
            int h = Math.min(3, last.size());
            for (int i = 0; i < D; i++) {
                double m = 0;
                double v = 0;
                double first = 0;
                double second = 0;
                for (int k = 0; k < h; k++) {
                    m += Math.pow(0.7, k) * last.get(k)[i];
                    v += Math.pow(0.9, k) * last.get(k)[i] * last.get(k)[i];
                    first += Math.pow(0.7, k);
                    second += Math.pow(0.9, k);
                }
                x[i] -= 0.01 * m / first / (Math.sqrt(v / second) + 1e-8);
            }
        });
        ParameterVector one = start();
        ParameterVector other = start();
        UpdateRule truncated = new TruncatedAdam(0.9, 0.99, 5, 1e-8).create(one);
        UpdateRule whole = new Adam(0.9, 0.99, 1e-8).create(other);
        for (int t = 0; t < 5; t++) {
            truncated.apply(one, gradient(t), 0.01);
            whole.apply(other, gradient(t), 0.01);
        }
        assertThat(Fold.norm(one, Direction.of(one).minus(Direction.of(other)))).isCloseTo(0, within(1e-5));
    }

    @Test
    void truncatedAdamHasEqualBitsForAnyNumberOfThreads() {
        long[] prints = new long[3];
        int[] threads = {1, 2, 7};
        ParameterSpace space = ParameterSpace.builder()
                .add("w", List.of(90, 1000))
                .add("b", List.of(33))
                .build();
        for (int i = 0; i < 3; i++) {
            Team team = threads[i] == 1 ? Team.single() : new Team(threads[i], () -> {});
            ParameterVector theta = new ParameterVector(space, Storage.heap(space, team));
            UpdateRule rule = new TruncatedAdam(0.7, 0.9, 3, 1e-8).create(theta);
            for (int t = 0; t < 5; t++) {
                rule.apply(theta, gradient(t), 0.01);
            }
            prints[i] = theta.fingerprint();
        }
        assertThat(prints).containsOnly(prints[0]);
    }

    @Test
    void truncatedAdamRefusesWhatHasMoved() {
        ParameterVector theta = start();
        UpdateRule rule = new TruncatedAdam(0.7, 0.9, 3, 1e-8).create(theta);
        rule.apply(theta, gradient(0).plus(Direction.of(theta)), 0.01);
        assertThatThrownBy(() -> rule.apply(theta, gradient(1), 0.01))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("write it again");
        assertThat(theta.version()).isEqualTo(2);
    }

    /** A scale of the estimates cancels, and a step is about η a coordinate. */
    @Test
    void adaptiveRate() {
        double[] v = {0};
        follows(new AdaptiveRate(0.9), 1e-5, (t, x, g) -> {
            double square = 0;
            for (float value : g) {
                square += (double) value * value / D;
            }
            v[0] = 0.9 * v[0] + 0.1 * square;
            double rate = 0.01 / Math.sqrt(v[0] / (1 - Math.pow(0.9, t + 1)));
            for (int i = 0; i < D; i++) {
                x[i] -= rate * g[i];
            }
        });
        ParameterVector one = start();
        ParameterVector other = start();
        UpdateRule first = new AdaptiveRate(0.9).create(one);
        UpdateRule second = new AdaptiveRate(0.9).create(other);
        first.apply(one, Direction.ZERO, 0.01); // equal losses: nothing to divide by
        second.apply(other, Direction.ZERO, 0.01);
        for (int t = 0; t < 3; t++) {
            first.apply(one, gradient(t), 0.01);
            second.apply(other, gradient(t).times(4096), 0.01);
        }
        assertThat(one.fingerprint()).isEqualTo(other.fingerprint()).isNotEqualTo(start().fingerprint());
    }

    @Test
    void sign() {
        follows(new Sign(0), 1e-6, (t, x, g) -> {
            for (int i = 0; i < D; i++) {
                x[i] -= 0.01 * Math.signum(g[i]);
            }
        });
    }

    /** Where ĝ does not lead, the running mean stays and goes on to move θ. */
    @Test
    void signOfARunningMean() {
        ParameterVector theta = start();
        float[] before = theta.here().coordinates();
        UpdateRule rule = new Sign(0.9).create(theta);
        Weighting first = Weighting.of(SPACE, i -> SPACE.tensor(i).name().equals("w") ? 1 : 0);
        Weighting second = Weighting.of(SPACE, i -> SPACE.tensor(i).name().equals("w.bias") ? 1 : 0);
        rule.apply(theta, gradient(0).times(first), 0.01);
        rule.apply(theta, gradient(1).times(second), 0.01);
        float[] after = theta.here().coordinates();
        float[] g = values(gradient(0));
        float[] h = values(gradient(1));
        for (int i = 0; i < D; i++) {
            double moved = i < 1500 ? -0.02 * Math.signum(g[i]) : i < 1533 ? -0.01 * Math.signum(h[i]) : 0;
            assertThat((double) after[i] - before[i]).isCloseTo(moved, within(1e-6));
        }
    }

    private static final LossOracle BOWL = points -> points.stream()
            .mapToDouble(point -> {
                double sum = 0;
                for (float x : point.coordinates()) {
                    sum += 0.5 * x * x;
                }
                return sum;
            })
            .toArray();

    /** On ½‖x‖², whose gradient is x: against it, along it where its sign is wrong, and not at all where both are uphill. */
    @Test
    void conservativeStepsGoWhereTheLossIsLowest() {
        for (RuleConfig config : List.of(new Conservative(), new Decayed(new Conservative(), 0))) {
            ParameterVector theta = start();
            Direction x = Direction.of(start());
            UpdateRule rule = config.create(theta);
            CountingOracle f = new CountingOracle(BOWL);
            rule.apply(f, theta, Direction.of(theta), 0.25);
            assertThat(Fold.norm(theta, Direction.of(theta).minus(x.times(0.75))))
                    .isCloseTo(0, within(1e-5));
            rule.apply(f, theta, Direction.of(theta).times(-1), 0.25);
            assertThat(Fold.norm(theta, Direction.of(theta).minus(x.times(0.75 * 0.75))))
                    .isCloseTo(0, within(1e-5));
            long there = theta.fingerprint();
            rule.apply(f, theta, Direction.of(theta), 2.5); // to −1.5x or 3.5x
            rule.apply(f, theta, Direction.ZERO, 0.1); // the first of equals
            assertThat(theta.fingerprint()).isEqualTo(there);
            assertThat(theta.version()).isEqualTo(start().version() + 2);
            assertThat(f.losses()).hasSize(4 * config.forwards()).hasSize(12);
            assertThatThrownBy(() -> rule.apply(theta, Direction.of(theta), 0.1))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("a conservative step compares losses, and is given none");
        }
    }

    @Test
    void decayLeavesBiasesAndNormsAlone() {
        follows(new Decayed(new Sgd(), 0.5), 1e-5, (t, x, g) -> {
            for (int i = 0; i < D; i++) {
                x[i] -= 0.01 * (g[i] + (i < 1500 ? 0.5 * x[i] : 0));
            }
        });
    }

    @Test
    void ofMomentumDecayAddsUpAsTheEstimatesDo() {
        double[] m = new double[D];
        follows(new Decayed(new Momentum(0.8), 0.5), 1e-5, (t, x, g) -> {
            for (int i = 0; i < D; i++) {
                m[i] = 0.8 * m[i] + g[i] + (i < 1500 ? 0.5 * x[i] : 0);
                x[i] -= 0.01 * m[i];
            }
        });
    }

    /** Beside rules that are not linear in ĝ: they see ĝ alone. */
    @Test
    void ofOtherRulesDecayIsDecoupled() {
        double[] m = new double[D];
        double[] v = new double[D];
        follows(new Decayed(new Adam(0.9, 0.99, 1e-8), 0.5), 1e-5, (t, x, g) -> {
            for (int i = 0; i < D; i++) {
                m[i] = 0.9 * m[i] + 0.1 * g[i];
                v[i] = 0.99 * v[i] + 0.01 * g[i] * g[i];
                double first = m[i] / (1 - Math.pow(0.9, t + 1));
                double second = v[i] / (1 - Math.pow(0.99, t + 1));
                x[i] -= 0.01 * ((i < 1500 ? 0.5 * x[i] : 0) + first / (Math.sqrt(second) + 1e-8));
            }
        });
    }

    /** Where ĝ does not lead, a weight shrinks by the share η·wd under every rule, as under SGD, and by no step of η. */
    @Test
    void decayIsNoStepWhereTheEstimateDoesNotLead() {
        Weighting bias = Weighting.of(SPACE, i -> SPACE.tensor(i).name().equals("w.bias") ? 1 : 0);
        List<RuleConfig> rules = List.of(
                new Sgd(),
                new Sign(0),
                new Sign(0.9),
                new Adam(0.9, 0.99, 1e-8),
                new AdaMM(0.9, 0.99, 1e-10),
                new TruncatedAdam(0.7, 0.9, 3, 1e-8),
                new AdaptiveRate(0.9));
        for (RuleConfig rule : rules) {
            ParameterVector theta = start();
            float[] before = theta.here().coordinates();
            UpdateRule moves = new Decayed(rule, 0.02).create(theta);
            for (int t = 0; t < 5; t++) {
                moves.apply(theta, gradient(t).times(bias), 0.1);
            }
            float[] after = theta.here().coordinates();
            for (int i = 0; i < 1500; i++) {
                assertThat((double) after[i])
                        .as(rule.toString())
                        .isCloseTo(before[i] * Math.pow(1 - 0.1 * 0.02, 5), within(2e-6));
            }
        }
        assertThat(new Decayed(new Sgd(), 0.1)).hasToString("sgd, weight decay 0.1");
        for (RuleConfig rule :
                List.of(new Sgd(), new Sign(0), new TruncatedAdam(0.9, 0.99, 3, 1e-8), new Muon(0.9, 1))) {
            RuleConfig decayed = new Decayed(rule, 0.1);
            assertThat(decayed.linear()).isEqualTo(rule.linear());
            assertThat(decayed.remembers()).isEqualTo(rule.remembers());
            assertThat(decayed.bytes(SPACE)).isEqualTo(rule.bytes(SPACE));
        }
        assertThat(new Decayed(new Sign(0), 0.1)).hasToString("sign, decoupled weight decay 0.1");
    }

    @Test
    void settingsAreChecked() {
        assertThatThrownBy(() -> new Momentum(1)).hasMessage("beta of the momentum is not in [0, 1): 1.0");
        assertThatThrownBy(() -> new Sign(Double.NaN)).hasMessage("beta of the sign is not in [0, 1): NaN");
        assertThatThrownBy(() -> new TruncatedAdam(-1, 1, 0, 0))
                .hasMessageContaining("beta1 is not in [0, 1): -1.0")
                .hasMessageContaining("beta2 is not in [0, 1): 1.0")
                .hasMessageContaining("horizon is not strictly positive: 0")
                .hasMessageContaining("epsilon of the truncated Adam is not strictly positive: 0.0");
        assertThatThrownBy(() -> new AdaptiveRate(1)).hasMessage("beta of the adaptive rate is not in [0, 1): 1.0");
        assertThatThrownBy(() -> new AdaMM(0.9, 2, -1))
                .hasMessageContaining("beta2 is not in [0, 1): 2.0")
                .hasMessageContaining("delta of AdaMM is not strictly positive: -1.0");
        assertThatThrownBy(() -> new Decayed(new Sgd(), -1))
                .hasMessage("weightDecay is not zero or positive and finite: -1.0");
    }

    /** Means of three losses, 4, 4, 2, 10/3, 5/3, 7: the second, fourth and sixth are not below those before. */
    @Test
    void aPlateauFollowsTheLosses() {
        Falling plateau = new Falling(Falling.Shape.PLATEAU, 0.2, 2, 3);
        LearningRate rate = plateau.of(8, 100);
        double[] losses = {5, 4, 3, 4, 4, 4, 1, 2, 3, 9, 1, 0, 2, 2, 1, 7, 7, 7};
        double[] expected = {4, 8, 8, 8, 8, 8, 4, 4, 4, 4, 4, 4, 2, 2, 2, 2, 2, 2, 1.6};
        for (int t = 0; t < losses.length; t++) {
            assertThat(rate.applyAsDouble(t)).isEqualTo(expected[t]);
            rate.observe(losses[t]);
        }
        assertThat(rate.applyAsDouble(losses.length)).isEqualTo(1.6);
        assertThat(plateau.of(8, 100).applyAsDouble(50)).isEqualTo(8); // of one run alone
        assertThat(plateau).hasToString("plateau to 0.2 by means of 3, warm-up 2");
        assertThatThrownBy(() -> new Falling(Falling.Shape.PLATEAU, 0, 0, 0))
                .hasMessage("window of the schedule is not strictly positive: 0");
    }

    @Test
    void schedules() {
        Falling cosine = new Falling(Falling.Shape.COSINE, 0.1, 0);
        assertThat(cosine.at(0, 100)).isEqualTo(1);
        assertThat(cosine.at(50, 100)).isCloseTo(0.55, within(1e-12));
        assertThat(cosine.at(100, 100)).isCloseTo(0.1, within(1e-12));
        Falling linear = new Falling(Falling.Shape.LINEAR, 0, 10);
        assertThat(linear.at(0, 110)).isCloseTo(0.1, within(1e-12));
        assertThat(linear.at(9, 110)).isEqualTo(1);
        assertThat(linear.at(60, 110)).isCloseTo(0.5, within(1e-12));
        assertThat(new Falling(Falling.Shape.CONSTANT, 1, 0).at(77, 100)).isEqualTo(1);
        assertThatThrownBy(() -> new Falling(Falling.Shape.COSINE, 2, -1))
                .hasMessageContaining("floor of the schedule is not in [0, 1]: 2.0")
                .hasMessageContaining("warmUp of the schedule is negative: -1");
    }
}
