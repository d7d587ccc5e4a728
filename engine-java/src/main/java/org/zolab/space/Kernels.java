package org.zolab.space;

/** Which inner loops this JVM uses. Both give equal bits, so this is for reports and clocks only. */
public final class Kernels {

    private Kernels() {}

    /** {@code vector-512}, {@code vector-256} or {@code scalar}. */
    public static String name() {
        return Kernel.Choice.LASTING.name();
    }

    /**
     * Waits until the loops are as fast as they will be, a few seconds after the first formula of a process: for whatever is timed.
     *
     * @throws IllegalStateException if the thread is interrupted meanwhile; it stays interrupted
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
