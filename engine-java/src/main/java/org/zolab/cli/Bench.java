package org.zolab.cli;

import java.util.Arrays;
import picocli.CommandLine;

/** Measures the engine against what the machine can do. */
@CommandLine.Command(
        name = "bench",
        description = "Measures the engine against what the machine can do.",
        mixinStandardHelpOptions = true,
        subcommands = {BenchStep.class, BenchPass.class, BenchPeers.class})
final class Bench {

    private Bench() {}

    /** The middle one of some timings. */
    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** How many milliseconds it takes. */
    static double time(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e6;
    }

    /** Refuses to measure nothing. */
    static void requireRepeats(int repeats) {
        if (!(repeats > 0)) {
            throw new IllegalArgumentException("repeats is not strictly positive: " + repeats);
        }
    }
}
