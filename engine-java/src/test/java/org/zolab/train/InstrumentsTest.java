package org.zolab.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.zolab.diagnose.Alignment;
import org.zolab.diagnose.SlopeCheck;
import org.zolab.estimator.Estimate;
import org.zolab.estimator.ForwardGradient;
import org.zolab.objective.BatchLoss;
import org.zolab.objective.Toys;
import org.zolab.probe.DifferentiableOracle;
import org.zolab.sampler.CoordinateBlocks;
import org.zolab.sampler.DirectionLaw;
import org.zolab.sampler.DirectionSampler;
import org.zolab.sampler.Energy;
import org.zolab.sampler.Isotropic;
import org.zolab.sampler.LearnedMean;
import org.zolab.sampler.LearnedScales;
import org.zolab.sampler.SamplerConfig;
import org.zolab.sampler.ScaleSource;
import org.zolab.sampler.SomeTensors;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterVector;

/** Readings on a net of 161 weights in four tensors. */
class InstrumentsTest {

    private static final FunctionSubject NET = new FunctionSubject(Toys.twoLayers(1));

    private static Map<String, Double> read(
            Instrument instrument, Subject.Opened net, DirectionSampler sampler, double epsilon, NoiseKey key) {
        ParameterVector theta = net.theta();
        BatchLoss loss = net.batch(0);
        List<Direction> zs = sampler.propose(1, theta, key);
        Estimate estimate = new ForwardGradient().estimate(loss, theta, zs);
        return instrument.read(new Instrument.Moment(theta, loss, zs, estimate, sampler, 0.1, epsilon));
    }

    static List<SamplerConfig> confined() {
        DirectionLaw tensors = new SomeTensors(0.5, DirectionLaw.GAUSSIAN);
        DirectionLaw blocks = new CoordinateBlocks(3, DirectionLaw.GAUSSIAN);
        return List.of(
                new LearnedMean.Config(0.1, 0.3, LearnedMean.Form.PAPER, tensors),
                new LearnedMean.Config(0.1, 0.3, LearnedMean.Form.PAPER, blocks),
                new LearnedScales.Config(ScaleSource.random(4), Energy.SIZE, tensors),
                new LearnedScales.Config(ScaleSource.random(4), Energy.SIZE, blocks));
    }

    /** C·d beside the mean of d·cos² of 20,000 draws of the same step, in which no expectation is taken apart. */
    @ParameterizedTest
    @MethodSource("confined")
    void alignmentIsThatOfTheStepsDraws(SamplerConfig config) {
        try (Subject.Opened net = NET.open(1)) {
            DirectionSampler sampler = config.create(net.theta());
            sampler.kept().values().forEach(mean -> mean.move(noise(5), 0.2));
            for (int step = 0; step < 3; step++) {
                NoiseKey key = new NoiseKey(2, step, 0);
                Map<String, Double> told = read(Instruments.alignment(), net, sampler, 1e-3, key);
                ParameterVector gradient = net.theta().zeros();
                DifferentiableOracle.of(net.batch(0)).gradient(net.theta().here(), gradient);
                Alignment exact = new Alignment(gradient);
                double mean = sampler.propose(20_000, net.theta(), key).stream()
                        .mapToDouble(z -> 161 * Math.pow(exact.cosine(z), 2))
                        .average()
                        .orElseThrow();
                assertThat(told.get("C·d")).isCloseTo(mean, within(0.12 * mean));
                sampler.kept().values().forEach(mu -> assertThat(told.get("cos(μ, −∇f)"))
                        .isCloseTo(-exact.cosine(Direction.of(mu)), within(1e-9)));
            }
        }
    }

    /** Where an estimator displaces nothing, an instrument looks a little ahead and behind all the same. */
    @Test
    void withoutAnEpsilonSlopesAndNoiseAreStillMeasured() {
        try (Subject.Opened net = NET.open(1)) {
            DirectionSampler sampler = new Isotropic.Config(DirectionLaw.GAUSSIAN).create(net.theta());
            double epsilon = new ForwardGradient().epsilon();
            NoiseKey key = new NoiseKey(2, 0, 0);
            Map<String, Double> slopes = read(Instruments.slopes(), net, sampler, epsilon, key);
            SlopeCheck check = SlopeCheck.of(
                    DifferentiableOracle.of(net.batch(0)),
                    net.theta(),
                    sampler.propose(1, net.theta(), key).get(0),
                    1e-3);
            assertThat(slopes)
                    .containsEntry("slope: measured", check.measured())
                    .containsEntry("slope: exact", check.exact());
            assertThat(check.measured()).isCloseTo(check.exact(), within(1e-2 * Math.abs(check.exact())));
            assertThat(read(Instruments.signalToNoise(), net, sampler, epsilon, key)
                            .get("signal to noise"))
                    .isGreaterThan(3)
                    .isFinite();
        }
    }

    @Test
    void aMeanIsAsLongBesideTheNoiseAsTheStepsDrawsHaveIt() {
        try (Subject.Opened net = NET.open(1)) {
            LearnedMean sampler = (LearnedMean) new LearnedMean.Config(
                            0.1, 0.5, LearnedMean.Form.PAPER, new SomeTensors(0.25, DirectionLaw.GAUSSIAN))
                    .create(net.theta());
            sampler.mean().move(noise(5), 1);
            double told = read(Instruments.alignment(), net, sampler, 1e-3, new NoiseKey(2, 0, 0))
                    .get("‖μ‖/(σ√d)");
            double[] squares = Fold.products(net.theta(), noise(5), noise(5));
            boolean one = false;
            for (int i = 0; i < squares.length; i++) {
                double size = net.theta().space().tensor(i).size();
                one |= Math.abs(told - Math.sqrt(squares[i] / size) / 0.5) < 1e-6;
            }
            assertThat(one).isTrue();
        }
    }

    private static Direction noise(int draw) {
        return Direction.noise(new NoiseKey(7, 7, draw), Law.GAUSSIAN);
    }
}
