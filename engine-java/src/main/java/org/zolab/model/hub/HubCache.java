package org.zolab.model.hub;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.zolab.model.weights.ModelFileException;

/**
 * The folder in which Hugging Face's Python tools keep their downloads, and ZoLab its own.
 *
 * <pre>
 *   HF_HUB_CACHE, else HF_HOME/hub, else XDG_CACHE_HOME/huggingface/hub, else ~/.cache/huggingface/hub, where ~ is HOME
 *     models--facebook--opt-125m/refs/main          holds a commit
 *     models--facebook--opt-125m/blobs/HASH         the bytes of a file
 *     models--facebook--opt-125m/snapshots/COMMIT/  config.json, model.safetensors, ...: links to blobs
 *     datasets--nyu-mll--glue/                      the same for a data set
 * </pre>
 *
 * @param root    the folder that holds {@code models--*} and {@code datasets--*}
 * @param because the variable or default that determined it
 */
public record HubCache(Path root, String because) {

    private static final int LONGEST_REFERENCE = 256;
    private static final Pattern SNAPSHOT = Pattern.compile("/models--([\\w.-]+)/snapshots/([^/]+)");

    /** The cache that the Python tools would use with this environment. */
    public static HubCache of(Map<String, String> environment) {
        for (String name : List.of("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE")) {
            String cache = set(environment, name);
            if (cache != null) {
                return new HubCache(path(cache, environment), name);
            }
        }
        boolean named = set(environment, "HF_HOME") != null;
        boolean xdg = set(environment, "XDG_CACHE_HOME") != null;
        return new HubCache(
                tools(environment).resolve("hub"),
                named
                        ? "HF_HOME"
                        : xdg
                                ? "XDG_CACHE_HOME"
                                : "the default, as neither HF_HUB_CACHE, HF_HOME nor XDG_CACHE_HOME is set");
    }

    /** The Python tools' own folder, {@code HF_HOME}, which also holds the token. */
    static Path tools(Map<String, String> environment) {
        String named = set(environment, "HF_HOME");
        if (named != null) {
            return path(named, environment);
        }
        String xdg = set(environment, "XDG_CACHE_HOME");
        return path(xdg != null ? xdg : "~/.cache", environment).resolve("huggingface");
    }

    /** The name of the model whose snapshot is at {@code location}; empty if that is not inside a cache. */
    public static Optional<String> repository(String location) {
        Matcher folder = SNAPSHOT.matcher(location.replace('\\', '/'));
        return folder.find() ? Optional.of(folder.group(1).replace("--", "/")) : Optional.empty();
    }

    /**
     * The name and commit of the model whose snapshot is at {@code location}, which identify the files' contents; empty if that is not
     * inside a cache.
     */
    public static Optional<String> version(String location) {
        Matcher folder = SNAPSHOT.matcher(location.replace('\\', '/'));
        return folder.find()
                ? Optional.of(folder.group(1).replace("--", "/") + " at " + folder.group(2))
                : Optional.empty();
    }

    /**
     * What the cache holds of a repository.
     *
     * @param snapshot the folder of its files; null if there is none, or several without a reference that selects one
     * @param why      the reason if it is null
     */
    record Found(@Nullable Path snapshot, String why) {}

    /** Looks for the folder of a repository's files. */
    Found look(Repository repository) {
        Path folder = folder(repository);
        if (!Files.isDirectory(folder)) {
            return new Found(null, "it is not in the cache. Looked for " + folder);
        }
        Path snapshots = folder.resolve("snapshots");
        Path ref = reference(repository);
        if (Files.isRegularFile(ref)) {
            Path snapshot = snapshots.resolve(commit(ref));
            return Files.isDirectory(snapshot)
                    ? new Found(snapshot, "")
                    : new Found(null, ref + " names a commit that is not there. Looked for " + snapshot);
        }
        Path named = snapshots.resolve(repository.revision());
        if (Files.isDirectory(named)) {
            return new Found(named, "");
        }
        if (!repository.revision().equals(Repository.MAIN)) {
            return new Found(null, "that revision is not in the cache. Looked for " + ref);
        }
        List<Path> all = folders(snapshots);
        if (repository.kind() == Repository.Kind.DATASET && !all.isEmpty()) {
            return new Found(null, "its download was not finished. Looked for " + ref);
        }
        return switch (all.size()) {
            case 0 -> new Found(null, "its folder holds no snapshot. Looked for " + snapshots);
            case 1 -> new Found(all.get(0), "");
            default ->
                new Found(
                        null,
                        "it is " + all.size() + " times in the cache, and " + ref + " does not say which: "
                                + String.join(
                                        ", ", all.stream().map(Path::toString).toList())
                                + "; give one of these folders instead of the name");
        };
    }

    /** The path of the bytes with this hash. */
    Path blob(Repository repository, String hash) {
        return folder(repository).resolve("blobs").resolve(hash);
    }

    /** The folder of a commit's files. */
    Path snapshot(Repository repository, String commit) {
        return folder(repository).resolve("snapshots").resolve(commit);
    }

    /** Records that a revision refers to this commit. */
    void refer(Repository repository, String commit) throws IOException {
        if (repository.revision().equals(commit)) {
            return;
        }
        Path ref = reference(repository);
        Files.createDirectories(ref.getParent());
        Path part = ref.resolveSibling(ref.getFileName() + "." + UUID.randomUUID() + ".part");
        Files.writeString(part, commit);
        Files.move(part, ref, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Makes a snapshot's file a link to a blob; where links are not supported, moves the blob there instead. */
    static void link(Path file, Path blob) throws IOException {
        Files.createDirectories(file.getParent());
        try {
            Files.deleteIfExists(file);
            Files.createSymbolicLink(file, file.getParent().relativize(blob));
        } catch (FileAlreadyExistsException e) {
            return; // another process was faster
        } catch (UnsupportedOperationException | FileSystemException e) {
            Files.move(blob, file, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private Path folder(Repository repository) {
        return root.resolve(repository.folder());
    }

    private Path reference(Repository repository) {
        return folder(repository).resolve("refs").resolve(repository.revision());
    }

    private static String commit(Path ref) {
        try {
            if (Files.size(ref) > LONGEST_REFERENCE) {
                throw new ModelFileException(
                        ref + " is not a reference, it has " + Files.size(ref) + " bytes; delete it and fetch again");
            }
            String commit = Files.readString(ref).strip();
            if (!commit.matches("[0-9a-zA-Z]+")) {
                throw new ModelFileException(
                        ref + " does not hold a commit: \"" + commit + "\"; delete it and fetch again");
            }
            return commit;
        } catch (IOException e) {
            throw unreadable(ref, e);
        }
    }

    private static List<Path> folders(Path parent) {
        if (!Files.isDirectory(parent)) {
            return List.of();
        }
        try (Stream<Path> children = Files.list(parent)) {
            return children.filter(Files::isDirectory).sorted().toList();
        } catch (IOException e) {
            throw unreadable(parent, e);
        }
    }

    private static ModelFileException unreadable(Path path, IOException e) {
        return new ModelFileException(path + " cannot be read: " + e.getMessage() + "; check its permissions", e);
    }

    static @Nullable String set(Map<String, String> environment, String name) {
        String value = environment.get(name);
        return value == null || value.isBlank() ? null : value.strip();
    }

    /** A path in which {@code ~} means {@code HOME}, as in Python, rather than the JVM's home folder, which differs in a notebook's kernel. */
    static Path path(String value, Map<String, String> environment) {
        if (!value.equals("~") && !value.startsWith("~/")) {
            return Path.of(value);
        }
        String home = set(environment, "HOME");
        return Path.of(home != null ? home : System.getProperty("user.home"), value.substring(1));
    }
}
