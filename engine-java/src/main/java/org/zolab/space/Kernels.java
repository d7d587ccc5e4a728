package org.zolab.space;

/** Which inner loops this JVM uses. Both kernels give equal bits, so this matters only for reports and timings. */
public final class Kernels {

    private Kernels() {}

    /** {@code vector-512}, {@code vector-256} or {@code scalar}. */
    public static String name() {
        return Kernel.Choice.LASTING.name();
    }

    /**
     * Waits until the loops have reached their final speed, a few seconds after a process evaluates its first formula. Call it before
     * timing anything.
     *
     * @throws IllegalStateException if the thread is interrupted while waiting; its interrupt status stays set
     */
    public static void settle() {
        try {
            Kernel.Choice.settle();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("stopped while loops were compiled", e);
        }
    }
}
