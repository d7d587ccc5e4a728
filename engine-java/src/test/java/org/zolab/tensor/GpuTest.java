package org.zolab.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.zolab.space.Accelerator;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.Lanes;
import org.zolab.space.Law;
import org.zolab.space.LowRank;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Pass;
import org.zolab.space.Point;
import org.zolab.space.Precision;
import org.zolab.space.Storage;
import org.zolab.space.Team;
import org.zolab.space.Weighting;

/** What the emulated GPU computes is what Java computes, to the bit: pass.cu against {@code ScalarKernel} and {@code VectorKernel}. */
class GpuTest {

    private static final ParameterSpace SPACE = ParameterSpace.builder()
            .add("w", List.of(30, 1000))
            .add("b", List.of(37))
            .add("h", List.of(65, 130))
            .add("v", List.of(5001))
            .build();

    /** More tensors than one launch has room for. */
    private static final ParameterSpace MANY = many();

    private final Arena arena = new Arena(Emulator.device());

    private static ParameterSpace many() {
        ParameterSpace.Builder builder = ParameterSpace.builder();
        for (int i = 0; i < 150; i++) {
            builder.add("t" + i, List.of(1 + 37 * i));
        }
        return builder.build();
    }

    private static Precision precision(ParameterSpace.Tensor tensor) {
        return tensor.name().equals("h") || tensor.name().endsWith("7") ? Precision.BF16 : Precision.FP32;
    }

    private ParameterVector there(ParameterSpace space) {
        return new ParameterVector(space, new TorchStorage(space, arena, Team.single(), GpuTest::precision));
    }

    private static ParameterVector here(ParameterSpace space) {
        return new ParameterVector(space, Storage.heap(space, new Team(2, () -> {}), GpuTest::precision));
    }

    private static Direction gaussian(int draw) {
        return Direction.noise(new NoiseKey(0x123456789ABCDEFL, 7, draw), Law.GAUSSIAN);
    }

    private static Direction signs(int draw) {
        return Direction.noise(new NoiseKey(-5, 1, draw), Law.RADEMACHER);
    }

    @BeforeEach
    void start() {
        assertThat(there(SPACE).storage().lanes(0)).isInstanceOf(Lanes.Remote.class);
    }

    @AfterEach
    void close() {
        arena.close();
    }

    /** Formulas, given a vector that they may keep and one of its space in bf16. */
    private static Map<String, Function<List<ParameterVector>, Direction>> formulas() {
        Map<String, Function<List<ParameterVector>, Direction>> all = new LinkedHashMap<>();
        all.put("gaussian", kept -> gaussian(1));
        all.put("rademacher", kept -> signs(2));
        all.put(
                "several",
                kept -> gaussian(1).plus(signs(3).times(-0.25)).plus(gaussian(2).times(1e-3)));
        all.put("kept", kept -> Direction.of(kept.get(0)).plus(gaussian(1)));
        all.put("kept in bf16", kept -> signs(1).plus(Direction.of(kept.get(1)).times(3)));
        all.put("scaled", kept -> gaussian(4).times(kept.get(0)).plus(gaussian(4)));
        all.put("kept, scaled in bf16", kept -> Direction.of(kept.get(0)).times(kept.get(1)));
        all.put("a factor a tensor", kept -> gaussian(1).times(Weighting.of(SPACE, i -> i == 1 ? 0 : 0.1 + i)));
        all.put(
                "forty terms",
                kept -> IntStream.range(0, 40).mapToObj(GpuTest::gaussian).reduce(signs(0), Direction::plus));
        all.put(
                "two hundred terms",
                kept -> IntStream.range(0, 200).mapToObj(GpuTest::signs).reduce(gaussian(0), Direction::plus));
        all.put("nothing", kept -> Direction.ZERO);
        all.put("low rank", kept -> Direction.noise(new NoiseKey(1, 2, 3), LowRank.product(new NoiseKey(4, 5, 6), 2)));
        all.put("chosen elements", kept -> gaussian(1).times(Weighting.elements(odd(0), odd(1), odd(2), odd(3))));
        return all;
    }

    private static BitSet odd(int tensor) {
        BitSet odd = new BitSet();
        IntStream.range(0, SPACE.tensor(tensor).size()).filter(i -> i % 2 == 1).forEach(odd::set);
        return odd;
    }

    private static List<ParameterVector> kept(ParameterVector x) {
        List<ParameterVector> kept = List.of(x.zeros(), x.zeros(Precision.BF16));
        kept.get(0).move(gaussian(11), 0.5);
        kept.get(1).move(gaussian(12), 2);
        return kept;
    }

    @Test
    void movesHaveTheBitsOfJava() {
        formulas().forEach((name, formula) -> {
            long[] prints = new long[2];
            List<ParameterVector> both = List.of(here(SPACE), there(SPACE));
            for (int i = 0; i < 2; i++) {
                ParameterVector x = both.get(i);
                List<ParameterVector> kept = kept(x);
                x.dither(new NoiseKey(99, 0, 1));
                x.move(formula.apply(kept), 0.3);
                x.update(0.9, formula.apply(kept), -0.1);
                x.update(Weighting.of(SPACE, t -> t == 0 ? 1 : 0.5), gaussian(20), 1e-3);
                prints[i] = x.fingerprint();
            }
            assertThat(prints[1])
                    .as(name)
                    .isEqualTo(prints[0])
                    .isNotEqualTo(there(SPACE).fingerprint());
        });
    }

    @Test
    void moreTensorsThanALaunchHasRoomFor() {
        ParameterVector here = here(MANY);
        ParameterVector there = there(MANY);
        for (ParameterVector x : List.of(here, there)) {
            x.move(gaussian(1).plus(signs(2)).plus(Direction.of(kept(x).get(1))), 0.5);
        }
        assertThat(there.fingerprint()).isEqualTo(here.fingerprint());
    }

    /** Alike for two points that are written by one launch, and for eleven in orders that no one order of all terms has. */
    @Test
    void pointsHaveTheBitsOfJava() {
        for (List<Integer> draws :
                List.of(List.of(1, -1), List.of(1, 2, 3), List.of(1, 2, 3, 4, 5, 6, 7, 8, 9, -3, -1))) {
            List<List<float[]>> all = new ArrayList<>();
            for (ParameterVector x : List.of(here(SPACE), there(SPACE))) {
                ParameterVector mean = kept(x).get(0);
                x.move(gaussian(30), 1);
                List<Point> points = draws.stream()
                        .map(draw -> x.along(
                                draw < 0
                                        ? gaussian(-draw).plus(Direction.of(mean))
                                        : Direction.of(mean).plus(gaussian(draw)),
                                draw < 0 ? -1e-2 : 1e-2))
                        .toList();
                all.add(written(points));
            }
            for (int p = 0; p < draws.size(); p++) {
                assertThat(all.get(1).get(p))
                        .as(draws + ", " + p)
                        .isEqualTo(all.get(0).get(p));
            }
            assertThat(all.get(0).get(0)).isNotEqualTo(all.get(0).get(1));
        }
    }

    /** A part of each tensor, in single precision and in bf16, as it lies in a scratch. */
    private List<float[]> written(List<Point> points) {
        boolean remote = points.get(0).origin().storage().accelerator().isPresent();
        int room = 3 * 4000;
        List<Arena.Numbers> single = new ArrayList<>();
        List<Arena.Numbers> half = new ArrayList<>();
        try (Arena own = new Arena(remote ? Emulator.device() : Device.CPU)) {
            for (int p = 0; p < points.size(); p++) {
                single.add(own.numbers(room, Precision.FP32));
                half.add(own.numbers(room, Precision.BF16));
            }
            List<Pass.Part> parts = new ArrayList<>();
            for (List<Arena.Numbers> scratch : List.of(single, half)) {
                Lanes[] out =
                        scratch.stream().map(numbers -> numbers.view(0, room)).toArray(Lanes[]::new);
                parts.add(new Pass.Part(0, 999, 4000, out, 3));
                parts.add(new Pass.Part(2, 64, 3001, out, 4003));
                parts.add(new Pass.Part(1, 30, 7, out, 8000));
                parts.add(new Pass.Part(3, 0, 1, out, 9000));
            }
            Pass.of(points).write(parts);
            return IntStream.range(0, points.size())
                    .mapToObj(p -> {
                        float[] all = new float[2 * room];
                        single.get(p).view(0, room).read(0, all, 0, room);
                        half.get(p).view(0, room).read(0, all, room, room);
                        return all;
                    })
                    .toList();
        }
    }

    @Test
    void foldsHaveTheBitsOfJava() {
        List<double[]> sums = new ArrayList<>();
        for (ParameterVector x : List.of(here(SPACE), there(SPACE))) {
            x.move(gaussian(1), 2);
            List<ParameterVector> kept = kept(x);
            Direction own = Direction.of(x).plus(signs(3).times(0.1));
            Direction mean = Direction.of(kept.get(1)).times(kept.get(0)).plus(signs(3));
            sums.add(Fold.products(x, own, own));
            sums.add(Fold.products(x, own, mean));
            sums.add(Fold.sums(x, mean));
            sums.add(new double[] {
                Fold.norm(x, Direction.of(x)), Fold.product(x, gaussian(1), gaussian(2)), Fold.norm(x, Direction.ZERO)
            });
        }
        for (int i = 0; i < 4; i++) {
            assertThat(sums.get(4 + i)).isEqualTo(sums.get(i));
        }
        assertThat(sums.get(0)[2]).isPositive();
    }

    @Test
    void whatJavaWritesIsThere() {
        ParameterVector x = there(SPACE);
        float[] numbers = new float[8450];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = i / 256f;
        }
        x.set((tensor, values) -> values.put(0, numbers, 0, Math.min(tensor.size(), numbers.length)));
        float[] read = new float[37];
        x.storage().read(1, 0, read, 0, 37);
        assertThat(read[36]).isEqualTo(36 / 256f);
        ParameterVector y = here(SPACE);
        y.set((tensor, values) -> values.put(0, numbers, 0, Math.min(tensor.size(), numbers.length)));
        assertThat(x.fingerprint()).isEqualTo(y.fingerprint());
        assertThatThrownBy(() -> x.storage().of(0)).hasMessageContaining("GPU");
    }

    /** The program that a GPU is given is made of the source that is tested here; src/main/cuda/ptx.py makes it. */
    @Test
    void theProgramIsThatOfTheSource() throws Exception {
        try (InputStream source = Accelerator.class.getResourceAsStream("pass.cu")) {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(source.readAllBytes());
            assertThat(Program.text(Accelerator.class, "pass.ptx"))
                    .startsWith("// of pass.cu with SHA-256 " + HexFormat.of().formatHex(hash));
        }
    }

    @Test
    void sayWhatIsMissing() {
        assertThatThrownBy(() -> new Arena(Device.gpu(3)))
                .hasMessage("gpu(3) is not one of this machine's, which has one, gpu(0)");
        assertThatThrownBy(() -> Device.gpu(-1)).hasMessage("gpu is negative: -1");
        assertThat(Gpu.open(0).memory()).isEqualTo(new Gpu.Bytes(2L << 30, 2L << 30));
        Device.gpu(0).require(2L << 30, "model small");
        assertThatThrownBy(() -> Device.gpu(0).require(5L << 30, "model large"))
                .hasMessageContaining(
                        "gpu(0) has 2048 MB free of 2048, and model large takes 5120: end what else runs");
        assertThat(Gpu.open(0).cuda()).isEqualTo("12.8");
        assertThat(Gpu.open(0).capability()).isEqualTo(9.0);
        assertThat(Collections.singleton(Gpu.open(0).name())).containsExactly("this processor in place of a GPU");
    }
}
