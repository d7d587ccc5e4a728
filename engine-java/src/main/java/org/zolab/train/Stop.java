package org.zolab.train;

import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A request to stop work, from any thread and at any time. Evaluations look at {@link #asked}; what {@link #open} fetches or loads, perhaps
 * for minutes, is interrupted. Work that then has no result throws a {@link CancellationException}.
 */
public final class Stop {

    private volatile boolean asked;
    private @Nullable Thread opening;

    /** A request that has not been made yet. */
    public Stop() {}

    /** Asks the work to stop. */
    public synchronized void ask() {
        asked = true;
        if (opening != null) {
            opening.interrupt();
        }
    }

    /** Whether the work was asked to stop. */
    public boolean asked() {
        return asked;
    }

    /**
     * Returns what {@code opener} gives. It runs on this thread, which is interrupted if the work is asked to stop, before or meanwhile.
     *
     * @throws CancellationException if {@code opener} failed because of that
     */
    public <T> T open(Supplier<T> opener) {
        opening(Thread.currentThread());
        try {
            return opener.get();
        } catch (CancellationException e) {
            throw e;
        } catch (RuntimeException e) {
            if (asked) { // an interrupted read throws exceptions of its own
                throw (CancellationException)
                        new CancellationException("stopped before it began: " + e.getMessage()).initCause(e);
            }
            throw e;
        } finally {
            opening(null);
        }
    }

    private synchronized void opening(@Nullable Thread thread) {
        opening = thread;
        if (thread == null) {
            Thread.interrupted(); // it was meant for work that is over now
        } else if (asked) {
            thread.interrupt();
        }
    }
}
