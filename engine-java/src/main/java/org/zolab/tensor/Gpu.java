package org.zolab.tensor;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.zolab.space.Accelerator;
import org.zolab.space.Lanes;

/**
 * An NVIDIA GPU, used through its driver. Passes and folds run over PyTorch's own memory and in order with PyTorch's work, since both use
 * the default stream of the device's primary context.
 *
 * <p>Opened once per process, when it is also checked that its bits equal this processor's. Memory: PyTorch's, plus 8 bytes per 1024
 * parameters once a fold has run.
 */
public final class Gpu implements Accelerator {

    /**
     * Names a library to load in place of the driver's, with PyTorch staying on the processor; this is how tests run all of this class
     * without a GPU.
     */
    private static final String EMULATOR = "zo.gpu.emulator";

    /** The compute capability that the passes are compiled for; later ones run them too. */
    private static final double CAPABILITY = 8.0;

    /** The newest compute capability that PyTorch's libraries are compiled for. */
    private static final double NEWEST = 9.0;

    private static final int THREADS = 128;
    private static final int TILES = THREADS / 32;
    private static final int STAGED = 1 << 20;

    private static final Map<Integer, Gpu> OPEN = new HashMap<>();
    private static @Nullable CudaDriver loaded;

    private static final ThreadLocal<Memory> STAGE = ThreadLocal.withInitial(() -> new Memory(STAGED));
    private static final ThreadLocal<Parameters> PARAMETERS = ThreadLocal.withInitial(Parameters::new);

    /** One thread's kernel parameters, and the pointers to them that the driver expects. */
    private static final class Parameters {
        private static final int JOB = 32;
        private static final int LAST = 4064;

        private final Memory memory = new Memory(LAST + 32);

        Parameters() {
            memory.setPointer(0, memory.share(JOB));
            memory.setPointer(8, memory.share(LAST));
            memory.setPointer(16, memory.share(LAST + 8));
        }

        Pointer of(int[] job, int tiles, long sums) {
            memory.write(JOB, job, 0, job.length);
            memory.setInt(LAST, tiles);
            memory.setLong(LAST + 8, sums);
            return memory;
        }
    }

    private final CudaDriver driver;
    private final int device;
    private final Pointer context;
    private final List<Pointer> passes;
    private final Pointer fold;
    private final Pointer merge;
    private final Pointer rule;
    private long sums;
    private int room;

    private Gpu(CudaDriver driver, int index) {
        this.driver = driver;
        this.device = number(driver, into -> driver.cuDeviceGet(into, index));
        if (capability() < CAPABILITY || capability() >= NEWEST + 1) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "gpu(%d) is %s of compute capability %.1f, and there are passes from %.1f on and PyTorch's libraries here up to %.1f",
                    index,
                    name(),
                    capability(),
                    CAPABILITY,
                    NEWEST));
        }
        PointerByReference reference = new PointerByReference();
        check(driver, driver.cuDevicePrimaryCtxRetain(reference, device), "its context cannot be made");
        this.context = reference.getValue();
        enter();
        byte[] program = Program.text(Accelerator.class, "pass.ptx").getBytes(StandardCharsets.US_ASCII);
        check(
                driver,
                driver.cuModuleLoadData(reference, Arrays.copyOf(program, program.length + 1)),
                "the driver, of CUDA " + cuda() + ", does not take the passes, which need one of 12.1 or newer");
        Pointer module = reference.getValue();
        this.passes = List.of(
                function(module, "pass1"),
                function(module, "pass2"),
                function(module, "pass4"),
                function(module, "pass8"));
        this.fold = function(module, "fold");
        this.merge = function(module, "merge");
        this.rule = function(module, "rule");
    }

    /**
     * Opens GPU number {@code index} of this machine.
     *
     * @throws IllegalArgumentException that says what is missing: a driver, such a GPU, PyTorch's libraries with CUDA
     * @throws IllegalStateException if its arithmetic differs from this processor's
     */
    static synchronized Gpu open(int index) {
        Gpu open = OPEN.get(index);
        if (open == null) {
            int count = count();
            if (index >= count) {
                throw new IllegalArgumentException("gpu(" + index + ") is not one of this machine's, which has "
                        + (count == 0 ? "none" : count == 1 ? "one, gpu(0)" : "gpu(0) to gpu(" + (count - 1) + ")"));
            }
            if (!emulated() && !Torch.hasCuda()) {
                throw new IllegalArgumentException("gpu(" + index
                        + ") has a driver, but PyTorch's libraries here see no GPU (those of the Java archives are for the processor):"
                        + " fetch those with CUDA by ./zo gpu, once, and start again");
            }
            open = new Gpu(driver(), index);
            OPEN.put(index, open); // where the arenas of the check find it
            boolean same = false;
            try {
                SameBits.require(Device.gpu(index));
                same = true;
            } finally {
                if (!same) {
                    OPEN.remove(index);
                }
            }
        }
        return open;
    }

    /** Whether the driver is emulated, so that PyTorch's tensors stay on the processor. */
    static boolean emulated() {
        return System.getProperty(EMULATOR) != null;
    }

    /**
     * How many GPUs this machine has.
     *
     * @throws IllegalArgumentException if there is no driver
     */
    public static synchronized int count() {
        CudaDriver driver = driver();
        int error = driver.cuInit(0);
        if (error == CudaDriver.NO_DEVICE) {
            return 0;
        }
        check(driver, error, "NVIDIA's driver does not start");
        return number(driver, driver::cuDeviceGetCount);
    }

    private static CudaDriver driver() {
        if (loaded == null) {
            String library = System.getProperty(EMULATOR, "libcuda.so.1");
            try {
                loaded = Native.load(library, CudaDriver.class);
            } catch (UnsatisfiedLinkError e) {
                throw new IllegalArgumentException(
                        "a GPU needs NVIDIA's driver, and " + library + " cannot be loaded: install it (nvidia-smi then"
                                + " lists the GPUs), or leave device out to compute on the processor",
                        e);
            }
        }
        return Objects.requireNonNull(loaded);
    }

    /** The maker's name for it. */
    public String name() {
        byte[] name = new byte[256];
        check(driver, driver.cuDeviceGetName(name, name.length, device), "it does not say its name");
        return Native.toString(name);
    }

    /** Its compute capability, such as 9.0. */
    public double capability() {
        return attribute(CudaDriver.CAPABILITY_MAJOR) + attribute(CudaDriver.CAPABILITY_MINOR) / 10.0;
    }

    private int attribute(int attribute) {
        return number(driver, into -> driver.cuDeviceGetAttribute(into, attribute, device));
    }

    /**
     * The GPU's memory in bytes.
     *
     * @param free not used by any process; memory that PyTorch caches counts as used
     * @param all  in total
     */
    public record Bytes(long free, long all) {}

    /** The GPU's memory now. */
    public Bytes memory() {
        enter();
        LongByReference free = new LongByReference();
        LongByReference all = new LongByReference();
        check(driver, driver.cuMemGetInfo_v2(free, all), "it does not say what memory is free");
        return new Bytes(free.getValue(), all.getValue());
    }

    /** The newest CUDA version that the driver supports, such as 12.8. */
    public String cuda() {
        int version = number(driver, driver::cuDriverGetVersion);
        return version / 1000 + "." + version % 1000 / 10;
    }

    /** Copies {@code n} single-precision numbers within the GPU's memory. Returns at once. */
    public void copy(Lanes.Remote from, Lanes.Remote to, int n) {
        enter();
        check(
                driver,
                driver.cuMemcpyDtoD_v2(to.address(), from.address(), (long) n * Float.BYTES),
                "numbers cannot be copied within it");
    }

    @Override
    public void settle() {
        enter();
        check(driver, driver.cuCtxSynchronize(), "it failed in what it was asked before");
    }

    @Override
    public void read(long address, float[] into, int at, int n) {
        chunks(n, Float.BYTES, (stage, done, run) -> {
            copyOut(stage, address + (long) done * Float.BYTES, (long) run * Float.BYTES);
            stage.read(0, into, at + done, run);
        });
    }

    @Override
    public void read(long address, short[] into, int at, int n) {
        chunks(n, Short.BYTES, (stage, done, run) -> {
            copyOut(stage, address + (long) done * Short.BYTES, (long) run * Short.BYTES);
            stage.read(0, into, at + done, run);
        });
    }

    @Override
    public void write(long address, float[] numbers, int at, int n) {
        chunks(n, Float.BYTES, (stage, done, run) -> {
            stage.write(0, numbers, at + done, run);
            copyIn(address + (long) done * Float.BYTES, stage, (long) run * Float.BYTES);
        });
    }

    @Override
    public void write(long address, short[] numbers, int at, int n) {
        chunks(n, Short.BYTES, (stage, done, run) -> {
            stage.write(0, numbers, at + done, run);
            copyIn(address + (long) done * Short.BYTES, stage, (long) run * Short.BYTES);
        });
    }

    @Override
    public void pass(int points, int[] job, int tiles) {
        int kernel = 32 - Integer.numberOfLeadingZeros(points - 1);
        launch(passes.get(kernel), PARAMETERS.get().of(job, tiles, 0), tiles);
    }

    @Override
    public synchronized double[] fold(int[] job, int tiles) {
        if (room < tiles) {
            enter();
            if (room > 0) {
                check(driver, driver.cuMemFree_v2(sums), "memory cannot be freed");
                room = 0;
            }
            Torch.forget(); // memory that PyTorch caches is not free
            LongByReference address = new LongByReference();
            check(driver, driver.cuMemAlloc_v2(address, 8L * tiles), "there is no memory for the sums of a fold");
            sums = address.getValue();
            room = tiles;
        }
        launch(fold, PARAMETERS.get().of(job, tiles, sums), tiles);
        double[] result = new double[tiles];
        chunks(tiles, Double.BYTES, (stage, done, run) -> {
            copyOut(stage, sums + 8L * done, 8L * run);
            stage.read(0, result, done, run);
        });
        return result;
    }

    @Override
    public void merge(int[] job, int tiles) {
        launch(merge, PARAMETERS.get().of(job, tiles, 0), tiles);
    }

    @Override
    public void rule(int[] job, int tiles) {
        launch(rule, PARAMETERS.get().of(job, tiles, 0), tiles);
    }

    @FunctionalInterface
    private interface Chunk {
        void copy(Memory stage, int done, int run);
    }

    private static void chunks(int n, int bytes, Chunk chunk) {
        for (int done = 0, run; done < n; done += run) {
            run = Math.min(n - done, STAGED / bytes);
            chunk.copy(STAGE.get(), done, run);
        }
    }

    private void copyIn(long to, Memory from, long bytes) {
        enter();
        check(driver, driver.cuMemcpyHtoD_v2(to, from, bytes), "numbers cannot be copied to it");
    }

    private void copyOut(Memory to, long from, long bytes) {
        enter();
        check(
                driver,
                driver.cuMemcpyDtoH_v2(to, from, bytes),
                "numbers cannot be copied from it, or what was asked before failed");
    }

    private void launch(Pointer kernel, Pointer parameters, int tiles) {
        enter();
        int blocks = (tiles + TILES - 1) / TILES;
        check(
                driver,
                driver.cuLaunchKernel(kernel, blocks, 1, 1, THREADS, 1, 1, 0, null, parameters, null),
                "a pass does not start, or what was asked before failed");
    }

    private void enter() {
        check(
                driver,
                driver.cuCtxSetCurrent(context),
                "its context cannot be used"); // others set their own, on any thread
    }

    private Pointer function(Pointer module, String name) {
        PointerByReference function = new PointerByReference();
        check(driver, driver.cuModuleGetFunction(function, module, name), "there is no " + name + " in the passes");
        return function.getValue();
    }

    private static int number(CudaDriver driver, ToIntFunction<IntByReference> question) {
        IntByReference answer = new IntByReference();
        check(driver, question.applyAsInt(answer), "NVIDIA's driver does not answer");
        return answer.getValue();
    }

    private static void check(CudaDriver driver, int error, String what) {
        if (error != 0) {
            PointerByReference text = new PointerByReference();
            boolean known = driver.cuGetErrorString(error, text) == 0;
            throw new IllegalStateException("GPU: " + what + ": "
                    + (known ? text.getValue().getString(0) : "unknown error") + " (CUDA error " + error + ")");
        }
    }
}
