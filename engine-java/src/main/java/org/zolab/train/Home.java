package org.zolab.train;

import java.nio.file.Path;

/** Where ZoLab keeps what it writes: {@code -Dzo.home}, else {@code .zo} in the working directory. */
public final class Home {

    private Home() {}

    /** The folder itself. */
    public static Path folder() {
        return Path.of(System.getProperty("zo.home", ".zo")).toAbsolutePath();
    }

    /** What is remembered about this machine. */
    public static Path cache() {
        return folder().resolve("cache");
    }

    /** The ablations. */
    public static Path ablations() {
        return folder().resolve("ablations");
    }

    /** The runs. */
    public static Path runs() {
        return folder().resolve("runs");
    }
}
