package org.zolab.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A GPU that is this processor: {@code src/test/cuda/emulator.cpp}, compiled once a build and taken for the driver from then on. */
public final class Emulator {

    private static final Path SOURCE = Path.of("src/test/cuda/emulator.cpp");
    private static final Path LIBRARY = Path.of("target/libemulator.so");
    private static boolean ready;

    private Emulator() {}

    /** It; a test that calls this is left out where there is no g++. */
    public static synchronized Device device() {
        if (!ready) {
            assumeTrue(succeeds(List.of("g++", "--version")), "g++ is not installed: the emulated GPU is not tested");
            assertThat(succeeds(List.of(
                            "g++",
                            "-std=c++17",
                            "-O2",
                            "-fPIC",
                            "-shared",
                            "-ffp-contract=off",
                            "-o",
                            LIBRARY.toString(),
                            SOURCE.toString())))
                    .as("pass.cu compiles as C++")
                    .isTrue();
            System.setProperty("zo.gpu.emulator", LIBRARY.toAbsolutePath().toString());
            ready = true;
        }
        return Device.gpu(0);
    }

    private static boolean succeeds(List<String> command) {
        try {
            Path output = Files.createTempFile("emulator", ".log");
            try {
                int code = new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start()
                        .waitFor();
                if (code != 0) {
                    System.err.println(Files.readString(output));
                }
                return code == 0;
            } finally {
                Files.delete(output);
            }
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            throw new UncheckedIOException(new IOException(e));
        }
    }
}
