package org.zolab.diagnose;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.zolab.space.Kernels;

/** A description of this machine, for reports. */
public final class Machine {

    private static final Path CPUINFO = Path.of("/proc/cpuinfo");
    private static final List<String> TELLING =
            List.of("avx2", "fma", "avx512f", "avx512_bf16", "amx_bf16", "asimd", "sve", "bf16");

    private Machine() {}

    /** The processor's name as reported by the system. */
    public static String processor() {
        return cpuinfo("model name").orElse(System.getProperty("os.arch"));
    }

    /** The relevant instruction sets. */
    public static String features() {
        String flags = cpuinfo("flags").or(() -> cpuinfo("Features")).orElse("");
        List<String> found = Arrays.asList(flags.split(" "));
        String telling = TELLING.stream().filter(found::contains).collect(Collectors.joining(" "));
        return telling.isEmpty() ? "not told by this system" : telling;
    }

    /** The kernel that draws noise: {@code vector-512}, {@code vector-256} or {@code scalar}. */
    public static String noiseKernel() {
        return Kernels.name();
    }

    /** The git commit of the working directory, with "-dirty" if it has changes, or "unknown". */
    public static String commit() {
        try {
            Process git = new ProcessBuilder("git", "describe", "--always", "--dirty", "--exclude", "*").start();
            String said = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return said.isEmpty() ? "unknown" : said;
        } catch (IOException e) {
            return "unknown";
        }
    }

    private static Optional<String> cpuinfo(String key) {
        try {
            return Files.isReadable(CPUINFO)
                    ? Files.readAllLines(CPUINFO).stream()
                            .filter(line -> line.startsWith(key))
                            .findFirst()
                            .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
