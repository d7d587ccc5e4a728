package org.zolab.task.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Which files a path stands for, and which of them belong to a split. */
public final class DataFiles {

    private static final Pattern ADDRESS = Pattern.compile("^[a-z0-9]+:/.*");
    private static final Pattern GLOB = Pattern.compile(".*[*?\\[{].*");
    private static final int DEPTH = 4;

    /** The names of data sets on the Hub; a file's name, such as {@code data/reviews.csv}, is not one. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][\\w.-]*/[A-Za-z0-9][\\w.-]*");

    private static final Pattern TABLE = Pattern.compile("(?i).*\\.(parquet|jsonl|ndjson|json|csv|tsv)(\\.(gz|zst))?");
    private static final Pattern FILE = Pattern.compile(TABLE + "|.*\\.(txt|md)");
    private static final Pattern SNAPSHOT = Pattern.compile("/datasets--([\\w.-]+)/snapshots/[^/]+(/.*)?");

    /** Names of splits; a folder with such a name is not a subset. */
    private static final Pattern SPLIT = Pattern.compile("(?i)train(ing)?|dev|val(id(ation)?)?|test");

    private DataFiles() {}

    /**
     * Locates data: the file, folder or pattern {@code name}, if it is on this machine or the Hub has no such names; otherwise the folder
     * of the Hub's data set {@code owner/name}.
     *
     * @param subset the folder in it that holds one of several subsets; null if there is only one
     * @throws IllegalArgumentException if neither exists, or there are several subsets, or not this one
     */
    public static Path named(String name, @Nullable String subset, DataSets sets) {
        requireNoAddress(name);
        Path path = Path.of(name);
        boolean ofHub = !Files.exists(path)
                && NAME.matcher(name).matches()
                && !FILE.matcher(name).matches();
        Path folder = ofHub ? folder(name, sets) : path;
        if (subset == null && !ofHub) {
            return folder;
        }
        List<String> subsets = Files.isDirectory(folder) ? subsets(folder) : List.of();
        if (subset == null ? subsets.size() > 1 : !subsets.contains(subset)) {
            throw new IllegalArgumentException(
                    (subset == null ? name + " has several subsets; name one" : name + " has no such subset: " + subset)
                            + (subsets.isEmpty() ? "; there are none, so leave it out" : "; there are " + subsets));
        }
        return subset == null ? folder : folder.resolve(subset);
    }

    private static Path folder(String name, DataSets sets) {
        try {
            return sets.folder(name, "main");
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "no file or folder is called " + name + " here, and of the Hub " + e.getMessage(), e);
        }
    }

    /** The folders in it that hold tables and are not named after a split. */
    private static List<String> subsets(Path folder) {
        return list(folder, DEPTH).stream()
                .filter(DataFiles::isTable)
                .map(folder::relativize)
                .filter(file -> file.getNameCount() > 1)
                .map(file -> file.getName(0).toString())
                .filter(first -> !SPLIT.matcher(first).matches())
                .distinct()
                .toList();
    }

    /** Whether a file holds rows, judging by its name. */
    public static boolean isTable(Path file) {
        return TABLE.matcher(String.valueOf(file.getFileName())).matches();
    }

    /** The name of a task from these files: that of the file or folder, or of the data set on the Hub. */
    public static String called(Path path) {
        Matcher snapshot = SNAPSHOT.matcher(path.toString().replace('\\', '/'));
        return snapshot.find()
                ? snapshot.group(1).replace("--", "/") + (snapshot.group(2) == null ? "" : snapshot.group(2))
                : String.valueOf(path.getFileName());
    }

    /** The files that are read of a Hub data set: its parquet files, or else its other tables, except for those that describe them. */
    private static List<Path> tables(List<Path> files) {
        List<Path> parquet = files.stream()
                .filter(file -> file.toString().endsWith(".parquet"))
                .toList();
        return !parquet.isEmpty()
                ? parquet
                : files.stream()
                        .filter(DataFiles::isTable)
                        .filter(file -> !file.endsWith("dataset_infos.json"))
                        .toList();
    }

    /**
     * The files that a path stands for, sorted by name: the file itself, all files in a folder and its subfolders, or the matches of a
     * pattern such as {@code data/*.csv}; for a data set of the Hub, its tables.
     *
     * @throws IllegalArgumentException if there are none
     */
    public static List<Path> at(Path path) {
        requireNoAddress(path.toString());
        if (Files.isRegularFile(path)) {
            return List.of(path);
        }
        List<Path> found = List.of();
        if (Files.isDirectory(path)) {
            found = list(path, DEPTH);
            if (SNAPSHOT.matcher(path.toAbsolutePath().toString().replace('\\', '/'))
                    .find()) {
                found = tables(found);
            }
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

    /** The files whose path below a folder contains one of some words, not adjacent to a letter: {@code train} in {@code train-0.parquet}. */
    public static List<Path> split(Path folder, List<Path> files, List<String> words) {
        Pattern word = Pattern.compile("(^|[^a-z])(" + String.join("|", words) + ")([^a-z]|$)");
        return files.stream()
                .filter(file -> word.matcher(folder.relativize(file).toString().toLowerCase(Locale.ROOT))
                        .find())
                .toList();
    }

    private static void requireNoAddress(String path) {
        if (ADDRESS.matcher(path).matches()) {
            throw new IllegalArgumentException("path is an address: " + path
                    + "; nothing is fetched silently, so download the file and give its path");
        }
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
