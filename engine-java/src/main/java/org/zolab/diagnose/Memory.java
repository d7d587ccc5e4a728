package org.zolab.diagnose;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much memory this process takes. */
public final class Memory {

    private static final Path STATUS = Path.of("/proc/self/status");

    private Memory() {}

    /** Resident bytes now; where the system does not say, the Java heap alone. */
    public static long resident() {
        return status("VmRSS:");
    }

    /** The most resident bytes so far. */
    public static long peak() {
        return status("VmHWM:");
    }

    private static long status(String key) {
        try {
            if (Files.isReadable(STATUS)) {
                for (String line : Files.readAllLines(STATUS)) {
                    if (line.startsWith(key)) {
                        return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
                    }
                }
            }
        } catch (IOException e) {
            // fall through to what the JVM knows
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
