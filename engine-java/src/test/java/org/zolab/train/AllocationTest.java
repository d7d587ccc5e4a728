package org.zolab.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.estimator.Antithetic;
import org.zolab.estimator.CentralDifference;
import org.zolab.estimator.LeaveOneOut;
import org.zolab.estimator.OneSided;
import org.zolab.model.weights.Dtype;
import org.zolab.model.weights.Safetensors;
import org.zolab.model.weights.SafetensorsWriter;
import org.zolab.probe.LossOracle;
import org.zolab.sampler.Cone;
import org.zolab.sampler.CoordinateBlocks;
import org.zolab.sampler.CurvatureScaled;
import org.zolab.sampler.DirectionLaw;
import org.zolab.sampler.FixedFactors;
import org.zolab.sampler.LearnedMean;
import org.zolab.sampler.LearnedScales;
import org.zolab.sampler.LowRankProduct;
import org.zolab.sampler.MeanStart;
import org.zolab.sampler.ScaleSource;
import org.zolab.sampler.SmallWeights;
import org.zolab.sampler.SomeLayers;
import org.zolab.sampler.SomeTensors;
import org.zolab.sampler.Sphere;
import org.zolab.sampler.Subspace;
import org.zolab.space.Direction;
import org.zolab.space.Kernels;
import org.zolab.space.Lanes;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Pass;
import org.zolab.space.Precision;
import org.zolab.space.Storage;
import org.zolab.space.Team;
import org.zolab.update.AdaMM;
import org.zolab.update.Adam;
import org.zolab.update.AdaptiveRate;
import org.zolab.update.Conservative;
import org.zolab.update.Decayed;
import org.zolab.update.Momentum;
import org.zolab.update.RuleConfig;
import org.zolab.update.Sgd;
import org.zolab.update.Sign;
import org.zolab.update.TruncatedAdam;

/**
 * No method allocates an array as large as the model beyond the vectors that its settings name: vectors are counted where storage makes
 * them, everything else by the bytes that all threads together allocate in a step. Nor does reading a checkpoint.
 */
class AllocationTest {

    private static final ParameterSpace SPACE = ParameterSpace.builder()
            .add("layers.0.weight", List.of(1000, 1500))
            .add("layers.0.bias", List.of(1000))
            .add("layers.1.weight", List.of(1500, 1000))
            .add("table", List.of(1_000_000))
            .build();

    private static final Team TEAM = new Team(2, () -> {});

    /** A step may allocate an eighth of what θ takes. */
    private static final long MOST = SPACE.dimension() * Float.BYTES / 8;

    /** Steps in a row that have to; before the compiler is done with the vector kernel, its vectors are objects. */
    private static final int IN_A_ROW = 4;

    private static final int LONGEST = 60;

    /** On the heap, and counts what it makes of its kind. */
    private record Counted(Storage inner, AtomicInteger bytes) implements Storage {
        @Override
        public Lanes lanes(int i) {
            return inner.lanes(i);
        }

        @Override
        public Storage zeros(Precision precision) {
            bytes.addAndGet(precision.bytes());
            return new Counted(inner.zeros(precision), bytes);
        }

        @Override
        public Team team() {
            return inner.team();
        }
    }

    /** The sum of a few elements. */
    private static final LossOracle LOSS = points -> points.stream()
            .mapToDouble(point -> {
                float[] some = new float[1000];
                Pass.of(List.of(point)).write(0, 0, some.length, new Lanes[] {Lanes.of(FloatBuffer.wrap(some))}, 0);
                double sum = 0;
                for (float x : some) {
                    sum += x;
                }
                return sum;
            })
            .toArray();

    @AfterAll
    static void close() {
        TEAM.close();
    }

    @TestFactory
    Stream<DynamicTest> everyMethodKeepsWhatItNames() {
        return methods().entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> check(entry.getValue())));
    }

    private static Map<String, Method> methods() {
        Map<String, Method> methods = new LinkedHashMap<>();
        List<DirectionLaw> laws = List.of(
                DirectionLaw.GAUSSIAN,
                DirectionLaw.RADEMACHER,
                new Sphere(),
                new LowRankProduct(2, 2),
                new Subspace(2, 2),
                new SmallWeights(0.3, 2, DirectionLaw.GAUSSIAN),
                new SomeTensors(0.5, DirectionLaw.GAUSSIAN),
                new FixedFactors(2, 2),
                new SomeLayers(0.5, DirectionLaw.GAUSSIAN),
                new CoordinateBlocks(3, DirectionLaw.GAUSSIAN));
        for (DirectionLaw law : laws) {
            methods.put("mezo, " + law, Method.mezo(law));
            methods.put("ldsd, " + law, ldsd(law, MeanStart.ZERO, false, Precision.FP32));
        }
        methods.put("n-spsa", Method.mezo().with(epsilon -> new CentralDifference(3, epsilon)));
        methods.put("one-sided", Method.mezo().with(epsilon -> new OneSided(2, epsilon)));
        methods.put("rloo", Method.mezo().with(epsilon -> new LeaveOneOut(4, epsilon)));
        methods.put("pairs", Method.mezo().with(epsilon -> new Antithetic(new LeaveOneOut(4, epsilon))));
        methods.put("ldsd, in bf16", ldsd(DirectionLaw.GAUSSIAN, MeanStart.ZERO, false, Precision.BF16));
        methods.put("ldsd, as published", ldsd(DirectionLaw.GAUSSIAN, MeanStart.ZERO, true, Precision.FP32));
        methods.put(
                "ldsd, warm",
                ldsd(DirectionLaw.GAUSSIAN, new MeanStart.GradientEstimate(4, 1e-3, 1), false, Precision.FP32));
        methods.put(
                "jaguar",
                Method.ldsdJaguar(
                        new LearnedMean.Config(
                                1e-2,
                                1,
                                LearnedMean.Form.SCALE_FREE,
                                new SomeTensors(0.5, DirectionLaw.GAUSSIAN),
                                0,
                                MeanStart.UNIT,
                                false),
                        3,
                        0.9));
        methods.put("gv", Method.mezoGv(4, 0.5, true, false, DirectionLaw.GAUSSIAN));
        methods.put("gv with history", Method.mezoGv(4, 0.5, true, true, DirectionLaw.GAUSSIAN));
        methods.put("greedy", Method.mezoGreedy(3, DirectionLaw.GAUSSIAN));
        methods.put("fzoo", Method.fzoo(4, DirectionLaw.RADEMACHER));
        methods.put("1.5-spsa", Method.spsa15(3, 0.1, DirectionLaw.RADEMACHER));
        methods.put("conmezo", Method.conMezo(new Cone.Config(1.35, 0.99, 2, DirectionLaw.GAUSSIAN)));
        methods.put("hizoo", Method.hizoo(new CurvatureScaled.Config(1e-6, DirectionLaw.GAUSSIAN)));
        for (ScaleSource scales : List.of(ScaleSource.UNIFORM, ScaleSource.random(1))) {
            methods.put(
                    "zo-finetuner " + scales,
                    Method.zoFinetuner(new LearnedScales.Config(scales, DirectionLaw.GAUSSIAN)));
        }
        for (RuleConfig rule : List.of(
                new Momentum(0.9),
                new Adam(0.9, 0.999, 1e-8),
                new AdaMM(0.9, 0.999, 1e-8),
                new AdaptiveRate(0.99),
                new TruncatedAdam(0.7, 0.9, 2, 1e-8),
                new Sign(0),
                new Sign(0.9),
                new Conservative(),
                new Decayed(new Sgd(), 0.1))) {
            Method mezo = Method.mezo();
            methods.put(
                    rule.toString(),
                    new Method(mezo.name(), mezo.sampler(), mezo.estimator(), rule, 1e-3, mezo.epsilon()));
        }
        return methods;
    }

    private static Method ldsd(DirectionLaw law, MeanStart start, boolean asPublished, Precision precision) {
        return Method.ldsd(
                new LearnedMean.Config(1e-2, 1, LearnedMean.Form.SCALE_FREE, law, 0, start, asPublished, precision), 3);
    }

    /** Less than the file and an eighth of θ, which in bf16 a copy of the largest tensor would be too much for. */
    @Test
    void aCheckpointIsReadARunAtATime(@TempDir Path folder) {
        ParameterVector theta = new ParameterVector(SPACE, Storage.heap(SPACE, TEAM));
        theta.move(Direction.noise(new NoiseKey(1, 0, 0), Law.GAUSSIAN), 1);
        for (Precision precision : Precision.values()) {
            Path file = folder.resolve(precision.id());
            SafetensorsWriter.write(
                    file,
                    SPACE.tensors().stream()
                            .map(tensor -> new SafetensorsWriter.Tensor(
                                    tensor.name(),
                                    precision == Precision.BF16 ? Dtype.BF16 : Dtype.F32,
                                    tensor.shape().stream()
                                            .mapToLong(extent -> extent)
                                            .toArray(),
                                    theta.storage().of(SPACE.indexOf(tensor.name()))))
                            .toList(),
                    Map.of());
            ParameterVector restored = new ParameterVector(SPACE, Storage.heap(SPACE, TEAM, tensor -> precision));
            quiet(precision.bytes() * SPACE.dimension() + MOST, () -> Safetensors.file(file)
                    .loadInto(restored));
        }
    }

    private static void check(Method method) {
        AtomicInteger bytes = new AtomicInteger();
        ParameterVector theta = new ParameterVector(SPACE, new Counted(Storage.heap(SPACE, TEAM), bytes));
        theta.move(Direction.noise(new NoiseKey(1, 0, 0), Law.GAUSSIAN), 1);
        ZerothOrder steps = new ZerothOrder(
                method.sampler().create(theta),
                method.estimator().apply(1e-3),
                method.rule().create(theta),
                t -> 1e-3,
                5);
        AtomicInteger t = new AtomicInteger();
        quiet(MOST, () -> steps.step(t.getAndIncrement(), LOSS, theta));
        assertThat(bytes.get())
                .isEqualTo(method.sampler().keptBytes()
                        + Float.BYTES * method.rule().keptVectors());
    }

    /** Does {@code work} until it has allocated less than {@code most} bytes some times in a row. */
    private static void quiet(long most, Runnable work) {
        Kernels.settle();
        int quiet = 0;
        for (int i = 0; i < LONGEST && quiet < IN_A_ROW; i++) {
            long before = allocated();
            work.run();
            quiet = allocated() - before < most ? quiet + 1 : 0;
        }
        assertThat(quiet)
                .as("times in a row that less than %d bytes are allocated", most)
                .isEqualTo(IN_A_ROW);
    }

    /** Bytes that all threads have allocated. */
    private static long allocated() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        return Arrays.stream(threads.getThreadAllocatedBytes(threads.getAllThreadIds()))
                .filter(bytes -> bytes > 0)
                .sum();
    }
}
