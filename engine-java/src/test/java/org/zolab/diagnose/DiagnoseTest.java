package org.zolab.diagnose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.zolab.probe.DifferentiableOracle;
import org.zolab.probe.LossOracle;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.Lanes;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Pass;
import org.zolab.space.Point;
import org.zolab.space.Precision;
import org.zolab.space.Storage;
import org.zolab.space.Team;
import org.zolab.space.Weighting;

/** Measurements where the answer is known: f = ½Σ aᵢxᵢ² with aᵢ = 1 + i mod 4, in two tensors. */
class DiagnoseTest {

    private static final ParameterSpace SPACE = ParameterSpace.builder()
            .add("layers.0.w", List.of(4, 8))
            .add("layers.1.w", List.of(16))
            .build();
    private static final int D = 48;

    private static final class Quadratic implements DifferentiableOracle {
        private final double noise;
        private final Random random = new Random(6);

        Quadratic(double noise) {
            this.noise = noise;
        }

        @Override
        public double[] at(List<Point> points) {
            return points.stream().mapToDouble(this::value).toArray();
        }

        private double value(Point point) {
            float[] x = point.coordinates();
            double sum = noise * random.nextGaussian();
            for (int i = 0; i < D; i++) {
                sum += (1 + i % 4) * (double) x[i] * x[i] / 2;
            }
            return sum;
        }

        @Override
        public double gradient(Point point, ParameterVector gradient) {
            float[] x = point.coordinates();
            gradient.set((tensor, values) -> {
                for (int i = 0; i < tensor.size(); i++) {
                    int at = (int) tensor.offset() + i;
                    values.put(i, (1 + at % 4) * x[at]);
                }
            });
            return value(point);
        }
    }

    private final Quadratic f = new Quadratic(0);
    private final ParameterVector theta = new ParameterVector(SPACE, Storage.heap(SPACE, Team.single()));
    private final ParameterVector gradient = theta.zeros();
    private final Alignment alignment = new Alignment(gradient);

    DiagnoseTest() {
        theta.move(noise(99), 1);
        f.gradient(theta.here(), gradient);
    }

    private static Direction noise(int draw) {
        return Direction.noise(new NoiseKey(3, 1, draw), Law.GAUSSIAN);
    }

    @Test
    void anEstimateAlongTheGradientIsAligned() {
        assertThat(alignment.cosine(Direction.of(gradient).times(3))).isCloseTo(1, within(1e-6));
        assertThat(alignment.cosine(Direction.of(gradient).times(-1))).isCloseTo(-1, within(1e-6));
        Direction across = noise(1).minus(Direction.of(gradient)
                .times(Fold.product(theta, noise(1), Direction.of(gradient))
                        / Fold.product(theta, Direction.of(gradient), Direction.of(gradient))));
        assertThat(alignment.cosine(across)).isCloseTo(0, within(1e-6));
    }

    /** 1 without a mean; d with a mean along the gradient and no noise; half of both between. */
    @Test
    void aMeanAlongTheGradientSeesMoreOfIt() {
        ParameterVector mean = theta.zeros();
        assertThat(alignment.ofGaussian(mean, 0.5, Weighting.ONE)).isCloseTo(1, within(1e-12));
        double norm = Fold.norm(theta, Direction.of(gradient));
        mean.move(Direction.of(gradient), -1 / norm);
        assertThat(alignment.ofGaussian(mean, 1e-9, Weighting.ONE)).isCloseTo(D, within(1e-5));
        assertThat(alignment.ofGaussian(mean, 1, Weighting.ONE)).isCloseTo(D * 2.0 / (1 + D), within(1e-5));
        assertThat(alignment.downhill(mean)).isCloseTo(1, within(1e-6));
        assertThat(Alignment.length(mean, 2, Weighting.ONE)).isCloseTo(1 / (2 * Math.sqrt(D)), within(1e-6));
    }

    @Test
    void scalesAreWorthTheEnergyTheyPutWhereTheGradientIs() {
        double[] squares = Fold.products(theta, Direction.of(gradient), Direction.of(gradient));
        assertThat(alignment.ofScales(new double[] {2, 2}, Weighting.ONE)).isCloseTo(1, within(1e-12));
        assertThat(alignment.ofScales(new double[] {0, 3}, Weighting.ONE))
                .isCloseTo(D / 16.0 * squares[1] / (squares[0] + squares[1]), within(1e-12));
        assertThatThrownBy(() -> alignment.ofScales(new double[3], Weighting.ONE))
                .hasMessage("sigma is not one number for each of the 2 tensors: 3");
        Map<String, Double> shares = alignment.shares(Direction.of(gradient), tensor -> "layer " + tensor.layer());
        assertThat(shares).containsOnlyKeys("layer 0", "layer 1");
        assertThat(shares.get("layer 1")).isCloseTo(squares[1] / (squares[0] + squares[1]), within(1e-12));
    }

    /** Beside the mean of cos² of 20,000 draws, whose expectations above and below the fraction differ from it by about 1/d. */
    @Test
    void drawsThatAreConfinedAreToldAsTheyAre() {
        BitSet some = new BitSet();
        some.set(3, 30);
        Weighting tensor = Weighting.of(SPACE, i -> i);
        Weighting elements = Weighting.elements(some, new BitSet());
        ParameterVector mean = theta.zeros();
        mean.move(noise(7), 0.5);
        mean.move(Direction.of(gradient), -0.2);
        double[] sigma = {2, 0.5};
        for (Weighting support : List.of(tensor, elements, Weighting.ONE)) {
            Direction mu = Direction.of(mean).times(support);
            Weighting scales = Weighting.of(SPACE, i -> sigma[i]);
            double gaussian = 0;
            double scaled = 0;
            int n = 20_000;
            for (int i = 0; i < n; i++) {
                Direction u = noise(1000 + i).times(support);
                gaussian += Math.pow(alignment.cosine(mu.plus(u.times(0.3))), 2) * D / n;
                scaled += Math.pow(alignment.cosine(u.times(scales)), 2) * D / n;
            }
            double toldGaussian = alignment.ofGaussian(mean, 0.3, support);
            double toldScaled = alignment.ofScales(sigma, support);
            assertThat(toldGaussian).isCloseTo(gaussian, within(0.05 * gaussian));
            assertThat(toldScaled).isCloseTo(scaled, within(0.1 * scaled));
        }
        double length = Fold.norm(theta, Direction.of(mean).times(elements));
        assertThat(Alignment.length(mean, 2, elements)).isCloseTo(length / (2 * Math.sqrt(27)), within(1e-9));
    }

    @Test
    void onAQuadraticAMeasuredSlopeIsExact() {
        SlopeCheck check = SlopeCheck.of(f, theta, noise(2), 1e-2);
        assertThat(check.exact()).isCloseTo(Fold.product(theta, Direction.of(gradient), noise(2)), within(1e-12));
        assertThat(check.error()).isCloseTo(0, within(1e-4));
    }

    /** Of independent errors of 1e-3 the estimate from six differences is within a factor of three; without any it is rounding's. */
    @Test
    void theNoiseOfALossIsFound() {
        Quadratic noisy = new Quadratic(1e-3);
        double mean = 0;
        for (int i = 0; i < 20; i++) {
            SignalToNoise measured = SignalToNoise.of(noisy, theta, noise(i), 0.01);
            assertThat(measured.noise()).isBetween(Math.sqrt(2) * 2e-4, Math.sqrt(2) * 3e-3);
            assertThat(measured.ratio()).isEqualTo(measured.signal() / measured.noise());
            mean += measured.noise() / Math.sqrt(2) / 20;
        }
        assertThat(mean).isBetween(0.7e-3, 1.3e-3);
        assertThat(SignalToNoise.of(f, theta, noise(0), 0.01).noise()).isLessThan(1e-5);
    }

    /** A sum of absolute values, whose kinks lie closer than a large ε is long, rounds no more far away than near. */
    @Test
    void kinksAreNoNoise() {
        int d = theta.space().tensor(0).size();
        LossOracle kinked = points -> points.stream()
                .mapToDouble(point -> {
                    float[] x = new float[d];
                    Pass.of(List.of(point)).write(0, 0, d, new Lanes[] {Lanes.of(FloatBuffer.wrap(x))}, 0);
                    double sum = 0;
                    for (int i = 0; i < d; i++) {
                        sum += Math.abs(x[i] - Math.sin(i));
                    }
                    return (float) sum;
                })
                .toArray();
        double near = 0;
        double far = 0;
        for (int i = 0; i < 20; i++) {
            near += SignalToNoise.of(kinked, theta, noise(i), 1e-3).noise();
            far += SignalToNoise.of(kinked, theta, noise(i), 0.3).noise();
        }
        assertThat(far).isLessThan(3 * near);
    }

    @Test
    void evaluationsDoNotDriftAndTinyStepsAreLost() {
        assertThat(Movement.drift(theta, () -> f.at(List.of(theta.along(noise(1), 1), theta.along(noise(1), -1)))))
                .isZero();
        assertThat(Movement.retained(theta, noise(1).times(0.1))).isCloseTo(1, within(1e-6));
        assertThat(Movement.retained(theta, noise(1).times(1e-8))).isBetween(0.1, 0.9);
        assertThat(Movement.retained(theta, noise(1).times(1e-12))).isZero();
        assertThat(Movement.retained(theta, Direction.ZERO)).isEqualTo(1);
        double before = Fold.norm(theta, Direction.of(theta));
        double step = Fold.norm(theta, noise(1));
        assertThat(Movement.drift(theta, () -> theta.move(noise(1), 0.1))).isCloseTo(0.1 * step / before, within(1e-6));
    }

    /** In bf16 a weight near 0.02 has steps of 1.2e-4, and moves of 1e-6 change one weight in a hundred, by as much as all lack. */
    @Test
    void inBf16SmallStepsSurviveOnAverage() {
        ParameterSpace million = ParameterSpace.flat(1_000_000);
        ParameterVector half =
                new ParameterVector(million, Storage.heap(million, Team.single(), tensor -> Precision.BF16));
        half.move(noise(3), 0.02);
        assertThat(Movement.retained(half, noise(4).times(1e-6))).isCloseTo(1, within(0.05));
    }
}
