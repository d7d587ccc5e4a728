package org.zolab.tensor;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.pytorch.jni.LibUtils;
import ai.djl.util.Utils;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.zolab.space.Team;

/** The PyTorch library of this process: loaded once, its version checked, its threads configured. */
public final class Torch {

    /** The only version that DJL's native bindings match; others load, report their number, and corrupt memory. */
    private static final String VERSION = "2.7.1";

    private static final class Loaded {
        static final Optional<String> REFUSAL = refusal();

        private static Optional<String> refusal() {
            if (System.getProperty("ai.djl.offline") == null) {
                System.setProperty("ai.djl.offline", "true"); // natives come from the class path, never from a network
            }
            if (System.getProperty("OPT_OUT_TRACKING") == null) {
                System.setProperty("OPT_OUT_TRACKING", "true");
            }
            String named = Utils.getEnvOrSystemProperty("PYTORCH_LIBRARY_PATH", "");
            Optional<String> other = Natives.named(named).flatMap(folder -> Natives.refusal(VERSION, folder));
            if (other.isPresent()) {
                return other;
            }
            Engine engine = Natives.with(() -> Engine.getEngine("PyTorch"));
            return Optional.of(engine.getVersion())
                    .filter(version -> !VERSION.equals(version))
                    .map(version -> "PyTorch is not " + VERSION + ": " + version + "; unset PYTORCH_VERSION");
        }

        private Loaded() {}
    }

    private Torch() {}

    /** Loads the library; the first call in a process takes a second or two. */
    public static void load() {
        Loaded.REFUSAL.ifPresent(refusal -> {
            throw new IllegalStateException(refusal);
        });
    }

    /** A readable description of the library: its version, whether it computes on a GPU, and its folder. */
    public static String description() {
        load();
        Engine engine = Engine.getEngine("PyTorch");
        Path folder = Path.of(LibUtils.getLibtorchPath());
        String kind = "for CPUs";
        if (Files.exists(folder.resolve(System.mapLibraryName("torch_cuda")))) {
            kind = "for CUDA, sees " + (hasCuda() ? "a GPU" : "no GPU");
        }
        return Natives.version(folder).orElse(engine.getVersion()) + ", " + kind + ", in " + folder;
    }

    /** A team whose threads each use one PyTorch thread, without autograd; PyTorch keeps both settings per thread. */
    public static Team team(int threads) {
        return team(threads, Device.CPU);
    }

    /** A team whose threads each use one PyTorch thread, without autograd, for programs that run on {@code device}. */
    public static Team team(int threads, Device device) {
        load();
        return new Team(threads, () -> {
            JniUtils.setNumThreads(1);
            JniUtils.setGradMode(false);
            if (device.isGpu()) {
                // otherwise operators are fused after a few calls, which changes bits
                JniUtils.setGraphExecutorOptimize(false);
            }
        });
    }

    /** Whether the loaded libraries are those with CUDA, and see a GPU. */
    static boolean hasCuda() {
        load();
        return Engine.getEngine("PyTorch").hasCapability("CUDA");
    }

    /** Sets how many threads PyTorch itself uses for calls made on the current thread. */
    public static void setThreads(int threads) {
        load();
        JniUtils.setNumThreads(threads);
    }

    /** Releases the GPU memory that PyTorch caches for reuse. */
    static void forget() {
        if (!Gpu.emulated()) {
            JniUtils.emptyCudaCache();
        }
    }

    static PtNDManager manager(Device device) {
        load();
        return (PtNDManager) NDManager.newBaseManager(device.torch(), "PyTorch");
    }
}
