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

    /** GPU number {@code index}, as {@code nvidia-smi} counts. */
    public static Device gpu(int index) {
        if (index < 0) {
            throw new IllegalArgumentException("gpu is negative: " + index);
        }
        return new Device(index);
    }

    /** Whether it is a GPU. */
    public boolean isGpu() {
        return index >= 0;
    }

    /**
     * The GPU, if it is one.
     *
     * @throws IllegalStateException with what is missing for it
     */
    public Optional<Gpu> gpu() {
        return isGpu() ? Optional.of(Gpu.open(index)) : Optional.empty();
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
