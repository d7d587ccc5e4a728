package org.zolab.task;

/** Replaced by branch data. */
public final class Apidocs {
    private Apidocs() {}

    /** The task. */
    public static Task task() {
        throw new IllegalArgumentException("apidocs is not built yet");
    }
}
