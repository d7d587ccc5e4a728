package org.zolab.tensor;

import java.util.Locale;
import java.util.Optional;

/**
 * Where a model's numbers lie and its forwards run: the processor, or one of the machine's NVIDIA GPUs.
 *
 * @param index of the GPU; −1: the processor
 */
public record Device(int index) {

    /** The processor. */
    public static final Device CPU = new Device(-1);

    public Device {
        if (index < -1) {
            throw new IllegalArgumentException("gpu is negative: " + index);
        }
    }

    /** GPU number {@code index} of those that the driver shows this process, from 0 on. */
    public static Device gpu(int index) {
        if (index < 0) {
            throw new IllegalArgumentException("gpu is negative: " + index);
        }
        return new Device(index);
    }

    /** The reverse of {@link #toString()}. */
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
     * The GPU, if it is one.
     *
     * @throws IllegalArgumentException with what is missing for it
     */
    public Optional<Gpu> gpu() {
        return isGpu() ? Optional.of(Gpu.open(index)) : Optional.empty();
    }

    /**
     * Refuses {@code what} if it does not fit into what is free of a GPU's memory.
     *
     * @throws IllegalStateException with the numbers
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

    /** Where PyTorch's tensors are. */
    ai.djl.Device torch() {
        return isGpu() && !Gpu.emulated() ? ai.djl.Device.gpu(index) : ai.djl.Device.cpu();
    }

    /** {@code cpu} or {@code gpu:0}. */
    @Override
    public String toString() {
        return isGpu() ? String.format(Locale.ROOT, "gpu:%d", index) : "cpu";
    }
}
