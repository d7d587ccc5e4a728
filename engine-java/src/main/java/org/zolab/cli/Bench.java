package org.zolab.cli;

import org.zolab.diagnose.Machine;
import org.zolab.tensor.Device;
import org.zolab.tensor.Gpu;
import picocli.CommandLine;

/** Measures the engine against what the machine can do. */
@CommandLine.Command(
        name = "bench",
        description = "Measures the engine against what the machine can do.",
        mixinStandardHelpOptions = true,
        subcommands = {BenchStep.class, BenchPass.class, BenchPeers.class})
final class Bench {

    private Bench() {}

    /** How many milliseconds it takes until what it asks of a device is done. */
    static double time(Device device, Runnable work) {
        long start = System.nanoTime();
        work.run();
        device.gpu().ifPresent(Gpu::settle);
        return (System.nanoTime() - start) / 1e6;
    }

    /** What computes the forwards of a bench. */
    static String processor(Device device) {
        return device.gpu().map(Gpu::name).orElseGet(Machine::processor);
    }

    /** Refuses to measure nothing. */
    static void requireRepeats(int repeats) {
        if (!(repeats > 0)) {
            throw new IllegalArgumentException("repeats is not strictly positive: " + repeats);
        }
    }
}
