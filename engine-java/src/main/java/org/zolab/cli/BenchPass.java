package org.zolab.cli;

import java.io.PrintStream;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.zolab.diagnose.Machine;
import org.zolab.diagnose.Median;
import org.zolab.space.Direction;
import org.zolab.space.Kernels;
import org.zolab.space.Lanes;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Pass;
import org.zolab.space.Precision;
import org.zolab.space.Team;
import org.zolab.tensor.Arena;
import org.zolab.tensor.Torch;
import org.zolab.tensor.TorchStorage;
import picocli.CommandLine;

/** The Pass over a large vector, in place and into scratches of two points, beside a copy of the same bytes. Interleaved; medians. */
@CommandLine.Command(
        name = "pass",
        description = "Displacing a large vector by noise, in place and to two points, beside a copy.",
        mixinStandardHelpOptions = true)
final class BenchPass implements Callable<Integer> {

    private static final int TENSOR = 1 << 22;

    @CommandLine.Option(names = "--parameters", defaultValue = "125000000", description = "default: ${DEFAULT-VALUE}")
    private long parameters;

    @CommandLine.Mixin
    private final DeviceOption on = new DeviceOption();

    @CommandLine.Option(names = "--repeats", defaultValue = "7", description = "default: ${DEFAULT-VALUE}")
    private int repeats;

    /** What is timed, and how many bytes of memory it moves for a parameter. */
    private record Work(double bytes, Runnable run) {}

    @Override
    public Integer call() {
        if (!(parameters >= TENSOR)) {
            throw new IllegalArgumentException("parameters is less than " + TENSOR + ": " + parameters);
        }
        Bench.requireRepeats(repeats);
        Kernels.settle();
        ParameterSpace.Builder builder = ParameterSpace.builder();
        for (long i = 0; i < parameters / TENSOR; i++) {
            builder.add("t" + i, List.of(TENSOR));
        }
        ParameterSpace space = builder.build();
        Team team = Torch.team(on.device().isGpu() ? 1 : Runtime.getRuntime().availableProcessors(), on.device());
        try (Arena arena = new Arena(on.device())) {
            ParameterVector x = new ParameterVector(space, new TorchStorage(space, arena, team));
            ParameterVector y = x.zeros();
            Map<String, Work> works = new LinkedHashMap<>();
            works.put("copy", new Work(8, () -> copy(x, y, team)));
            works.put("gaussian", new Work(8, () -> x.move(noise(0, Law.GAUSSIAN), 1e-6)));
            works.put("rademacher", new Work(8, () -> x.move(noise(0, Law.RADEMACHER), 1e-6)));
            Direction eight = Direction.ZERO;
            for (int i = 0; i < 8; i++) {
                eight = eight.plus(noise(i, Law.GAUSSIAN));
            }
            Direction streams = eight;
            works.put("8 gaussians", new Work(8, () -> x.move(streams, 1e-6)));
            for (Precision precision : Precision.values()) {
                Lanes[] scratches = new Lanes[2];
                Arrays.setAll(scratches, i -> arena.numbers(TENSOR, precision).view(0, TENSOR));
                for (Law law : List.of(Law.GAUSSIAN, Law.RADEMACHER)) {
                    works.put(
                            law + " to a " + precision.id() + " pair",
                            new Work(4 + 2 * precision.bytes(), () -> pair(x, noise(0, law), scratches)));
                }
            }
            double[][] ms = new double[works.size()][repeats];
            for (int i = -2; i < repeats; i++) {
                int w = 0;
                for (Work work : works.values()) {
                    double took = Bench.time(on.device(), work.run());
                    if (i >= 0) {
                        ms[w][i] = took;
                    }
                    w++;
                }
            }
            print(System.out, space.dimension(), team.size(), works, ms);
        } finally {
            team.close();
        }
        return 0;
    }

    private void print(PrintStream out, long d, int threads, Map<String, Work> works, double[][] ms) {
        out.printf(
                Locale.ROOT,
                "%,d parameters, in place unless said, %d threads, noise %s, %s, JDK %s%n",
                d,
                threads,
                Machine.noiseKernel(),
                Bench.processor(on.device()),
                System.getProperty("java.version"));
        double copy = Median.of(ms[0]);
        int w = 0;
        for (Map.Entry<String, Work> work : works.entrySet()) {
            double median = Median.of(ms[w++]);
            out.printf(
                    Locale.ROOT,
                    "  %-28s %8.1f ms  %6.2f Gparam/s  %6.1f GB/s  %.2f x the copy%n",
                    work.getKey(),
                    median,
                    d / median / 1e6,
                    work.getValue().bytes() * d / median / 1e6,
                    median / copy);
        }
    }

    /** Both points of a step, tensor by tensor into the same scratches. */
    private static void pair(ParameterVector x, Direction z, Lanes[] scratches) {
        Pass pass = Pass.of(List.of(x.along(z, 1e-3), x.along(z, -1e-3)));
        for (int t = 0; t < x.space().tensors().size(); t++) {
            pass.write(List.of(new Pass.Part(t, 0, TENSOR, scratches, 0)));
        }
    }

    private static Direction noise(int draw, Law law) {
        return Direction.noise(new NoiseKey(1, 0, draw), law);
    }

    private void copy(ParameterVector from, ParameterVector to, Team team) {
        team.run(from.space().tensors().size(), t -> {
            if (from.storage().lanes(t) instanceof Lanes.Remote there) {
                on.device()
                        .gpu()
                        .orElseThrow()
                        .copy(there, (Lanes.Remote) to.storage().lanes(t), TENSOR);
                return;
            }
            FloatBuffer source = from.storage().of(t);
            to.storage().of(t).put(0, source, 0, source.capacity());
        });
    }
}
