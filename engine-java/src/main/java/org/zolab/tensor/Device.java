package org.zolab.tensor;

import java.util.Locale;
import java.util.Optional;

/**
 * Where a model's numbers are stored and its forward passes run: the processor, or one of the machine's NVIDIA GPUs.
 *
 * @param index the GPU's index; −1 for the processor
 */
public record Device(int index) {

    /** The processor. */
    public static final Device CPU = new Device(-1);

    public Device {
        if (index < -1) {
            throw new IllegalArgumentException("gpu is negative: " + index);
        }
    }

    /** GPU number {@code index} among those the driver shows to this process, counted from 0. */
    public static Device gpu(int index) {
        if (index < 0) {
            throw new IllegalArgumentException("gpu is negative: " + index);
        }
        return new Device(index);
    }

    /** Parses what {@link #toString()} returns. */
    public static Device parse(String text) {
        if (text.equals("cpu")) {
            return CPU;
        }
        if (!text.matches("gpu:\\d{1,2}")) {
            throw new IllegalArgumentException("device is not cpu or gpu:NUMBER, such as gpu:0: " + text);
        }
        return gpu(Integer.parseInt(text.substring(4)));
    }

    /** Whether it is a GPU. */
    public boolean isGpu() {
        return index >= 0;
    }

    /**
     * The GPU, if this device is one.
     *
     * @throws IllegalArgumentException that says what is missing to use it
     */
    public Optional<Gpu> gpu() {
        return isGpu() ? Optional.of(Gpu.open(index)) : Optional.empty();
    }

    /**
     * Refuses {@code what} if it does not fit into the free memory of the GPU. Does nothing on the processor.
     *
     * @throws IllegalStateException that states the sizes
     */
    public void require(long bytes, String what) {
        gpu().ifPresent(gpu -> {
            if (bytes > gpu.memory().free()) {
                Torch.forget();
            }
            Gpu.Bytes memory = gpu.memory();
            if (bytes > memory.free()) {
                throw new IllegalStateException(String.format(
                        Locale.ROOT,
                        "gpu(%d) has %d MB free of %d, and %s takes %d: end what else runs there (nvidia-smi lists it), keep theta in bf16, or take another device",
                        index,
                        memory.free() >> 20,
                        memory.all() >> 20,
                        what,
                        bytes >> 20));
            }
        });
    }

    /** The device on which PyTorch keeps its tensors. */
    ai.djl.Device torch() {
        return isGpu() && !Gpu.emulated() ? ai.djl.Device.gpu(index) : ai.djl.Device.cpu();
    }

    /** {@code cpu} or {@code gpu:0}. */
    @Override
    public String toString() {
        return isGpu() ? String.format(Locale.ROOT, "gpu:%d", index) : "cpu";
    }
}
