package org.zolab.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which libraries DJL would load, and that those of another version are refused before that. */
class NativesTest {

    @TempDir
    Path folder;

    private Path libraries(String file, String content) throws IOException {
        Path lib = Files.createDirectories(folder.resolve("torch").resolve("lib"));
        Files.createFile(lib.resolve(System.mapLibraryName("torch")));
        Files.writeString(lib.resolveSibling(file), content);
        return lib;
    }

    @Test
    void theFirstFolderWithALibtorchIsTheOne() throws IOException {
        Path lib = libraries("version.py", "");
        assertThat(Natives.named("")).isEmpty();
        assertThat(Natives.named(folder + File.pathSeparator + lib)).contains(lib);
        assertThat(Natives.named(lib.resolve(System.mapLibraryName("torch")).toString()))
                .contains(lib);
    }

    @Test
    void theVersionIsReadAsPipAndLibtorchKeepIt() throws IOException {
        Path lib = libraries("version.py", "from typing import Optional\n__version__ = '2.7.1+cu126'\ncuda = '12.6'\n");
        assertThat(Natives.version(lib)).contains("2.7.1+cu126");
        assertThat(Natives.refusal("2.7.1", lib)).isEmpty();
        Files.delete(lib.resolveSibling("version.py"));
        Files.writeString(lib.resolveSibling("build-version"), "2.7.1+cu128\n");
        assertThat(Natives.version(lib)).contains("2.7.1+cu128");
    }

    @Test
    void anotherVersionIsRefused() throws IOException {
        Path lib = libraries("build-version", "2.7.10\n");
        assertThat(Natives.refusal("2.7.1", lib).orElseThrow())
                .startsWith("PyTorch in " + lib + " is not 2.7.1: 2.7.10; unset PYTORCH_LIBRARY_PATH");
    }

    @Test
    void anUnknownVersionIsRefused() throws IOException {
        Path lib = libraries("build-version", "");
        assertThat(Natives.refusal("2.7.1", lib).orElseThrow())
                .contains("neither version.py nor build-version tells it beside " + lib);
    }
}
