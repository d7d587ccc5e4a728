package org.zolab.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Storage;
import org.zolab.space.Team;

/** Every law keeps the samplers' contract, and its own. */
class DirectionLawTest {

    @Nested
    class OfTheSphere extends DirectionSamplerContract {
        @Override
        SamplerConfig config() {
            return new Isotropic.Config(new Sphere());
        }
    }

    @Nested
    class OfLowRank extends DirectionSamplerContract {
        @Override
        SamplerConfig config() {
            return new Isotropic.Config(new LowRankProduct(2, 3));
        }
    }

    @Nested
    class OfASubspace extends DirectionSamplerContract {
        @Override
        SamplerConfig config() {
            return new Isotropic.Config(new Subspace(3, 2));
        }
    }

    @Nested
    class OfFixedFactors extends DirectionSamplerContract {
        @Override
        SamplerConfig config() {
            return new Isotropic.Config(new FixedFactors(3, 4));
        }
    }

    @Nested
    class OfSomeLayers extends DirectionSamplerContract {
        private final ParameterVector layered = new ParameterVector(layers(), Storage.heap(layers(), Team.single()));

        @Override
        SamplerConfig config() {
            return theta -> new Isotropic.Config(new SomeLayers(0.5, DirectionLaw.RADEMACHER)).create(layered);
        }
    }

    @Nested
    class OfCoordinateBlocks extends DirectionSamplerContract {
        @Override
        SamplerConfig config() {
            return new Isotropic.Config(new CoordinateBlocks(3, DirectionLaw.GAUSSIAN));
        }
    }

    @Nested
    class OfSomeTensors extends DirectionSamplerContract {
        @Override
        SamplerConfig config() {
            return new Isotropic.Config(new SomeTensors(0.5, DirectionLaw.RADEMACHER));
        }
    }

    @Nested
    class OfSmallWeights extends DirectionSamplerContract {
        @Override
        SamplerConfig config() {
            return new Isotropic.Config(new SmallWeights(0.5, 10, DirectionLaw.GAUSSIAN));
        }
    }

    @Nested
    class OfAKeptBest extends DirectionSamplerContract {
        @Override
        SamplerConfig config() {
            return new KeepsBest.Config(new Isotropic.Config(DirectionLaw.GAUSSIAN));
        }

        @Override
        void equalLossesTeachNothing() {
            // it keeps the first of equals: a direction, not an estimate
        }

        @Test
        void theBestIsProposedAgain() {
            DirectionSampler sampler = config().create(theta);
            List<Direction> zs = sampler.propose(2, theta, new NoiseKey(3, 0, 0));
            sampler.observe(
                    List.of(
                            new org.zolab.probe.Probe(zs.get(0), 1e-3, 2),
                            new org.zolab.probe.Probe(zs.get(1), 1e-3, 1)),
                    Direction.ZERO);
            List<Direction> next = sampler.propose(2, theta, new NoiseKey(3, 1, 0));
            assertThat(next.get(0)).isEqualTo(zs.get(1));
            assertThat(next.get(1)).isEqualTo(Direction.noise(new NoiseKey(3, 1, 0), org.zolab.space.Law.GAUSSIAN));
        }

        /** With both sides measured, as of antithetic pairs, the best may be the opposite of a draw. The loss at θ is along no direction. */
        @Test
        void theBestMayLieBehind() {
            DirectionSampler sampler = config().create(theta);
            List<Direction> zs = sampler.propose(2, theta, new NoiseKey(3, 0, 0));
            sampler.observe(
                    List.of(
                            new org.zolab.probe.Probe(zs.get(0), 1e-3, 4),
                            new org.zolab.probe.Probe(zs.get(0), -1e-3, 1),
                            new org.zolab.probe.Probe(zs.get(1), 1e-3, 2),
                            new org.zolab.probe.Probe(zs.get(1), -1e-3, 3),
                            new org.zolab.probe.Probe(Direction.ZERO, 0, 0)),
                    Direction.ZERO);
            List<Direction> next = sampler.propose(2, theta, new NoiseKey(3, 1, 0));
            assertThat(next.get(0)).isEqualTo(zs.get(0).times(-1));
        }

        /** The scales of a ZO Fine-tuner follow the losses. */
        @Test
        void theSamplerBelowSeesTheLossesToo() {
            LearnedScales.Config scales = new LearnedScales.Config(ScaleSource.random(1), DirectionLaw.GAUSSIAN);
            DirectionSampler alone = scales.create(theta);
            DirectionSampler kept = new KeepsBest.Config(scales).create(theta);
            for (int t = 0; t < 3; t++) {
                List<Direction> zs = alone.propose(2, theta, new NoiseKey(3, t, 0));
                List<Direction> news = kept.propose(t == 0 ? 2 : 3, theta, new NoiseKey(3, t, 0));
                assertThat(news.subList(news.size() - 2, news.size())).isEqualTo(zs);
                List<org.zolab.probe.Probe> probes = List.of(
                        new org.zolab.probe.Probe(zs.get(0), 1e-3, 2 - t),
                        new org.zolab.probe.Probe(zs.get(1), 1e-3, 1 - 2 * t));
                alone.observe(probes);
                kept.observe(probes, Direction.ZERO);
            }
        }

        @Test
        void itIsRefusedOverALearnedMean() {
            assertThatThrownBy(() -> new KeepsBest.Config(
                            new LearnedMean.Config(1e-3, 1, LearnedMean.Form.SCALE_FREE, DirectionLaw.GAUSSIAN)))
                    .hasMessageContaining("history is kept over a sampler that learns");
        }
    }

    private static final ParameterSpace SPACE = ParameterSpace.builder()
            .add("w", List.of(24, 60))
            .add("b", List.of(60))
            .add("v", List.of(50, 8))
            .build();

    private static ParameterVector zeros(int threads) {
        return new ParameterVector(
                SPACE, Storage.heap(SPACE, threads == 1 ? Team.single() : new Team(threads, () -> {})));
    }

    private static float[] values(ParameterVector theta, Direction z) {
        return theta.zeros().along(z, 1).coordinates();
    }

    static List<DirectionLaw> whole() {
        return List.of(
                new Sphere(),
                new LowRankProduct(2, 1),
                new LowRankProduct(4, 1),
                new Subspace(3, 1),
                new Subspace(7, 1),
                new FixedFactors(2, 1),
                new FixedFactors(5, 1),
                DirectionLaw.RADEMACHER);
    }

    /** E z = 0 and E z² = 1 in every tensor. Steps are independent, so errors are those of 3,000 means of a tensor; five of them. */
    @ParameterizedTest
    @MethodSource("whole")
    void hasMeanZeroAndVarianceOne(DirectionLaw law) {
        int n = 3000;
        ParameterVector theta = zeros(1);
        DirectionLaw.Draws draws = law.on(theta);
        double[][] means = new double[3][n];
        double[][] squares = new double[3][n];
        for (int t = 0; t < n; t++) {
            Direction z = draws.at(new NoiseKey(5, t, 0));
            double[] sums = Fold.sums(theta, z);
            double[] products = Fold.products(theta, z, z);
            for (int i = 0; i < 3; i++) {
                means[i][t] = sums[i] / SPACE.tensor(i).size();
                squares[i][t] = products[i] / SPACE.tensor(i).size();
            }
        }
        for (int i = 0; i < 3; i++) {
            assertThat(mean(means[i])).isCloseTo(0, within(5 * error(means[i])));
            assertThat(mean(squares[i])).isCloseTo(1, within(5 * error(squares[i]) + 1e-6));
        }
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }

    private static double error(double[] values) {
        double mean = mean(values);
        return Math.sqrt(Arrays.stream(values)
                        .map(x -> (x - mean) * (x - mean))
                        .average()
                        .orElseThrow()
                / values.length);
    }

    @Test
    void theSphereIsOne() {
        ParameterVector theta = zeros(1);
        assertThat(Fold.norm(theta, new Sphere().on(theta).at(new NoiseKey(1, 1, 1))))
                .isCloseTo(Math.sqrt(SPACE.dimension()), within(1e-4));
    }

    @Test
    void matricesHaveTheRank() {
        ParameterVector theta = zeros(1);
        assertThat(rank(values(theta, new LowRankProduct(2, 5).on(theta).at(new NoiseKey(1, 7, 0))), 24, 60))
                .isEqualTo(2);
        assertThat(rank(values(theta, new Subspace(3, 5).on(theta).at(new NoiseKey(1, 7, 0))), 24, 60))
                .isEqualTo(3);
        assertThat(rank(values(theta, Direction.noise(new NoiseKey(1, 7, 0), org.zolab.space.Law.GAUSSIAN)), 24, 60))
                .isEqualTo(24);
    }

    /** Draws of one subspace stay in it until it is refreshed: together they have its rank, then twice of it. */
    @Test
    void aSubspaceIsKept() {
        ParameterVector theta = zeros(1);
        DirectionLaw.Draws draws = new Subspace(3, 5).on(theta);
        float[] both = new float[2 * 24 * 60];
        System.arraycopy(values(theta, draws.at(new NoiseKey(1, 5, 0))), 0, both, 0, 24 * 60);
        System.arraycopy(values(theta, draws.at(new NoiseKey(1, 9, 1))), 0, both, 24 * 60, 24 * 60);
        assertThat(rank(both, 48, 60)).isEqualTo(3);
        System.arraycopy(values(theta, draws.at(new NoiseKey(1, 10, 1))), 0, both, 24 * 60, 24 * 60);
        assertThat(rank(both, 48, 60)).isEqualTo(6);
    }

    /** Draws between kept factors are combinations of as many matrices as the rank says, however many draws there are. */
    @Test
    void factorsAreKept() {
        ParameterVector theta = zeros(1);
        DirectionLaw.Draws draws = new FixedFactors(3, 5).on(theta);
        float[] five = new float[5 * 24 * 60];
        for (int t = 0; t < 5; t++) {
            System.arraycopy(values(theta, draws.at(new NoiseKey(1, 5 + t, t))), 0, five, t * 24 * 60, 24 * 60);
        }
        assertThat(rank(five, 24, 60)).isEqualTo(3);
        assertThat(rank(five, 5, 24 * 60)).isEqualTo(3);
        System.arraycopy(values(theta, draws.at(new NoiseKey(1, 10, 4))), 0, five, 4 * 24 * 60, 24 * 60);
        assertThat(rank(five, 5, 24 * 60)).isEqualTo(4);
        DirectionLaw.Draws once = new FixedFactors(3, Integer.MAX_VALUE).on(theta);
        for (int t = 0; t < 5; t++) {
            System.arraycopy(values(theta, once.at(new NoiseKey(1, 1_000_003 * t, 0))), 0, five, t * 24 * 60, 24 * 60);
        }
        assertThat(rank(five, 5, 24 * 60)).isEqualTo(3);
    }

    /** By elimination with full pivots. */
    private static int rank(float[] x, int rows, int columns) {
        double[][] a = new double[rows][columns];
        for (int i = 0; i < rows * columns; i++) {
            a[i / columns][i % columns] = x[i];
        }
        for (int rank = 0; ; rank++) {
            int p = rank;
            int q = 0;
            double largest = 0;
            for (int i = rank; i < rows; i++) {
                for (int j = 0; j < columns; j++) {
                    if (Math.abs(a[i][j]) > largest) {
                        largest = Math.abs(a[i][j]);
                        p = i;
                        q = j;
                    }
                }
            }
            if (largest < 1e-4) {
                return rank;
            }
            double[] row = a[p];
            a[p] = a[rank];
            a[rank] = row;
            for (int i = rank + 1; i < rows; i++) {
                double factor = a[i][q] / row[q];
                for (int j = 0; j < columns; j++) {
                    a[i][j] -= factor * row[j];
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("whole")
    void bitsAreEqualForAnyNumberOfThreads(DirectionLaw law) {
        Set<Long> prints = new HashSet<>();
        for (int threads : new int[] {1, 2, 7}) {
            ParameterVector theta = zeros(threads);
            theta.move(law.on(theta).at(new NoiseKey(8, 3, 2)), 0.5);
            prints.add(theta.fingerprint());
        }
        assertThat(prints).hasSize(1);
    }

    /** One subset a step, the same for all its draws, as many tensors as asked. */
    @Test
    void aStepKeepsToItsTensors() {
        ParameterSpace space = many();
        ParameterVector theta = new ParameterVector(space, Storage.heap(space, Team.single()));
        DirectionLaw.Draws draws = new SomeTensors(0.3, DirectionLaw.GAUSSIAN).on(theta);
        Set<List<Integer>> subsets = new HashSet<>();
        for (int t = 0; t < 50; t++) {
            int step = t;
            List<List<Integer>> ofDraws = IntStream.range(0, 4)
                    .mapToObj(i -> touched(space, draws.at(new NoiseKey(4, step, i))))
                    .toList();
            assertThat(ofDraws.get(0)).hasSize(3);
            assertThat(new HashSet<>(ofDraws)).hasSize(1);
            subsets.add(ofDraws.get(0));
        }
        assertThat(subsets).hasSizeGreaterThan(30);
    }

    private static ParameterSpace layers() {
        ParameterSpace.Builder builder = ParameterSpace.builder().add("model.embed.weight", List.of(5));
        IntStream.range(0, 4).forEach(i -> builder.add("model.layers." + i + ".fc1.weight", List.of(5))
                .add("model.layers." + i + ".attention.0.bias", List.of(5)));
        return builder.add("model.norm.weight", List.of(5)).build();
    }

    /** A quarter of the layers as a whole, others in other steps, the same for all draws of a step, and always what is in no layer. */
    @Test
    void aStepLeavesLayersAlone() {
        ParameterSpace space = layers();
        ParameterVector theta = new ParameterVector(space, Storage.heap(space, Team.single()));
        DirectionLaw.Draws draws = new SomeLayers(0.75, DirectionLaw.GAUSSIAN).on(theta);
        Set<List<Integer>> left = new HashSet<>();
        for (int t = 0; t < 40; t++) {
            List<Integer> first = touched(space, draws.at(new NoiseKey(4, t, 0)));
            assertThat(first).isEqualTo(touched(space, draws.at(new NoiseKey(4, t, 7))));
            assertThat(first).hasSize(4).contains(0, 9);
            assertThat(first.get(1) % 2).isEqualTo(1); // both tensors of one layer
            assertThat(first.get(2)).isEqualTo(first.get(1) + 1);
            left.add(first);
        }
        assertThat(left).hasSize(4);
        assertThat(new SomeLayers(0, DirectionLaw.GAUSSIAN)
                        .on(theta)
                        .support(new NoiseKey(4, 1, 0))
                        .reach(space))
                .isEqualTo(50);
        ParameterVector plain = ParameterVector.of(1, 2);
        assertThatThrownBy(() -> new SomeLayers(0.01, DirectionLaw.GAUSSIAN).on(theta))
                .hasMessageContaining("is less than one layer, so that none would be dropped: 0.01");
        assertThatThrownBy(() -> new SomeLayers(0.5, DirectionLaw.GAUSSIAN).on(plain))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("layers are not in the names of the tensors, such as x; drop tensors with someTensors()");
    }

    /** A round visits every coordinate once, in an order of its own. */
    @Test
    void aRoundVisitsEveryBlockOnce() {
        int blocks = 5;
        ParameterVector theta = zeros(1);
        DirectionLaw.Draws draws = new CoordinateBlocks(blocks, DirectionLaw.RADEMACHER).on(theta);
        Set<String> orders = new HashSet<>();
        for (int round = 0; round < 12; round++) {
            int[] visits = new int[(int) SPACE.dimension()];
            StringBuilder order = new StringBuilder();
            for (int i = 0; i < blocks; i++) {
                NoiseKey key = new NoiseKey(2, round * blocks + i, 3);
                float[] z = values(theta, draws.at(key));
                int moved = 0;
                for (int e = 0; e < z.length; e++) {
                    visits[e] += z[e] != 0 ? 1 : 0;
                    moved += z[e] != 0 ? 1 : 0;
                }
                assertThat((double) moved).isCloseTo((double) SPACE.dimension() / blocks, within(2.0));
                assertThat(draws.support(key).reach(SPACE)).isEqualTo(moved);
                order.append(z[0] != 0 ? "x" : ".");
            }
            assertThat(visits).containsOnly(1);
            orders.add(order.toString());
        }
        assertThat(orders).hasSizeGreaterThan(2);
    }

    private static ParameterSpace many() {
        ParameterSpace.Builder builder = ParameterSpace.builder();
        IntStream.range(0, 10).forEach(i -> builder.add("t" + i, List.of(5)));
        return builder.build();
    }

    private static List<Integer> touched(ParameterSpace space, Direction z) {
        float[] x = new ParameterVector(space, Storage.heap(space, Team.single()))
                .along(z, 1)
                .coordinates();
        return IntStream.range(0, space.tensors().size())
                .filter(i -> IntStream.range(5 * i, 5 * i + 5).anyMatch(e -> x[e] != 0))
                .boxed()
                .toList();
    }

    @Test
    void smallWeightsAreChosenByMagnitudeAndAgainLater() {
        ParameterVector theta = ParameterVector.of(-4, 0.5f, 3, -0.25f);
        DirectionLaw.Draws draws = new SmallWeights(0.5, 10, DirectionLaw.RADEMACHER).on(theta);
        Direction early = draws.at(new NoiseKey(1, 0, 0));
        assertThat(ParameterVector.of(0, 0, 0, 0).along(early, 1).coordinates()).satisfies(z -> {
            assertThat(z[0]).isZero();
            assertThat(z[2]).isZero();
            assertThat(Math.abs(z[1])).isEqualTo(1);
            assertThat(Math.abs(z[3])).isEqualTo(1);
        });
        theta.set((tensor, values) -> values.put(0, new float[] {0.1f, 0.5f, 3, 0.2f}));
        assertThat(ParameterVector.of(0, 0, 0, 0)
                        .along(draws.at(new NoiseKey(1, 9, 0)), 1)
                        .coordinates()[0])
                .isZero();
        assertThat(ParameterVector.of(0, 0, 0, 0)
                        .along(draws.at(new NoiseKey(1, 10, 0)), 1)
                        .coordinates()[1])
                .isZero();
        assertThat(ParameterVector.of(0, 0, 0, 0).along(early, 1).coordinates()[1])
                .isNotZero();
    }

    /** As sorting them would choose, with many equal magnitudes and zeros of both signs. */
    @Test
    void theSmallestWeightsAreThoseThatSortingFinds() {
        int d = 5000;
        java.util.Random random = new java.util.Random(1);
        float[] x = new float[d];
        for (int i = 0; i < d; i++) {
            x[i] = i % 3 == 0 ? Math.round(random.nextGaussian()) : (float) random.nextGaussian() * 1e-3f;
        }
        for (double share : new double[] {1e-9, 0.1, 0.3, 0.7, 0.95, 1}) {
            float[] z = ParameterVector.of(new float[d])
                    .along(
                            new SmallWeights(share, 1, DirectionLaw.RADEMACHER)
                                    .on(ParameterVector.of(x))
                                    .at(new NoiseKey(1, 0, 0)),
                            1)
                    .coordinates();
            float[] sorted = new float[d];
            for (int i = 0; i < d; i++) {
                sorted[i] = Math.abs(x[i]);
            }
            java.util.Arrays.sort(sorted);
            int number = Math.max(1, (int) (share * d));
            float threshold = sorted[number - 1];
            int equals = number; // of those equal to the largest, the first ones
            for (float value : sorted) {
                equals -= value < threshold ? 1 : 0;
            }
            for (int i = 0; i < d; i++) {
                boolean small = Math.abs(x[i]) < threshold || Math.abs(x[i]) == threshold && equals-- > 0;
                assertThat(z[i] != 0).isEqualTo(small);
            }
        }
    }

    @Test
    void whatALawKeepsIsCounted() {
        assertThat(new LowRankProduct(4, 5).keptBytes(SPACE)).isEqualTo(4 * 4 * (60 + 8));
        assertThat(new Subspace(8, 5).keptBytes(SPACE)).isEqualTo(4 * 8 * (24 + 60)); // v is not larger
        assertThat(new FixedFactors(4, 5).keptBytes(SPACE)).isEqualTo(4 * 4 * (24 + 60 + 50 + 8));
        DirectionLaw low = new LowRankProduct(4, 5);
        long d = SPACE.dimension();
        assertThat(new SmallWeights(0.5, 2, low).keptBytes(SPACE)).isEqualTo(d / 4 + (1 << 18) + 4 * 4 * 68);
        assertThat(new CoordinateBlocks(2, low).keptBytes(SPACE)).isEqualTo(d / 4 + 4 * 4 * 68);
        for (DirectionLaw law : List.of(new SomeTensors(0.5, low), new SomeLayers(0.5, low))) {
            assertThat(law.keptBytes(SPACE)).isEqualTo(4 * 4 * 68);
            assertThat(law.noise()).isEqualTo(low);
        }
        assertThat(new Isotropic.Config(low).law()).isEqualTo(low);
        assertThat(new KeepsBest.Config(new Isotropic.Config(low)).law()).isEqualTo(low);
        assertThat(new Sphere().keptBytes(SPACE)).isZero();
    }

    @Test
    void settingsAreChecked() {
        assertThatThrownBy(() -> new LowRankProduct(0, -1))
                .hasMessageContaining("rank is not strictly positive: 0")
                .hasMessageContaining("refresh is not strictly positive: -1");
        assertThatThrownBy(() -> new SomeTensors(0, DirectionLaw.GAUSSIAN))
                .hasMessage("share of tensors is not in (0, 1]: 0.0");
        assertThatThrownBy(() -> new SomeLayers(1, DirectionLaw.GAUSSIAN))
                .hasMessage("drop of layers is not in [0, 1): 1.0");
        DirectionLaw most = new CoordinateBlocks(24 * 60, DirectionLaw.GAUSSIAN);
        assertThat(most.on(zeros(1)).support(new NoiseKey(2, 0, 0)).reach(SPACE))
                .isPositive();
        assertThatThrownBy(() -> new CoordinateBlocks(24 * 60 + 1, DirectionLaw.GAUSSIAN).on(zeros(1)))
                .hasMessage(
                        "blocks is more than the 1440 elements of the largest tensor, so that some are empty: 1441");
        assertThatThrownBy(() -> new CoordinateBlocks(0, DirectionLaw.GAUSSIAN))
                .hasMessage("blocks is not strictly positive: 0");
        assertThatThrownBy(() -> new FixedFactors(0, 1)).hasMessage("rank is not strictly positive: 0");
        assertThatThrownBy(() -> new SmallWeights(Double.NaN, 1, DirectionLaw.GAUSSIAN))
                .hasMessage("share of weights is not in (0, 1]: NaN");
    }
}
