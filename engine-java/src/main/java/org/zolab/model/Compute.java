package org.zolab.model;

import java.nio.file.Path;
import java.util.Locale;
import org.zolab.space.ParameterSpace;
import org.zolab.space.Precision;
import org.zolab.space.Problems;
import org.zolab.tensor.LinearKernel;

/**
 * How forwards are computed: what a loss's last bits depend on, so it is part of a plan and recorded with every step.
 *
 * <p>In bf16 a linear layer's matrix is rounded to the nearest when it is displaced, and its input when it is multiplied; sums within a product,
 * what flows from block to block, norms, softmax, embeddings and losses stay in single precision. The head's logits too: of numbers
 * around ten bf16 keeps steps of a sixteenth, which is more than two points of a step differ by.
 *
 * @param linear    the kernel of linear layers
 * @param threads   how many threads share a batch: its rows are cut into so many parts, each computed by one thread
 * @param precision of the matrices and inputs that linear layers multiply
 * @param theta     of the model's matrices where they are kept; its vectors are kept in single precision
 */
public record Compute(LinearKernel linear, int threads, Precision precision, Precision theta) {

    public Compute {
        new Problems()
                .require(threads >= 1 && threads <= 1024, "threads is not in 1 to 1024", threads)
                .orThrow();
    }

    /** In single precision. */
    public Compute(LinearKernel linear, int threads) {
        this(linear, threads, Precision.FP32, Precision.FP32);
    }

    /** In single precision by the faster kernel and all cores of this machine; {@code -Dzo.linear} and {@code -Dzo.threads} pin them. */
    public static Compute ofMachine(Path cache) {
        return ofMachine(cache, Precision.FP32, Precision.FP32);
    }

    /** The same in other precisions. */
    public static Compute ofMachine(Path cache, Precision precision, Precision theta) {
        int threads = Integer.getInteger("zo.threads", Runtime.getRuntime().availableProcessors());
        return new Compute(LinearKernel.ofMachine(cache, precision), threads, precision, theta);
    }

    /** The precision in which a tensor of a model is kept. */
    Precision kept(ParameterSpace.Tensor tensor) {
        return tensor.shape().size() == 1 ? Precision.FP32 : theta;
    }

    /** What a model's parameters take in memory. */
    public long bytes(ParameterSpace space) {
        return space.tensors().stream()
                .mapToLong(tensor -> (long) kept(tensor).bytes() * tensor.size())
                .sum();
    }

    /** In one word, such as {@code onednn/2}; with its precisions, such as {@code onednn/2/bf16/fp32}, unless both are single. */
    @Override
    public String toString() {
        String kernel = linear.id() + "/" + threads;
        return precision == Precision.FP32 && theta == Precision.FP32
                ? kernel
                : kernel + "/" + precision.id() + "/" + theta.id();
    }

    /** The reverse of {@link #toString()}. */
    public static Compute parse(String text) {
        if (!text.matches("[^/]+/\\d{1,4}(/(fp32|bf16)/(fp32|bf16))?")) {
            throw new IllegalArgumentException(
                    "compute is not KERNEL/THREADS or KERNEL/THREADS/PRECISION/THETA, such as onednn/2 or onednn/2/bf16/fp32: "
                            + text);
        }
        String[] parts = text.split("/");
        Compute single = new Compute(LinearKernel.named(parts[0]), Integer.parseInt(parts[1]));
        return parts.length == 2
                ? single
                : new Compute(
                        single.linear(),
                        single.threads(),
                        Precision.valueOf(parts[2].toUpperCase(Locale.ROOT)),
                        Precision.valueOf(parts[3].toUpperCase(Locale.ROOT)));
    }
}
