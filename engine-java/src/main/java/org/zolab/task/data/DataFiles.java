package org.zolab.task.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Which files a path means, and which of them hold a split. */
public final class DataFiles {

    private static final Pattern ADDRESS = Pattern.compile("^[a-z0-9]+:/.*");
    private static final Pattern GLOB = Pattern.compile(".*[*?\\[{].*");
    private static final int DEPTH = 4;

    private DataFiles() {}

    /**
     * The files of a path, in the order of their names: the file itself, all files of a folder and its folders, or what a
     * pattern such as {@code data/*.csv} matches.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static List<Path> at(Path path) {
        if (ADDRESS.matcher(path.toString()).matches()) {
            throw new IllegalArgumentException("path is an address: " + path
                    + "; nothing is fetched silently, so download the file and give its path");
        }
        if (Files.isRegularFile(path)) {
            return List.of(path);
        }
        List<Path> found = List.of();
        if (Files.isDirectory(path)) {
            found = list(path, DEPTH);
        } else if (GLOB.matcher(String.valueOf(path.getFileName())).matches() && Files.isDirectory(parent(path))) {
            PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + path.getFileName());
            found = list(parent(path), 1).stream()
                    .filter(file -> matcher.matches(file.getFileName()))
                    .toList();
        }
        if (found.isEmpty()) {
            throw new IllegalArgumentException("no file is there: " + path + "; looked for " + path.toAbsolutePath());
        }
        return found;
    }

    /** Files below a folder whose path in it has one of some words, with no letter beside it: {@code train} in {@code train-0.parquet}. */
    public static List<Path> split(Path folder, List<Path> files, List<String> words) {
        Pattern word = Pattern.compile("(^|[^a-z])(" + String.join("|", words) + ")([^a-z]|$)");
        return files.stream()
                .filter(file -> word.matcher(folder.relativize(file).toString().toLowerCase(Locale.ROOT))
                        .find())
                .toList();
    }

    private static Path parent(Path path) {
        Path parent = path.getParent();
        return parent == null ? Path.of("") : parent;
    }

    private static List<Path> list(Path folder, int depth) {
        try (Stream<Path> files = Files.walk(folder, depth)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.getFileName().toString().startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            throw new IllegalArgumentException(folder + " cannot be read: " + e.getMessage(), e);
        }
    }
}
