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

/** Which files a path means, and which of them hold a split. */
public final class DataFiles {

    private static final Pattern ADDRESS = Pattern.compile("^[a-z0-9]+:/.*");
    private static final Pattern GLOB = Pattern.compile(".*[*?\\[{].*");
    private static final int DEPTH = 4;

    /** What a data set of the Hub may be called; a file's name, such as {@code data/reviews.csv}, is none. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][\\w.-]*/[A-Za-z0-9][\\w.-]*");

    private static final Pattern TABLE = Pattern.compile("(?i).*\\.(parquet|jsonl|ndjson|json|csv|tsv)(\\.(gz|zst))?");
    private static final Pattern FILE = Pattern.compile(TABLE + "|.*\\.(txt|md)");
    private static final Pattern SNAPSHOT = Pattern.compile("/datasets--([\\w.-]+)/snapshots/[^/]+(/.*)?");

    /** Which of the words of splits make no subset of a folder that is called so. */
    private static final Pattern SPLIT = Pattern.compile("(?i)train(ing)?|dev|val(id(ation)?)?|test");

    private DataFiles() {}

    /**
     * Where data is: the file, folder or pattern {@code name} if it is on this machine or the Hub has no such names, else the folder of the
     * data set {@code owner/name} of the Hub.
     *
     * @param subset the folder in it of one of several subsets; null if there is one
     * @throws IllegalArgumentException if neither is there, or there are several subsets, or not this one
     */
    public static Path named(String name, @Nullable String subset, DataSets sets) {
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
                            + "; there are " + subsets);
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

    /** The folders in it that hold tables and are not called after a split. */
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

    /** Whether a file holds rows, by its name. */
    public static boolean isTable(Path file) {
        return TABLE.matcher(String.valueOf(file.getFileName())).matches();
    }

    /** What a task of these files is called: as the file or folder, or as the data set on the Hub. */
    public static String called(Path path) {
        Matcher snapshot = SNAPSHOT.matcher(path.toString().replace('\\', '/'));
        return snapshot.find()
                ? snapshot.group(1).replace("--", "/") + (snapshot.group(2) == null ? "" : snapshot.group(2))
                : String.valueOf(path.getFileName());
    }

    /** What is read of a data set of the Hub: its parquet files, or else its other tables, but not what describes them. */
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
     * The files of a path, in the order of their names: the file itself, all files of a folder and its folders, or what a
     * pattern such as {@code data/*.csv} matches; of a data set of the Hub its tables.
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
