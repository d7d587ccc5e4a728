package org.zolab.tensor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * How x·Wᵀ + b is computed in single precision: by PyTorch's default library or by oneDNN's own operator.
 *
 * <p>Which is faster depends on the processor (on AMD's the second is up to twice as fast), and their last bits differ, so the
 * choice is made once for a machine, remembered, recorded with every run, and can be pinned with {@code -Dzo.linear=aten}.
 */
public enum LinearKernel {
    /** {@code torch.linear}: MKL in the x86 builds. */
    ATEN,
    /** {@code mkldnn::_linear_pointwise}, which takes plain views. */
    ONEDNN;

    private static final int REPEATS = 9;

    /** The name in records and settings. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The kernel called {@code id}. */
    public static LinearKernel named(String id) {
        return Arrays.stream(values())
                .filter(kernel -> kernel.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("linear kernel is not aten or onednn: " + id));
    }

    String methods() {
        return Program.text(LinearKernel.class, "linear-" + id() + ".py");
    }

    /**
     * The kernel of this machine: the pinned one, else the remembered one, else the faster of both, timed now (about half a
     * second) and remembered in {@code cache}.
     */
    public static LinearKernel ofMachine(Path cache) {
        Optional<String> pinned = Optional.ofNullable(System.getProperty("zo.linear"));
        if (pinned.isPresent()) {
            return named(pinned.get());
        }
        Path file = cache.resolve("linear-kernel");
        try {
            if (Files.exists(file)) {
                return named(Files.readString(file).strip());
            }
        } catch (IOException | IllegalArgumentException e) {
            // an unreadable memory is as good as none
        }
        double[] rate = gigaflops(320, 768, 3072);
        LinearKernel faster = rate[1] > rate[0] ? ONEDNN : ATEN;
        try {
            Files.createDirectories(cache);
            Files.writeString(file, faster.id() + "\n");
        } catch (IOException e) {
            // not remembered: the next process times again
        }
        return faster;
    }

    /** Billions of floating-point operations a second of each kernel on one thread, for [rows, in] × [out, in]ᵀ: the best of nine, interleaved, since other work only slows. */
    public static double[] gigaflops(int rows, int in, int out) {
        Torch.load();
        int threads = Runtime.getRuntime().availableProcessors();
        double[][] seconds = new double[values().length][REPEATS];
        Torch.setThreads(1);
        try (Arena arena = new Arena();
                Program aten = Program.load(ATEN, LinearKernel.class, "blank.py");
                Program onednn = Program.load(ONEDNN, LinearKernel.class, "blank.py");
                Value x = arena.floats(new float[rows * in], rows, in);
                Value w = arena.floats(new float[out * in], out, in);
                Value b = arena.floats(new float[out], out)) {
            for (int repeat = -2; repeat < REPEATS; repeat++) {
                for (LinearKernel kernel : values()) {
                    long start = System.nanoTime();
                    (kernel == ATEN ? aten : onednn).call("linear", x, w, b).close();
                    if (repeat >= 0) {
                        seconds[kernel.ordinal()][repeat] = (System.nanoTime() - start) / 1e9;
                    }
                }
            }
        } finally {
            Torch.setThreads(threads);
        }
        double[] rates = new double[values().length];
        for (LinearKernel kernel : values()) {
            double best = Arrays.stream(seconds[kernel.ordinal()]).min().orElseThrow();
            rates[kernel.ordinal()] = 2e-9 * rows * in * out / best;
        }
        return rates;
    }
}
