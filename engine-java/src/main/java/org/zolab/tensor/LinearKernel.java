package org.zolab.tensor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.zolab.space.Precision;

/**
 * How x·Wᵀ + b is computed, in the precision of W: by PyTorch's default library or by oneDNN's own operator.
 *
 * <p>Which is faster depends on the processor (on AMD's the second is up to twice as fast), and their last bits differ, so the choice is
 * made once per machine, remembered, recorded with every run, and can be pinned with {@code -Dzo.linear=aten}.
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
        return Program.text(LinearKernel.class, "bias.py") + Program.text(LinearKernel.class, "linear-" + id() + ".py");
    }

    /**
     * The kernel of this machine for products in a precision: the pinned one, else the remembered one, else the faster of both, timed now
     * (about half a second) and remembered in {@code cache}.
     */
    public static LinearKernel ofMachine(Path cache, Precision precision) {
        Optional<String> pinned = Optional.ofNullable(System.getProperty("zo.linear"));
        if (pinned.isPresent()) {
            return named(pinned.get());
        }
        Path file = cache.resolve(precision == Precision.FP32 ? "linear-kernel" : "linear-kernel-" + precision.id());
        try {
            if (Files.exists(file)) {
                return named(Files.readString(file).strip());
            }
        } catch (IOException | IllegalArgumentException e) {
            // an unreadable file counts as nothing remembered
        }
        double[] rate = gigaflops(320, 768, 3072, precision);
        LinearKernel faster = rate[1] > rate[0] ? ONEDNN : ATEN;
        try {
            Files.createDirectories(cache);
            Files.writeString(file, faster.id() + "\n");
        } catch (IOException e) {
            // not remembered: the next process times again
        }
        return faster;
    }

    /**
     * The speed of each kernel on one thread, in billions of floating-point operations per second, for [rows, in] × [out, in]ᵀ: the best
     * of nine interleaved runs, since other load can only slow them. 0 for a kernel that has no such products on this processor: oneDNN
     * has none in bf16 without AVX-512.
     */
    public static double[] gigaflops(int rows, int in, int out, Precision precision) {
        Torch.load();
        int threads = Runtime.getRuntime().availableProcessors();
        double[][] seconds = new double[values().length][REPEATS];
        boolean[] able = {true, true};
        Torch.setThreads(1);
        try (Arena arena = new Arena();
                Program aten = Program.load(ATEN, LinearKernel.class, "product.py");
                Program onednn = Program.load(ONEDNN, LinearKernel.class, "product.py");
                Value x = arena.numbers((long) rows * in, precision).matrix(rows, in);
                Value w = arena.numbers((long) out * in, precision).matrix(out, in)) {
            for (int repeat = -2; repeat < REPEATS; repeat++) {
                for (LinearKernel kernel : values()) {
                    long start = System.nanoTime();
                    able[kernel.ordinal()] &= multiplies(kernel == ATEN ? aten : onednn, x, w);
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
            rates[kernel.ordinal()] = able[kernel.ordinal()] ? 2e-9 * rows * in * out / best : 0;
        }
        return rates;
    }

    private static boolean multiplies(Program program, Value x, Value w) {
        try {
            program.call("product", x, w).close();
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }
}
