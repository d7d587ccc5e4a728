package org.zolab.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.zolab.objective.BatchLoss;
import org.zolab.objective.Score;
import org.zolab.probe.DifferentiableOracle;
import org.zolab.sampler.DirectionLaw;
import org.zolab.sampler.Energy;
import org.zolab.sampler.ScaleNets;
import org.zolab.sampler.ScaleSource;
import org.zolab.sampler.Scales;
import org.zolab.space.Direction;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.Order;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Point;
import org.zolab.space.Storage;
import org.zolab.space.Team;
import org.zolab.update.Adam;

class MetaTrainerTest {

    private static final ParameterSpace SPACE = ParameterSpace.builder()
            .add("steep", List.of(30))
            .add("flat", List.of(10, 20))
            .build();

    private static ParameterVector start() {
        ParameterVector theta = new ParameterVector(SPACE, Storage.heap(SPACE, Team.single()));
        theta.move(Direction.noise(new NoiseKey(2, 0, 0), Law.GAUSSIAN), 1);
        return theta;
    }

    /** level + ½ steep·‖x₁‖² + ½ flat·‖x₂‖², with its gradient. */
    private record Bowl(double level, double steep, double flat) implements BatchLoss, DifferentiableOracle {

        private double curvature(int i) {
            return i < 30 ? steep : flat;
        }

        @Override
        public double[] at(List<Point> points) {
            return points.stream().mapToDouble(this::value).toArray();
        }

        private double value(Point point) {
            float[] x = point.coordinates();
            double sum = level;
            for (int i = 0; i < x.length; i++) {
                sum += curvature(i) * x[i] * x[i] / 2;
            }
            return sum;
        }

        @Override
        public double gradient(Point point, ParameterVector gradient) {
            float[] x = point.coordinates();
            gradient.set((tensor, values) -> {
                for (int i = 0; i < tensor.size(); i++) {
                    int at = (int) tensor.offset() + i;
                    values.put(i, (float) (curvature(at) * x[at]));
                }
            });
            return value(point);
        }

        @Override
        public List<Score> scores(List<Point> points) {
            return points.stream().map(point -> new Score(value(point), 0, 1)).toList();
        }

        @Override
        public int terms() {
            return 1;
        }

        @Override
        public void close() {}
    }

    private static MetaTrainer.Config config(MetaTrainer.Learning learning, int steps) {
        return new MetaTrainer.Config(
                learning, new MetaTrainer.Descent(1e-3, 0.8, 1, 25), Energy.SIZE, DirectionLaw.GAUSSIAN, steps, 5);
    }

    private static MetaTrainer.DataSet data(String name, BatchLoss loss) {
        return new MetaTrainer.DataSet(name, number -> loss);
    }

    private static final List<MetaTrainer.DataSet> ONE = List.of(data("bowl", new Bowl(0, 1, 0.01)));

    private static ScaleNets train(MetaTrainer.Config config, List<MetaTrainer.Stepped> steps) {
        return new MetaTrainer(config).train(start(), ONE, ScaleNets.random(SPACE, 1), steps::add);
    }

    /** How much of the energy is in the steep tensor, on average. */
    private static double share(List<MetaTrainer.Stepped> steps) {
        return steps.stream()
                .mapToDouble(step -> {
                    double[] sigma = step.scales().sigma();
                    double[] energy = step.scales().energy();
                    double steep = energy[0] * sigma[0] * sigma[0];
                    return steep / (steep + energy[1] * sigma[1] * sigma[1]);
                })
                .average()
                .orElseThrow();
    }

    @ParameterizedTest
    @EnumSource
    void energyGoesWhereTheGradientIs(Scales.Form form) {
        MetaTrainer.Learning learning = new MetaTrainer.Learning(1e-3, 1e-3, form, new Adam(0.9, 0.999, 1e-8), 3e-3);
        double least = 1;
        for (int seed = 1; seed <= 4; seed++) { // of the nets at first
            List<MetaTrainer.Stepped> steps = new ArrayList<>();
            ScaleNets nets = new MetaTrainer(config(learning, 200))
                    .train(start(), ONE, ScaleNets.random(SPACE, seed), steps::add);
            least = Math.min(least, share(steps.subList(0, 1)));
            assertThat(share(steps.subList(180, 200))).isGreaterThan(0.9);
            assertThat(nets.names()).containsExactly("steep", "flat");
        }
        assertThat(least).isLessThan(0.3);
    }

    @Test
    void thePublishedRatesMoveTheNetsLittle() {
        ScaleNets nets = train(config(MetaTrainer.Learning.PUBLISHED, 100), new ArrayList<>());
        float[] before = ScaleNets.random(SPACE, 1).of("steep").weights();
        float[] after = nets.of("steep").weights();
        double moved = 0;
        for (int i = 0; i < before.length; i++) {
            moved = Math.max(moved, Math.abs(after[i] - before[i]));
        }
        assertThat(moved).isPositive().isLessThan(0.01);
    }

    @Test
    void trainingRepeatsAndPutsThetaBack() {
        MetaTrainer.Config config = config(MetaTrainer.Learning.PUBLISHED, 40);
        assertThat(train(config, new ArrayList<>()).fingerprint())
                .isEqualTo(train(config, new ArrayList<>()).fingerprint());
        ParameterVector theta = start();
        new MetaTrainer(config).train(theta, ONE, ScaleNets.random(SPACE, 1), step -> {});
        assertThat(theta.fingerprint()).isEqualTo(start().fingerprint());
        assertThatThrownBy(() -> new MetaTrainer(config).train(theta, ONE, ScaleNets.random(SPACE, 1), step -> {
                    if (step.step() == 3) {
                        throw new IllegalStateException("enough");
                    }
                }))
                .hasMessage("enough");
        assertThat(theta.fingerprint()).isEqualTo(start().fingerprint());
    }

    @Test
    void thetaFallsWithinAPeriodAndStartsAgain() {
        List<MetaTrainer.Stepped> steps = new ArrayList<>();
        train(config(MetaTrainer.Learning.PUBLISHED, 60), steps);
        double first = steps.get(0).here();
        assertThat(steps.get(24).here()).isLessThan(0.9999 * first);
        assertThat(steps.get(25).here()).isEqualTo(first);
        assertThat(steps.get(50).here()).isEqualTo(first);
        assertThat(steps.get(26).here()).isEqualTo(steps.get(1).here()); // a fresh momentum too
    }

    /** A period of four steps in plain arithmetic: gradients are clipped, and the rate falls evenly. */
    @Test
    void thetaMovesAsTheFormulaSays() {
        for (double clip : new double[] {0.3, 1e3}) {
            List<MetaTrainer.Stepped> steps = new ArrayList<>();
            train(
                    new MetaTrainer.Config(
                            MetaTrainer.Learning.PUBLISHED,
                            new MetaTrainer.Descent(0.4, 0.5, clip, 4),
                            Energy.SIZE,
                            DirectionLaw.GAUSSIAN,
                            4,
                            5),
                    steps);
            Bowl f = (Bowl) ONE.get(0).batches().apply(0);
            float[] start = start().here().coordinates();
            double[] x = new double[start.length];
            double[] m = new double[start.length];
            for (int i = 0; i < x.length; i++) {
                x[i] = start[i];
            }
            for (int t = 0; t < 4; t++) {
                double here = 0;
                double square = 0;
                for (int i = 0; i < x.length; i++) {
                    here += f.curvature(i) * x[i] * x[i] / 2;
                    square += Math.pow(f.curvature(i) * x[i], 2);
                }
                assertThat(steps.get(t).here()).isCloseTo(here, within(1e-5 * here));
                double rate = 0.4 * (4 - t) / 4;
                for (int i = 0; i < x.length; i++) {
                    m[i] = 0.5 * m[i] + f.curvature(i) * x[i] * Math.min(1, clip / Math.sqrt(square));
                    x[i] -= rate * m[i];
                }
            }
        }
    }

    @Test
    void dataSetsRememberTheirOwnLosses() {
        MetaTrainer.Config config = new MetaTrainer.Config(
                new MetaTrainer.Learning(1e-3, 1e-6, Scales.Form.DETACHED, new Adam(0.9, 0.999, 1e-8), 0),
                new MetaTrainer.Descent(0, 0, 1, 100),
                Energy.SIZE,
                DirectionLaw.GAUSSIAN,
                12,
                5);
        MetaTrainer.DataSet low = data("low", new Bowl(1, 0, 0));
        MetaTrainer.DataSet high = data("high", new Bowl(5, 0, 0));
        ScaleNets nets = ScaleNets.random(SPACE, 1);
        List<MetaTrainer.Stepped> alone = new ArrayList<>();
        List<MetaTrainer.Stepped> both = new ArrayList<>();
        new MetaTrainer(config).train(start(), List.of(low), nets, alone::add);
        new MetaTrainer(config).train(start(), List.of(low, high), nets, both::add);
        List<MetaTrainer.Stepped> own =
                both.stream().filter(step -> step.dataSet().equals("low")).toList();
        assertThat(own).hasSize(6);
        for (int i = 0; i < 6; i++) {
            assertThat(own.get(i).scales().sigma())
                    .isEqualTo(alone.get(i).scales().sigma());
            assertThat(both.subList(2 * i, 2 * i + 2))
                    .extracting(MetaTrainer.Stepped::dataSet)
                    .containsExactlyInAnyOrder("low", "high");
        }
        assertThat(both).extracting(MetaTrainer.Stepped::dataSet).containsSubsequence("low", "low");
    }

    /** Not in that of a run's examples, which may have the same seed. */
    @Test
    void dataSetsHaveAnOrderOfTheirOwn() {
        List<MetaTrainer.DataSet> five = IntStream.range(0, 5)
                .mapToObj(i -> data(String.valueOf(i), new Bowl(i, 1, 1)))
                .toList();
        List<MetaTrainer.Stepped> steps = new ArrayList<>();
        new MetaTrainer(config(MetaTrainer.Learning.PUBLISHED, 10))
                .train(start(), five, ScaleNets.random(SPACE, 1), steps::add);
        int[] order = IntStream.concat(IntStream.of(Order.dataSets(5, 0, 5)), IntStream.of(Order.dataSets(5, 1, 5)))
                .toArray();
        assertThat(steps.stream().mapToInt(step -> Integer.parseInt(step.dataSet())))
                .containsExactly(IntStream.of(order).boxed().toArray(Integer[]::new));
        assertThat(Order.dataSets(5, 0, 100)).isNotEqualTo(Order.examples(5, 0, 100));
    }

    /** The whole measurement against differences of L(σ), with what a form keeps fixed. */
    @ParameterizedTest
    @EnumSource(names = {"NORMALISED", "WHOLE"})
    void theGradientByScalesIsThatOfDifferences(Scales.Form form) {
        ParameterVector theta = start();
        Bowl f = new Bowl(0, 1, 0.2);
        Direction u = Direction.noise(new NoiseKey(9, 9, 0), Law.GAUSSIAN);
        double[] energy = {30, 200};
        double[] sigma = {0.7, 0.4};
        double eta = 0.03;
        double epsilon = 0.05;
        MetaGradient meta = MetaGradient.at(theta, f, u, new Scales(sigma, energy), form, epsilon, eta, theta.zeros());
        for (int i = 0; i < 2; i++) {
            double[] loss = new double[2];
            for (int side = 0; side < 2; side++) {
                double[] moved = sigma.clone();
                moved[i] += side == 0 ? 1e-2 : -1e-2;
                Direction z = u.times(new Scales(moved, energy).weighting(SPACE));
                double slope = form == Scales.Form.NORMALISED
                        ? meta.slope()
                        : (f.at(theta.along(z, epsilon)) - f.at(theta.along(z, -epsilon))) / (2 * epsilon);
                loss[side] = f.at(theta.along(z, -eta * slope));
            }
            double difference = (loss[0] - loss[1]) / 2e-2;
            assertThat(meta.scales()[i]).isCloseTo(difference, within(2e-3 * Math.abs(difference)));
        }
    }

    @Test
    void scalesByGradientsAreMeasured() {
        ParameterVector theta = start();
        ScaleSource.Proportional source =
                (ScaleSource.Proportional) ScaleSource.proportional(new Bowl(0, 2, 0.5), theta);
        double square = 0;
        for (int i = 0; i < 30; i++) {
            square += 4.0 * theta.storage().of(0).get(i) * theta.storage().of(0).get(i);
        }
        assertThat(source.squares().get("steep")).isCloseTo(square, within(1e-5 * square));
    }

    @Test
    void whatCannotBeTrainedIsRefused() {
        MetaTrainer trainer = new MetaTrainer(config(MetaTrainer.Learning.PUBLISHED, 3));
        ScaleNets nets = ScaleNets.random(SPACE, 1);
        assertThatThrownBy(() -> trainer.train(start(), List.of(), nets, step -> {}))
                .hasMessageContaining("data sets is empty");
        assertThatThrownBy(() -> trainer.train(start(), ONE, new ScaleNets(Map.of()), step -> {}))
                .hasMessageContaining("2 of its 2 tensors have none: steep, flat");
        BatchLoss plain = new BatchLoss() {
            @Override
            public List<Score> scores(List<Point> points) {
                return points.stream().map(point -> new Score(1, 0, 1)).toList();
            }

            @Override
            public int terms() {
                return 1;
            }

            @Override
            public void close() {}
        };
        assertThatThrownBy(() -> trainer.train(start(), List.of(data("plain", plain)), nets, step -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("loss is not differentiable");
        assertThatThrownBy(() -> new MetaTrainer.Learning(0, -1, Scales.Form.WHOLE, new Adam(0.9, 0.999, 1e-8), 1))
                .hasMessageContaining("epsilon is not strictly positive and finite: 0.0")
                .hasMessageContaining("eta is not strictly positive and finite: -1.0");
        assertThatThrownBy(() -> new MetaTrainer.Descent(1, 1, 0, 0))
                .hasMessageContaining("clip is not strictly positive: 0.0")
                .hasMessageContaining("restartEvery is less than 1: 0")
                .hasMessageContaining("beta of the momentum is not in [0, 1): 1.0");
    }
}
