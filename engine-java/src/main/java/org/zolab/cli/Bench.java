package org.zolab.cli;

import picocli.CommandLine;

/** Measures the engine against what the machine can do. */
@CommandLine.Command(
        name = "bench",
        description = "Measures the engine against what the machine can do.",
        mixinStandardHelpOptions = true,
        subcommands = {BenchStep.class, BenchPass.class})
final class Bench {

    private Bench() {}

    /** The middle one of some timings. */
    static double median(double[] values) {
        double[] sorted = values.clone();
        java.util.Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
