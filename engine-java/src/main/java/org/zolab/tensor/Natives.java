package org.zolab.tensor;

import java.util.function.Supplier;

/**
 * Where DJL finds its native libraries: on the context class loader of the thread that touches it first, which in a notebook's kernel
 * may be one that knows none of our jars.
 */
public final class Natives {

    private Natives() {}

    /** Does {@code work} with the engine's own class loader as the thread's. */
    public static <T> T with(Supplier<T> work) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(Natives.class.getClassLoader());
        try {
            return work.get();
        } finally {
            thread.setContextClassLoader(before);
        }
    }
}
