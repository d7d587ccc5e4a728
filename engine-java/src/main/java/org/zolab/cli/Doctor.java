package org.zolab.cli;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.zolab.diagnose.Machine;
import org.zolab.model.Compute;
import org.zolab.space.Precision;
import org.zolab.tensor.Device;
import org.zolab.tensor.Gpu;
import org.zolab.tensor.LinearKernel;
import org.zolab.tensor.Torch;
import org.zolab.train.Home;
import picocli.CommandLine;

/** Says what this machine offers and what was chosen on it. */
@CommandLine.Command(
        name = "doctor",
        description = "What the engine finds on this machine, and what it chose.",
        mixinStandardHelpOptions = true)
public final class Doctor implements Callable<Integer> {

    private static final int ROWS = 320;
    private static final int IN = 768;
    private static final int OUT = 3072;

    @Override
    public Integer call() {
        PrintStream out = System.out;
        line(out, "java", System.getProperty("java.version") + ", " + System.getProperty("java.vm.name"));
        line(out, "system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        line(out, "processor", Machine.processor() + ", " + Runtime.getRuntime().availableProcessors() + " cores");
        line(out, "features", Machine.features());
        line(out, "heap", (Runtime.getRuntime().maxMemory() >> 20) + " MB at most");
        line(out, "noise kernel", Machine.noiseKernel());
        line(out, "pytorch", Torch.description());
        double[] single = LinearKernel.gigaflops(ROWS, IN, OUT, Precision.FP32);
        double[] half = LinearKernel.gigaflops(ROWS, IN, OUT, Precision.BF16);
        for (LinearKernel kernel : LinearKernel.values()) {
            int k = kernel.ordinal();
            line(
                    out,
                    "linear " + kernel.id(),
                    String.format(
                            Locale.ROOT,
                            "%.0f GFLOP/s on one thread, [%d, %d] x [%d, %d]ᵀ; in bf16 %s",
                            single[k],
                            ROWS,
                            IN,
                            OUT,
                            IN,
                            half[k] == 0 ? "none on this processor" : String.format(Locale.ROOT, "%.0f", half[k])));
        }
        line(
                out,
                "compute",
                Compute.ofMachine(Home.cache()) + ", with precision = bf16 "
                        + Compute.ofMachine(Home.cache(), Precision.BF16, Precision.FP32)
                        + " (pin with -Dzo.linear=aten|onednn and -Dzo.threads=N)");
        gpus(out);
        Path home = Home.folder();
        line(out, "state", home + (Files.isDirectory(home) ? "" : " (made when it is needed)"));
        return 0;
    }

    /** A line for each GPU, or what is missing for it. */
    private static void gpus(PrintStream out) {
        try {
            int count = Gpu.count();
            for (int i = 0; i < count; i++) {
                line(out, Device.gpu(i).toString(), gpu(i));
            }
            if (count == 0) {
                line(out, "gpu", "NVIDIA's driver sees none");
            }
        } catch (IllegalArgumentException | IllegalStateException e) {
            line(out, "gpu", String.valueOf(e.getMessage()));
        }
    }

    private static String gpu(int index) {
        try {
            Gpu gpu = Device.gpu(index).gpu().orElseThrow();
            Gpu.Bytes memory = gpu.memory();
            return String.format(
                    Locale.ROOT,
                    "%s, %d MB free of %d, compute capability %.1f, CUDA %s; computes the bits of this processor",
                    gpu.name(),
                    memory.free() >> 20,
                    memory.all() >> 20,
                    gpu.capability(),
                    gpu.cuda());
        } catch (IllegalArgumentException | IllegalStateException e) {
            return "cannot be used: " + e.getMessage();
        }
    }

    private static void line(PrintStream out, String what, String value) {
        out.printf("%-14s %s%n", what, value);
    }
}
