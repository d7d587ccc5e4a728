package org.zolab.diagnose;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** How much memory this process uses, and how much more is available. */
public final class Memory {

    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path MACHINE = Path.of("/proc/meminfo");

    private Memory() {}

    /** Resident bytes now; where the system does not report them, the used Java heap alone. */
    public static long resident() {
        return status("VmRSS:");
    }

    /** The peak resident bytes so far; where the system does not report them, the used Java heap alone. */
    public static long peak() {
        return status("VmHWM:");
    }

    /** Bytes that this process could still allocate without swapping, limited by the machine or by the container it runs in. */
    public static long available() {
        long all =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
        long rest = Math.max(0, all - resident());
        return Math.min(rest, kilobytes(MACHINE, "MemAvailable:").orElse(rest));
    }

    private static long status(String key) {
        return kilobytes(STATUS, key)
                .orElseGet(() -> Runtime.getRuntime().totalMemory()
                        - Runtime.getRuntime().freeMemory());
    }

    /** The bytes in a line such as {@code VmRSS: 1024 kB}; empty where the system has no such file. */
    private static OptionalLong kilobytes(Path file, String key) {
        try {
            return Files.isReadable(file)
                    ? Files.readAllLines(file).stream()
                            .filter(line -> line.startsWith(key))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                            .findFirst()
                    : OptionalLong.empty();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }
}
