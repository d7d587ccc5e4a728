package org.zolab.model;

import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.zolab.space.ParameterSpace;
import org.zolab.space.Precision;
import org.zolab.space.Problems;
import org.zolab.tensor.Device;
import org.zolab.tensor.LinearKernel;

/**
 * How and where forward passes are computed. The last bits of a loss depend on it, so it is part of a plan and recorded with every step.
 *
 * <p>In bf16, a linear layer's matrix is rounded to the nearest when it is displaced, and its input when it is multiplied. Sums within a
 * product, the values passed between blocks, norms, softmax, embeddings and losses stay in single precision. So do the head's logits: near
 * 10, bf16 resolves only 1/16, coarser than the difference between the two points of a step.
 *
 * <p>On a GPU, where PyTorch computes a row's sum in parts, it may add the parts of a bf16 product in bf16 too.
 *
 * @param linear    the kernel of linear layers
 * @param threads   how many threads share a batch: its rows are divided into up to that many parts, each computed by one thread
 * @param precision the precision of the matrices and inputs that linear layers multiply
 * @param theta     the precision in which the model's matrices are kept; its vectors are kept in single precision
 * @param device    where weights and batches are held; a GPU requires one thread and ATEN's kernels
 */
public record Compute(LinearKernel linear, int threads, Precision precision, Precision theta, Device device) {

    private static final Pattern FORM =
            Pattern.compile("([^/]+)/(\\d{1,4})(?:/(fp32|bf16)/(fp32|bf16))?(?:@(gpu:\\d{1,2}))?");

    public Compute {
        new Problems()
                .require(threads >= 1 && threads <= 1024, "threads is not in 1 to 1024", threads)
                .require(
                        !device.isGpu() || threads == 1 && linear == LinearKernel.ATEN,
                        "a GPU takes aten and one thread, not",
                        linear.id() + "/" + threads)
                .orThrow();
    }

    /** On the processor, in the given precisions. */
    public Compute(LinearKernel linear, int threads, Precision precision, Precision theta) {
        this(linear, threads, precision, theta, Device.CPU);
    }

    /** On the processor, in single precision. */
    public Compute(LinearKernel linear, int threads) {
        this(linear, threads, Precision.FP32, Precision.FP32);
    }

    /**
     * On the processor in single precision, with this machine's faster kernel and all its cores; {@code -Dzo.linear} and
     * {@code -Dzo.threads} override these.
     */
    public static Compute ofMachine(Path cache) {
        return ofMachine(cache, Precision.FP32, Precision.FP32);
    }

    /** On the processor in the given precisions, with this machine's faster kernel and all its cores, or what the same properties pin. */
    public static Compute ofMachine(Path cache, Precision precision, Precision theta) {
        int threads = Integer.getInteger("zo.threads", Runtime.getRuntime().availableProcessors());
        return new Compute(LinearKernel.ofMachine(cache, precision), threads, precision, theta);
    }

    /** On a device of this machine, in the given precisions. */
    public static Compute on(Device device, Path cache, Precision precision, Precision theta) {
        return device.isGpu()
                ? new Compute(LinearKernel.ATEN, 1, precision, theta, device)
                : ofMachine(cache, precision, theta);
    }

    /** The precision in which a tensor of a model is kept. */
    Precision kept(ParameterSpace.Tensor tensor) {
        return tensor.shape().size() == 1 ? Precision.FP32 : theta;
    }

    /** The memory of a model's parameters, in bytes. */
    public long bytes(ParameterSpace space) {
        return space.tensors().stream()
                .mapToLong(tensor -> (long) kept(tensor).bytes() * tensor.size())
                .sum();
    }

    /**
     * A single word such as {@code onednn/2}, with the precisions unless both are single, and with the GPU if there is one:
     * {@code aten/1/bf16/fp32@gpu:0}.
     */
    @Override
    public String toString() {
        String kernel = linear.id() + "/" + threads;
        String precisions =
                precision == Precision.FP32 && theta == Precision.FP32 ? "" : "/" + precision.id() + "/" + theta.id();
        return kernel + precisions + (device.isGpu() ? "@" + device : "");
    }

    /** Parses what {@link #toString()} returns. */
    public static Compute parse(String text) {
        Matcher parts = FORM.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException(
                    "compute is not KERNEL/THREADS or KERNEL/THREADS/PRECISION/THETA, with @gpu:NUMBER behind it on a GPU, such as onednn/2 or aten/1/bf16/fp32@gpu:0: "
                            + text);
        }
        return new Compute(
                LinearKernel.named(parts.group(1)),
                Integer.parseInt(parts.group(2)),
                precision(parts.group(3)),
                precision(parts.group(4)),
                parts.group(5) == null ? Device.CPU : Device.parse(parts.group(5)));
    }

    private static Precision precision(@Nullable String id) {
        return id == null ? Precision.FP32 : Precision.valueOf(id.toUpperCase(Locale.ROOT));
    }
}
