package org.zolab.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.zolab.estimator.BestOf;
import org.zolab.probe.CountingOracle;
import org.zolab.probe.LossOracle;
import org.zolab.probe.Probe;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Precision;
import org.zolab.space.Storage;
import org.zolab.space.Team;
import org.zolab.train.ZerothOrder;
import org.zolab.update.Sgd;
import org.zolab.update.UpdateRule;

class LearnedMeanTest extends DirectionSamplerContract {

    @Override
    SamplerConfig config() {
        return new LearnedMean.Config(1e-2, 1, LearnedMean.Form.SCALE_FREE, DirectionLaw.GAUSSIAN);
    }

    /** A linear loss ⟨g, x⟩ with g a noise vector, scaled. */
    private static LossOracle linear(Direction g, ParameterVector theta, double scale) {
        float[] gradient = theta.zeros().along(g, 1).coordinates();
        return points -> points.stream()
                .mapToDouble(point -> {
                    float[] x = point.coordinates();
                    double sum = 0;
                    for (int i = 0; i < x.length; i++) {
                        sum += (double) x[i] * gradient[i];
                    }
                    return scale * sum;
                })
                .toArray();
    }

    /** cos(μ, −∇f) = √(T(K−1)/(d + T(K−1))) after T steps, algorithms known to fail give 0.00 or 0.12. */
    @ParameterizedTest
    @CsvSource({"PAPER, 1, 1e-2, 1", "SCALE_FREE, 1, 1e-2, 1", "SCALE_FREE, 0.5, 1e-2, 1e4", "SCALE_FREE, 1, 1e-3, 1e-5"
    })
    void learnsAtTheLawsRate(LearnedMean.Form form, double sigma, double rate, double scale) {
        int d = 2000;
        int t = 2000;
        int k = 5;
        ParameterSpace space = ParameterSpace.builder()
                .add("one", List.of(25, 40))
                .add("two", List.of(25, 40))
                .build();
        ParameterVector theta = new ParameterVector(space, Storage.heap(space, Team.single()));
        Direction g = Direction.noise(new NoiseKey(99, 0, 0), Law.GAUSSIAN);
        LearnedMean sampler =
                (LearnedMean) new LearnedMean.Config(rate, sigma, form, DirectionLaw.GAUSSIAN).create(theta);
        ZerothOrder ldsd = new ZerothOrder(sampler, new BestOf(k, 1e-3), frozen(), step -> 1, 42);
        LossOracle f = linear(g, theta, scale);
        for (int step = 0; step < t; step++) {
            ldsd.step(step, f, theta);
        }
        Direction mu = Direction.of(sampler.mean());
        double cosine = -Fold.product(theta, mu, g) / Fold.norm(theta, mu) / Fold.norm(theta, g);
        assertThat(cosine).isCloseTo(Math.sqrt(t * (k - 1.0) / (d + t * (k - 1.0))), within(0.01));
        if (form == LearnedMean.Form.SCALE_FREE) { // γσ a step along −∇f/‖∇f‖
            double along = -Fold.product(theta, mu, g) / Fold.norm(theta, g);
            assertThat(along / (t * rate * sigma)).isCloseTo(1, within(0.05));
        }
    }

    /** μ in bf16 learns as well: each move is rounded without bias. */
    @Test
    void learnsAtTheLawsRateInBf16() {
        double law = Math.sqrt(2000 * 4.0 / (2000 + 2000 * 4.0));
        assertThat(cosine(bf16(), 42, 2000, 2000)).isCloseTo(law, within(0.02));
        assertThat(cosine(bf16(), 42, 2000, 50)).isEqualTo(cosine(bf16(), 42, 2000, 50));
    }

    private static LearnedMean.Config bf16() {
        return new LearnedMean.Config(
                1e-2, 1, LearnedMean.Form.SCALE_FREE, DirectionLaw.GAUSSIAN, 0, MeanStart.ZERO, false, Precision.BF16);
    }

    /** The bits that a mean in single precision had before there was another. */
    @Test
    void singlePrecisionIsWhatItWas() {
        ParameterVector one = theta.zeros();
        LearnedMean sampler = (LearnedMean) config().create(one);
        LossOracle f = linear(Direction.noise(new NoiseKey(1, 0, 0), Law.GAUSSIAN), one, 1);
        ZerothOrder ldsd = new ZerothOrder(sampler, new BestOf(4, 1e-3), new Sgd().create(one), t -> 1e-2, 7);
        for (int t = 0; t < 20; t++) {
            ldsd.step(t, f, one);
        }
        assertThat(sampler.mean().fingerprint()).isEqualTo(-3436773388291519985L);
        assertThat(sampler.mean().storage().lanes(0).precision()).isEqualTo(Precision.FP32);
    }

    private static double cosine(LearnedMean.Config config, long seed, int d, int steps) {
        return cosine(config, seed, d, steps, 8);
    }

    private static double cosine(LearnedMean.Config config, long seed, int d, int steps, int count) {
        ParameterSpace.Builder tensors = ParameterSpace.builder();
        for (int i = 0; i < count; i++) {
            tensors.add("t" + i, List.of(d / count));
        }
        ParameterSpace space = tensors.build();
        ParameterVector theta = new ParameterVector(space, Storage.heap(space, Team.single()));
        Direction g = Direction.noise(new NoiseKey(99, 0, 0), Law.GAUSSIAN);
        LearnedMean sampler = (LearnedMean) config.create(theta);
        ZerothOrder ldsd =
                new ZerothOrder(sampler, new BestOf(5, config.asPublished(), 1e-3), frozen(), step -> 1, seed);
        LossOracle f = linear(g, theta, 1);
        for (int step = 0; step < steps; step++) {
            ldsd.step(step, f, theta);
        }
        Direction mu = Direction.of(sampler.mean());
        return -Fold.product(theta, mu, g) / Fold.norm(theta, mu) / Fold.norm(theta, g);
    }

    /** The published update draws noise that was never measured: its mean turns nowhere, where the formula's reaches 0.894. */
    @Test
    void asPublishedItDoesNotLearn() {
        LearnedMean.Config published =
                new LearnedMean.Config(1e-2, 1, LearnedMean.Form.PAPER, DirectionLaw.GAUSSIAN, 0, MeanStart.ZERO, true);
        // in one tensor the stream reads on furthest, and must not come to the candidates beside the best one
        for (int tensors : new int[] {1, 8}) {
            double mean = LongStream.range(0, 8)
                    .mapToDouble(seed -> cosine(published, seed, 2000, 2000, tensors))
                    .average()
                    .orElseThrow();
            assertThat(mean).as("%d tensors", tensors).isCloseTo(0, within(0.03)); // of deviation 0.008
        }
    }

    /** In a share of the tensors a step, the mean learns there and only there, and in the end everywhere. */
    @Test
    void learnsInTheTensorsOfAStep() {
        LearnedMean.Config some = new LearnedMean.Config(
                1e-2, 1, LearnedMean.Form.SCALE_FREE, new SomeTensors(0.25, DirectionLaw.GAUSSIAN));
        int d = 2000;
        // each tensor is drawn in a quarter of the steps, and then its part competes with the noise of two
        assertThat(cosine(some, 1, d, 8000)).isGreaterThan(0.85);
        DirectionSampler sampler = some.create(theta);
        sampler.propose(3, theta, new NoiseKey(5, 0, 0));
        List<Direction> zs = sampler.propose(3, theta, new NoiseKey(5, 1, 0));
        float[] z = theta.zeros().along(zs.get(0), 1).coordinates();
        assertThat(IntStream.range(0, 2000).allMatch(i -> z[i] == 0)
                        || IntStream.range(2000, 2050).allMatch(i -> z[i] == 0))
                .isTrue();
    }

    @Test
    void aDecayedMeanForgets() {
        LearnedMean.Config decayed = new LearnedMean.Config(
                1e-2, 1, LearnedMean.Form.SCALE_FREE, DirectionLaw.GAUSSIAN, 0.01, MeanStart.ZERO, false);
        // cos² = T/(T + d/(K−1)) with an effective T of 2/λ − 1
        double t = 2 / 0.01 - 1;
        assertThat(cosine(decayed, 3, 2000, 2000)).isCloseTo(Math.sqrt(t * 4 / (2000 + t * 4)), within(0.06));
    }

    /** The unit vectors in every tensor, also in those that the first step leaves alone. */
    @Test
    void startsWhereItIsTold() {
        LossOracle f = linear(Direction.noise(new NoiseKey(1, 0, 0), Law.GAUSSIAN), theta, 1);
        for (DirectionLaw law : List.of(
                DirectionLaw.GAUSSIAN,
                new SomeTensors(0.1, DirectionLaw.GAUSSIAN),
                new CoordinateBlocks(4, new SomeTensors(0.5, DirectionLaw.RADEMACHER)))) {
            LearnedMean unit = (LearnedMean)
                    new LearnedMean.Config(1e-2, 1, LearnedMean.Form.SCALE_FREE, law, 0, MeanStart.UNIT, false)
                            .create(theta);
            unit.prepare(f, theta, new NoiseKey(1, 0, 1 << 23));
            double[] squares = Fold.products(theta, Direction.of(unit.mean()), Direction.of(unit.mean()));
            assertThat(squares).hasSizeGreaterThan(1);
            for (double square : squares) {
                assertThat(square).isCloseTo(1, within(1e-5));
            }
        }
        MeanStart.GradientEstimate start = new MeanStart.GradientEstimate(600, 1e-3, 0.5);
        LearnedMean warm = (LearnedMean)
                new LearnedMean.Config(1e-2, 2, LearnedMean.Form.SCALE_FREE, DirectionLaw.GAUSSIAN, 0, start, false)
                        .create(theta);
        CountingOracle counted = new CountingOracle(f);
        warm.prepare(counted, theta, new NoiseKey(1, 0, 1 << 23));
        assertThat(counted.losses()).hasSize(600);
        Direction mu = Direction.of(warm.mean());
        assertThat(Fold.norm(theta, mu)).isCloseTo(0.5 * 2 * Math.sqrt(2050), within(1e-3));
        double cosine = -Fold.product(theta, mu, Direction.noise(new NoiseKey(1, 0, 0), Law.GAUSSIAN))
                / Fold.norm(theta, mu)
                / Fold.norm(theta, Direction.noise(new NoiseKey(1, 0, 0), Law.GAUSSIAN));
        assertThat(cosine).isCloseTo(Math.sqrt(599.0 / (2050 + 599)), within(0.06));
    }

    @Test
    void startsAsLongAsTheNoiseThatAChoiceLeaves() {
        ParameterVector theta = this.theta.zeros();
        theta.move(Direction.noise(new NoiseKey(2, 0, 0), Law.GAUSSIAN), 1);
        LossOracle f = linear(Direction.noise(new NoiseKey(1, 0, 0), Law.GAUSSIAN), theta, 1);
        for (DirectionLaw law :
                List.of(new SomeTensors(0.5, DirectionLaw.GAUSSIAN), new SmallWeights(0.1, 1, DirectionLaw.GAUSSIAN))) {
            LearnedMean warm = (LearnedMean) new LearnedMean.Config(
                            1e-2,
                            2,
                            LearnedMean.Form.SCALE_FREE,
                            law,
                            0,
                            new MeanStart.GradientEstimate(4, 1e-3, 1),
                            false)
                    .create(theta);
            NoiseKey key = new NoiseKey(1, 0, 1 << 23);
            warm.prepare(f, theta, key);
            long reach = law.on(theta).support(key).reach(theta.space());
            assertThat(reach).isBetween(1L, 2049L);
            assertThat(Fold.norm(theta, Direction.of(warm.mean()))).isCloseTo(2 * Math.sqrt(reach), within(1e-3));
        }
    }

    private static UpdateRule frozen() {
        return (theta, gradient, learningRate) -> {};
    }

    @Test
    void aRateOfZeroIsBestOfK() {
        ParameterVector one = theta.zeros();
        ParameterVector two = theta.zeros();
        LossOracle f = linear(Direction.noise(new NoiseKey(1, 0, 0), Law.GAUSSIAN), theta, 1);
        ZerothOrder frozen = new ZerothOrder(
                new LearnedMean.Config(0, 1, LearnedMean.Form.PAPER, DirectionLaw.GAUSSIAN).create(one),
                new BestOf(4, 1e-3),
                new Sgd().create(one),
                t -> 1e-2,
                7);
        ZerothOrder plain = new ZerothOrder(
                new Isotropic.Config(DirectionLaw.GAUSSIAN).create(two),
                new BestOf(4, 1e-3),
                new Sgd().create(two),
                t -> 1e-2,
                7);
        for (int t = 0; t < 50; t++) {
            frozen.step(t, f, one);
            plain.step(t, f, two);
        }
        assertThat(one.here().coordinates()).containsExactly(two.here().coordinates());
        assertThat(one.fingerprint()).isNotEqualTo(theta.zeros().fingerprint());
    }

    @Test
    void aProbeBehindThetaIsNoDrawOfThePolicy() {
        LearnedMean sampler = (LearnedMean) config().create(theta);
        List<Direction> zs = sampler.propose(2, theta, new NoiseKey(1, 1, 0));
        assertThatThrownBy(
                        () -> sampler.observe(List.of(new Probe(zs.get(0), 1e-3, 1), new Probe(zs.get(0), -1e-3, 2))))
                .hasMessageContaining("draws is less than 2")
                .hasMessageContaining("1");
    }

    @Test
    void settingsAreChecked() {
        assertThatThrownBy(() -> new LearnedMean.Config(-1, Double.NaN, LearnedMean.Form.PAPER, DirectionLaw.GAUSSIAN))
                .hasMessageContaining("lr of the sampler is not zero or positive and finite: -1.0")
                .hasMessageContaining("sigma is not strictly positive and finite: NaN");
    }
}
