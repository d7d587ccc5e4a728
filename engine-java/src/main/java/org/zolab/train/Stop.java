package org.zolab.train;

import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A wish that work ends, from any thread and at any time. What evaluates looks at {@link #asked}; what {@link #open} fetches or loads, for
 * minutes perhaps, is interrupted. Work that has nothing to give then says so by a {@link CancellationException}.
 */
public final class Stop {

    private volatile boolean asked;
    private @Nullable Thread opening;

    /** Work that goes on until it is asked to end. */
    public Stop() {}

    /** Asks for the end. */
    public synchronized void ask() {
        asked = true;
        if (opening != null) {
            opening.interrupt();
        }
    }

    /** Whether it was asked for. */
    public boolean asked() {
        return asked;
    }

    /**
     * What {@code opener} gives, on this thread, which is interrupted if the end is asked for before or meanwhile.
     *
     * @throws CancellationException if nothing came of it because of that
     */
    public <T> T open(Supplier<T> opener) {
        opening(Thread.currentThread());
        try {
            return opener.get();
        } catch (CancellationException e) {
            throw e;
        } catch (RuntimeException e) {
            if (asked) { // an interrupted read fails in its own words
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
            Thread.interrupted(); // it was meant for what is over now
        } else if (asked) {
            thread.interrupt();
        }
    }
}
