package org.zolab.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.zolab.estimator.BestOf;
import org.zolab.probe.LossOracle;
import org.zolab.probe.Probe;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
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
