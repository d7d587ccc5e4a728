package org.zolab.cli;

import java.io.PrintStream;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.zolab.diagnose.Machine;
import org.zolab.space.Direction;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Team;
import org.zolab.tensor.Arena;
import org.zolab.tensor.Torch;
import org.zolab.tensor.TorchStorage;
import picocli.CommandLine;

/** The Pass in place over a large vector, beside a copy of the same bytes. Interleaved; medians. */
@CommandLine.Command(
        name = "pass",
        description = "Displacing a large vector by noise, beside a copy of the same bytes.",
        mixinStandardHelpOptions = true)
final class BenchPass implements Callable<Integer> {

    private static final int TENSOR = 1 << 22;

    @CommandLine.Option(names = "--parameters", defaultValue = "125000000", description = "default: ${DEFAULT-VALUE}")
    private long parameters;

    @CommandLine.Option(names = "--repeats", defaultValue = "7", description = "default: ${DEFAULT-VALUE}")
    private int repeats;

    @Override
    public Integer call() {
        if (!(parameters >= TENSOR)) {
            throw new IllegalArgumentException("parameters is less than " + TENSOR + ": " + parameters);
        }
        Bench.requireRepeats(repeats);
        ParameterSpace.Builder builder = ParameterSpace.builder();
        for (long i = 0; i < parameters / TENSOR; i++) {
            builder.add("t" + i, List.of(TENSOR));
        }
        ParameterSpace space = builder.build();
        Team team = Torch.team(Runtime.getRuntime().availableProcessors());
        try (Arena arena = new Arena()) {
            ParameterVector x = new ParameterVector(space, new TorchStorage(space, arena, team));
            ParameterVector y = x.zeros();
            Map<String, Runnable> works = new LinkedHashMap<>();
            works.put("copy", () -> copy(x, y, team));
            works.put("gaussian", () -> x.move(noise(0, Law.GAUSSIAN), 1e-6));
            works.put("rademacher", () -> x.move(noise(0, Law.RADEMACHER), 1e-6));
            Direction eight = Direction.ZERO;
            for (int i = 0; i < 8; i++) {
                eight = eight.plus(noise(i, Law.GAUSSIAN));
            }
            Direction streams = eight;
            works.put("8 gaussians", () -> x.move(streams, 1e-6));
            double[][] ms = new double[works.size()][repeats];
            for (int i = -2; i < repeats; i++) {
                int w = 0;
                for (Runnable work : works.values()) {
                    long start = System.nanoTime();
                    work.run();
                    if (i >= 0) {
                        ms[w][i] = (System.nanoTime() - start) / 1e6;
                    }
                    w++;
                }
            }
            print(System.out, space.dimension(), team.size(), works.keySet().toArray(new String[0]), ms);
        } finally {
            team.close();
        }
        return 0;
    }

    private static void print(PrintStream out, long d, int threads, String[] names, double[][] ms) {
        out.printf(
                Locale.ROOT,
                "%,d parameters in place, fp32, %d threads, noise %s, %s, JDK %s%n",
                d,
                threads,
                Machine.noiseKernel(),
                Machine.processor(),
                System.getProperty("java.version"));
        double copy = Bench.median(ms[0]);
        for (int w = 0; w < names.length; w++) {
            double median = Bench.median(ms[w]);
            out.printf(
                    Locale.ROOT,
                    "  %-12s %8.1f ms  %6.2f Gparam/s  %6.1f GB/s  %.2f x the copy%n",
                    names[w],
                    median,
                    d / median / 1e6,
                    2.0 * Float.BYTES * d / median / 1e6,
                    median / copy);
        }
    }

    private static Direction noise(int draw, Law law) {
        return Direction.noise(new NoiseKey(1, 0, draw), law);
    }

    private static void copy(ParameterVector from, ParameterVector to, Team team) {
        team.run(from.space().tensors().size(), t -> {
            FloatBuffer source = from.storage().of(t);
            to.storage().of(t).put(0, source, 0, source.capacity());
        });
    }
}
