package org.zolab.model;

import java.nio.file.Path;
import org.zolab.space.Problems;
import org.zolab.tensor.LinearKernel;

/**
 * How forwards are computed: what a loss's last bits depend on, so it is part of a plan and recorded with every step.
 *
 * @param linear  the kernel of linear layers
 * @param threads how many threads share a batch: its rows are cut into so many parts, each computed by one thread
 */
public record Compute(LinearKernel linear, int threads) {

    public Compute {
        new Problems()
                .require(threads >= 1 && threads <= 1024, "threads is not in 1 to 1024", threads)
                .orThrow();
    }

    /** The faster kernel and all cores of this machine; {@code -Dzo.linear} and {@code -Dzo.threads} pin them. */
    public static Compute ofMachine(Path cache) {
        int threads = Integer.getInteger("zo.threads", Runtime.getRuntime().availableProcessors());
        return new Compute(LinearKernel.ofMachine(cache), threads);
    }

    /** In one word, such as {@code onednn/2}. */
    @Override
    public String toString() {
        return linear.id() + "/" + threads;
    }

    /** The reverse of {@link #toString()}. */
    public static Compute parse(String text) {
        String[] parts = text.split("/");
        if (parts.length != 2 || !parts[1].matches("\\d{1,4}")) {
            throw new IllegalArgumentException("compute is not KERNEL/THREADS, such as onednn/2: " + text);
        }
        return new Compute(LinearKernel.named(parts[0]), Integer.parseInt(parts[1]));
    }
}
