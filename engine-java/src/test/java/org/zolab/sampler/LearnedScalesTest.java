package org.zolab.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.zolab.estimator.CentralDifference;
import org.zolab.ledger.RecordedLosses;
import org.zolab.ledger.StepRecord;
import org.zolab.probe.CountingOracle;
import org.zolab.probe.DifferentiableOracle;
import org.zolab.probe.LossOracle;
import org.zolab.probe.Probe;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Point;
import org.zolab.space.Storage;
import org.zolab.space.Team;
import org.zolab.train.ZerothOrder;
import org.zolab.update.Sgd;

class LearnedScalesTest extends DirectionSamplerContract {

    private static final NoiseKey KEY = new NoiseKey(3, 5, 0);

    @Override
    SamplerConfig config() {
        return new LearnedScales.Config(ScaleSource.random(7), DirectionLaw.GAUSSIAN);
    }

    /** Equal losses say how high the loss is, and the nets look at it; so they move σ once, and then no more. */
    @Override
    @Test
    void equalLossesTeachNothing() {
        DirectionSampler sampler = new LearnedScales.Config(ScaleSource.UNIFORM, DirectionLaw.GAUSSIAN).create(theta);
        List<Direction> before = sampler.propose(2, theta, KEY);
        sampler.observe(before.stream().map(z -> new Probe(z, 1e-3, 2.5)).toList());
        assertThat(sampler.propose(2, theta, KEY)).isEqualTo(before);
        assertThat(theta.version()).isZero();
    }

    private static ParameterVector filled(Team team) {
        ParameterSpace space = ParameterSpace.builder()
                .add("embed", List.of(300, 500))
                .add("w", List.of(40, 50))
                .add("b", List.of(1))
                .build();
        ParameterVector theta = new ParameterVector(space, Storage.heap(space, team));
        theta.move(Direction.noise(new NoiseKey(1, 0, 0), Law.GAUSSIAN), 0.3);
        return theta;
    }

    private static LossOracle quadratic() {
        return points -> points.stream()
                .mapToDouble(point -> {
                    double sum = 0;
                    for (float x : point.coordinates()) {
                        sum += (double) x * x;
                    }
                    return 1e-4 * sum;
                })
                .toArray();
    }

    @Test
    void scalesOfOneAreMezoToTheBit() {
        ParameterVector one = filled(Team.single());
        ParameterVector two = filled(Team.single());
        ZerothOrder scaled = method(new LearnedScales.Config(ScaleSource.UNIFORM, DirectionLaw.GAUSSIAN), one);
        ZerothOrder mezo = method(new Isotropic.Config(DirectionLaw.GAUSSIAN), two);
        for (int t = 0; t < 5; t++) {
            assertThat(scaled.step(t, quadratic(), one).probes().get(0).loss())
                    .isEqualTo(mezo.step(t, quadratic(), two).probes().get(0).loss());
        }
        assertThat(one.fingerprint()).isEqualTo(two.fingerprint());
    }

    private static ZerothOrder method(SamplerConfig config, ParameterVector theta) {
        return new ZerothOrder(
                config.create(theta), new CentralDifference(1e-3), new Sgd().create(theta), t -> 1e-2, 11);
    }

    /** As with an exact slope, which is told with the loss at θ. */
    @Test
    void aLossAtThetaAloneCountsForBothSides() {
        ParameterVector theta = filled(Team.single());
        LearnedScales.Config config = new LearnedScales.Config(ScaleSource.random(7), DirectionLaw.GAUSSIAN);
        LearnedScales there = (LearnedScales) config.create(theta);
        LearnedScales around = (LearnedScales) config.create(theta);
        Direction z = there.propose(1, theta, KEY).get(0);
        around.propose(1, theta, KEY);
        double[] before = there.scales().sigma();
        there.observe(List.of(new Probe(z, 0, 0.7)));
        around.observe(List.of(new Probe(z, 1e-3, 0.7), new Probe(z, -1e-3, 0.7), new Probe(Direction.ZERO, 0, 9)));
        there.propose(1, theta, KEY);
        around.propose(1, theta, KEY);
        assertThat(there.scales().sigma()).isEqualTo(around.scales().sigma()).isNotEqualTo(before);
        there.observe(List.of(new Probe(z, 0, 1.4))); // the scales of the step before are inputs, too
        around.observe(List.of(new Probe(z, 0, 0.7)));
        there.propose(1, theta, KEY);
        around.propose(1, theta, KEY);
        assertThat(there.scales().sigma()).isNotEqualTo(around.scales().sigma());
    }

    @Test
    void theEnergyOfADirectionIsThatOfItsNoise() {
        ParameterVector theta = filled(Team.single());
        LossOracle some = new LossOracle() {
            @Override
            public double[] at(List<Point> points) {
                return new double[points.size()];
            }

            @Override
            public Map<String, Long> partial() {
                return Map.of("embed", 5000L);
            }
        };
        for (Energy energy : List.of(Energy.SIZE, new Energy.Published(4, 500), Energy.TOUCHED)) {
            LearnedScales sampler = (LearnedScales)
                    new LearnedScales.Config(ScaleSource.random(7), energy, DirectionLaw.RADEMACHER).create(theta);
            sampler.prepare(some, theta, KEY);
            Direction z = sampler.propose(1, theta, KEY).get(0);
            double[] square = Fold.products(theta, z, z); // nᵢ(cσᵢ)², as signs have length √n
            double whole = 0;
            double found = 0;
            double[] f = energy.of(theta.space(), () -> Map.of("embed", 5000L));
            for (int i = 0; i < square.length; i++) {
                whole += f[i];
                found += f[i] * square[i] / theta.space().tensor(i).size();
            }
            assertThat(found).isCloseTo(whole, within(1e-6 * whole));
        }
        assertThat(new Energy.Published(4, 500).of(theta.space(), some::partial))
                .containsExactly(0.03, 0.002, 1e-6);
        assertThat(Energy.TOUCHED.of(theta.space(), some::partial)).containsExactly(0.005, 0.002, 1e-6);
        assertThat(Energy.SIZE.of(theta.space(), some::partial)).containsExactly(0.15, 0.002, 1e-6);
    }

    @Test
    void netsSeeMomentsLossesAndTheirLastScales() {
        ParameterVector theta = filled(Team.single());
        ScaleNets nets = ScaleNets.random(theta.space(), 7);
        LearnedScales sampler =
                (LearnedScales) new LearnedScales.Config(ScaleSource.random(7), DirectionLaw.GAUSSIAN).create(theta);
        assertThat(sampler.scales()).isNull();
        double[][] inputs = new double[3][];
        for (int i = 0; i < 3; i++) {
            int n = theta.space().tensor(i).size();
            double mean = 0;
            double square = 0;
            for (int e = 0; e < n; e++) {
                mean += theta.storage().of(i).get(e) / (double) n;
            }
            for (int e = 0; e < n; e++) {
                square += Math.pow(theta.storage().of(i).get(e) - mean, 2);
            }
            inputs[i] = new double[] {mean, n == 1 ? 0 : square / (n - 1), 0, 0, 1};
        }
        Direction z = sampler.propose(1, theta, KEY).get(0);
        double[] sigma = sampler.scales().sigma();
        expect(nets, inputs, sigma);
        sampler.observe(List.of(new Probe(z, 1e-3, 2), new Probe(z, -1e-3, 1.5), new Probe(z, 1e-3, 3)));
        for (int i = 0; i < 3; i++) {
            inputs[i][2] = 2.5;
            inputs[i][3] = 1.5;
            inputs[i][4] = sigma[i];
        }
        sampler.propose(1, theta, KEY);
        sampler.propose(1, theta, KEY); // asking twice changes nothing
        expect(nets, inputs, sampler.scales().sigma());
        sigma = sampler.scales().sigma();
        sampler.observe(List.of(new Probe(z, 1e-3, 4))); // one side counts for both
        for (int i = 0; i < 3; i++) {
            inputs[i][2] = 4;
            inputs[i][3] = 4;
            inputs[i][4] = sigma[i];
        }
        sampler.propose(1, theta, KEY);
        expect(nets, inputs, sampler.scales().sigma());
    }

    private static void expect(ScaleNets nets, double[][] inputs, double[] sigma) {
        List<String> names = List.copyOf(nets.names());
        for (int i = 0; i < sigma.length; i++) {
            assertThat(sigma[i]).isCloseTo(Math.abs(nets.of(names.get(i)).output(inputs[i])), within(1e-12));
        }
    }

    @Test
    void threadsChangeNoBit() {
        Team team = new Team(3, () -> {});
        ParameterVector one = filled(Team.single());
        ParameterVector three = filled(team);
        assertThat(config().create(three).propose(2, three, KEY))
                .isEqualTo(config().create(one).propose(2, one, KEY));
        team.close();
    }

    @Test
    void scalesInProportionToGradientsAreTheirRootMeanSquares() {
        ParameterVector theta = filled(Team.single());
        ScaleSource source = new ScaleSource.Proportional(Map.of("embed", 150_000.0 * 4, "w", 2000.0 * 9, "b", 0.0));
        LearnedScales sampler = (LearnedScales) new LearnedScales.Config(source, DirectionLaw.GAUSSIAN).create(theta);
        Direction z = sampler.propose(1, theta, KEY).get(0);
        assertThat(sampler.scales().sigma()).containsExactly(2, 3, 0);
        assertThat(z.touches(2)).isFalse();
        assertThatThrownBy(() -> new LearnedScales.Config(
                                new ScaleSource.Proportional(Map.of("w", 1.0)), DirectionLaw.GAUSSIAN)
                        .create(theta))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("squared gradient of embed is not zero or positive: null");
    }

    /** One gradient, of the first batch, which counts as a forward pass; from a record the scales are the same without one. */
    @Test
    void scalesAreMeasuredWhereARunBegins() {
        ParameterVector theta = filled(Team.single());
        Direction slopes = Direction.noise(new NoiseKey(4, 4, 0), Law.GAUSSIAN).times(3);
        DifferentiableOracle linear = new DifferentiableOracle() {
            @Override
            public double[] at(List<Point> points) {
                return new double[points.size()];
            }

            @Override
            public double gradient(Point point, ParameterVector gradient) {
                gradient.update(0, slopes, 1);
                return 7;
            }
        };
        SamplerConfig config = new LearnedScales.Config(ScaleSource.measured(), DirectionLaw.GAUSSIAN);
        assertThat(config.differentiates()).isTrue();
        assertThat(config.forwardsBefore()).isEqualTo(1);
        CountingOracle counted = new CountingOracle(linear);
        LearnedScales sampler = (LearnedScales) config.create(theta);
        assertThatThrownBy(() -> sampler.propose(1, theta, KEY)).hasMessageContaining("prepare the sampler");
        for (int t = 0; t < 3; t++) {
            sampler.prepare(counted, theta, KEY);
        }
        List<Direction> zs = sampler.propose(2, theta, KEY);
        double[] squares = Fold.products(theta, slopes, slopes);
        for (int i = 0; i < squares.length; i++) {
            assertThat(sampler.scales().sigma()[i])
                    .isCloseTo(Math.sqrt(squares[i] / theta.space().tensor(i).size()), within(1e-5));
        }
        assertThat(counted.losses()).containsExactly(7.0);
        DirectionSampler again = config.create(theta);
        again.prepare(
                new RecordedLosses(new StepRecord(
                        0, 1, counted.losses(), List.of(), 1, "java", Map.of(), counted.askedSquares(), List.of())),
                theta,
                KEY);
        assertThat(again.propose(2, theta, KEY)).isEqualTo(zs);
    }

    @Test
    void settingsSayWhichNets() {
        ScaleNets nets = ScaleNets.random(SPACE, 7);
        assertThat(new LearnedScales.Config(new ScaleSource.Nets("mine", nets), DirectionLaw.GAUSSIAN).toString())
                .isEqualTo("scales of the nets mine (" + Long.toHexString(nets.fingerprint())
                        + "), energy of the touched elements, gaussian");
        assertThat(config().toString())
                .isEqualTo("scales of untrained nets, seed 7, energy of the touched elements, gaussian");
    }
}
