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
 * Where DJL finds its native libraries: in the folder that {@code PYTORCH_LIBRARY_PATH} names, as an environment variable or a system
 * property; otherwise in a jar on the context class loader of the thread that uses DJL first, which in a notebook kernel may know none of
 * our jars.
 */
public final class Natives {

    private static final Pattern VERSION = Pattern.compile("(?:__version__ = ')?(\\d[^'\\s]*)'?");

    private Natives() {}

    /** The folder that {@code paths} names, as DJL interprets it: the first folder with a libtorch, or the folder of a path that is one. */
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
     * The version that a PyTorch distribution states, such as 2.7.1+cu126: in {@code version.py} beside its library folder, as pip
     * installs it, or in {@code build-version}, as in the libtorch archives.
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

    /** Why these libraries must not be loaded, if so: another version would load and then corrupt memory. */
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

    /** Runs {@code work} with this class's own class loader as the thread's context class loader. */
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
