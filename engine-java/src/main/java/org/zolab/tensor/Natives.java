package org.zolab.tensor;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Where DJL finds its native libraries: in the folder that {@code PYTORCH_LIBRARY_PATH} names, as a variable or a property, else in a jar on the
 * context class loader of the thread that touches it first, which in a notebook's kernel may be one that knows none of our jars.
 */
public final class Natives {

    private static final Pattern VERSION = Pattern.compile("(?:__version__ = ')?(\\d[^'\\s]*)'?");

    private Natives() {}

    /** The folder that {@code paths} names, as DJL reads it: the first with a libtorch, or that of a file which is one. */
    static Optional<Path> named(String paths) {
        String library = System.mapLibraryName("torch");
        return Stream.of(paths.split(File.pathSeparator))
                .filter(path -> !path.isEmpty())
                .map(path -> path.endsWith(File.separator + library) ? Path.of(path) : Path.of(path, library))
                .filter(Files::isRegularFile)
                .map(file -> file.toAbsolutePath().getParent())
                .findFirst();
    }

    /**
     * The version that a distribution of PyTorch says it is, such as 2.7.1+cu126: in {@code version.py} beside the folder of its libraries, as pip
     * lays it out, or in {@code build-version}, as in the archives of libtorch.
     */
    static Optional<String> version(Path libraries) {
        return Stream.of("version.py", "build-version")
                .map(name -> libraries.resolveSibling(name))
                .filter(Files::isRegularFile)
                .flatMap(Natives::lines)
                .map(VERSION::matcher)
                .filter(Matcher::matches)
                .map(matcher -> matcher.group(1))
                .findFirst();
    }

    /** Why libraries are not to be loaded: those of another version would load, and corrupt memory. */
    static Optional<String> refusal(String version, Path libraries) {
        String otherwise = "; unset PYTORCH_LIBRARY_PATH so that the bundled library is used";
        Optional<String> found = version(libraries);
        if (found.isEmpty()) {
            return Optional.of("PyTorch's version is not known: neither version.py nor build-version tells it beside "
                    + libraries + otherwise);
        }
        return found.filter(other -> !other.equals(version) && !other.startsWith(version + "+"))
                .map(other -> "PyTorch in " + libraries + " is not " + version + ": " + other + otherwise);
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

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
