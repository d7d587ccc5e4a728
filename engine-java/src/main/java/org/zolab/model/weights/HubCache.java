package org.zolab.model.weights;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder in which the Hugging Face tools for Python keep what they downloaded, read only.
 *
 * <pre>
 *   HF_HUB_CACHE, else HF_HOME/hub, else XDG_CACHE_HOME/huggingface/hub, else ~/.cache/huggingface/hub
 *     models--facebook--opt-125m/refs/main          holds a commit
 *     models--facebook--opt-125m/snapshots/COMMIT/  config.json, model.safetensors, ...
 * </pre>
 *
 * @param root the folder that holds {@code models--*}
 * @param because which variable or default it comes from
 */
public record HubCache(Path root, String because) {

    private static final Pattern REPOSITORY = Pattern.compile("([A-Za-z0-9][\\w.-]*/)?[A-Za-z0-9][\\w.-]*");
    private static final Pattern SNAPSHOT = Pattern.compile("/models--([\\w.-]+)/snapshots/");
    private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9][\\w.-]*(/[A-Za-z0-9][\\w.-]*)*");

    /** The cache that the Python tools would use with this environment and home folder. */
    public static HubCache of(Map<String, String> environment, Path home) {
        for (String name : List.of("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE")) {
            String cache = set(environment, name);
            if (cache != null) {
                return new HubCache(path(cache, home), name);
            }
        }
        String hfHome = set(environment, "HF_HOME");
        if (hfHome != null) {
            return new HubCache(path(hfHome, home).resolve("hub"), "HF_HOME");
        }
        String xdg = set(environment, "XDG_CACHE_HOME");
        if (xdg != null) {
            return new HubCache(path(xdg, home).resolve("huggingface").resolve("hub"), "XDG_CACHE_HOME");
        }
        return new HubCache(
                home.resolve(".cache").resolve("huggingface").resolve("hub"),
                "the default, as neither HF_HUB_CACHE, HF_HOME nor XDG_CACHE_HOME is set");
    }

    /** The cache of this process's user. */
    public static HubCache ofUser() {
        return of(System.getenv(), Path.of(System.getProperty("user.home")));
    }

    /** What the repository is called whose snapshot lies at {@code location}; empty if that is no place in a cache. */
    public static Optional<String> repository(String location) {
        Matcher folder = SNAPSHOT.matcher(location.replace('\\', '/'));
        return folder.find() ? Optional.of(folder.group(1).replace("--", "/")) : Optional.empty();
    }

    /**
     * The files of a model at its main revision.
     *
     * @param repositories what it is called, newest name first: the first one that is there is taken
     * @throws ModelFileException if none is, about the first
     */
    public ModelFiles model(List<String> repositories) {
        String found = repositories.stream()
                .filter(name -> Files.isDirectory(folder(name)))
                .findFirst()
                .orElse(repositories.get(0));
        return ModelFiles.folder(find(found));
    }

    private Path folder(String repository) {
        return root.resolve("models--" + repository.replace("/", "--"));
    }

    /** The folder of a model such as {@code facebook/opt-125m}, at its main revision. */
    public Path find(String repository) {
        return find(repository, "main");
    }

    /**
     * The folder of a model.
     *
     * @param revision a branch, a tag or a commit
     * @throws ModelFileException if it is not in the cache, saying where it was looked for and what to do
     */
    public Path find(String repository, String revision) {
        if (!REPOSITORY.matcher(repository).matches() || repository.contains("..")) {
            throw new ModelFileException("model name is not of the form owner/name, or of an old name without owner: \""
                    + repository + "\"; write for instance facebook/opt-125m or gpt2");
        }
        if (!REVISION.matcher(revision).matches() || revision.contains("..")) {
            throw new ModelFileException("revision is not a branch, a tag or a commit: \"" + revision + "\"");
        }
        Path model = folder(repository);
        Path snapshots = model.resolve("snapshots");
        if (!Files.isDirectory(model)) {
            throw absent(repository, revision, "it is not in the cache", model);
        }
        Path ref = model.resolve("refs").resolve(revision);
        Path snapshot;
        if (Files.isRegularFile(ref)) {
            snapshot = snapshots.resolve(commit(ref));
            if (!Files.isDirectory(snapshot)) {
                throw absent(repository, revision, ref + " names a commit that is not there", snapshot);
            }
        } else if (Files.isDirectory(snapshots.resolve(revision))) {
            snapshot = snapshots.resolve(revision);
        } else {
            snapshot = only(repository, revision, snapshots, ref);
        }
        if (!Files.isRegularFile(snapshot.resolve("config.json"))) {
            throw absent(repository, revision, "its download is not complete", snapshot.resolve("config.json"));
        }
        return snapshot;
    }

    private Path only(String repository, String revision, Path snapshots, Path ref) {
        List<Path> found = folders(snapshots);
        if (found.isEmpty()) {
            throw absent(repository, revision, "its folder holds no snapshot", snapshots);
        }
        if (found.size() > 1) {
            throw new ModelFileException("model " + repository + " is " + found.size() + " times in the cache, and "
                    + ref + " does not say which: "
                    + String.join(", ", found.stream().map(Path::toString).toList())
                    + "; give one of these folders instead of the name");
        }
        if (!revision.equals("main")) {
            throw absent(repository, revision, "that revision is not in the cache", ref);
        }
        return found.get(0);
    }

    private ModelFileException absent(String repository, String revision, String why, Path looked) {
        String option = revision.equals("main") ? "" : " --revision " + revision;
        return new ModelFileException("model " + repository + " is not there: " + why + ". Looked for " + looked
                + " (" + root + " is from " + because + "). Run `huggingface-cli download " + repository + option
                + "`, or give the path of a folder with config.json and model.safetensors");
    }

    private static String commit(Path ref) {
        try {
            if (Files.size(ref) > 256) {
                throw new ModelFileException(
                        ref + " is not a reference, it has " + Files.size(ref) + " bytes; download the model again");
            }
            String commit = Files.readString(ref).strip();
            if (!commit.matches("[0-9a-zA-Z]+")) {
                throw new ModelFileException(
                        ref + " does not hold a commit: \"" + commit + "\"; download the model again");
            }
            return commit;
        } catch (IOException e) {
            throw new ModelFileException(ref + " cannot be read: " + e.getMessage() + "; check its permissions", e);
        }
    }

    private static List<Path> folders(Path parent) {
        if (!Files.isDirectory(parent)) {
            return List.of();
        }
        try (Stream<Path> children = Files.list(parent)) {
            return new ArrayList<>(children.filter(Files::isDirectory).sorted().toList());
        } catch (IOException e) {
            throw new ModelFileException(parent + " cannot be read: " + e.getMessage() + "; check its permissions", e);
        }
    }

    private static @Nullable String set(Map<String, String> environment, String name) {
        String value = environment.get(name);
        return value == null || value.isBlank() ? null : value;
    }

    private static Path path(String value, Path home) {
        if (value.equals("~")) {
            return home;
        }
        return value.startsWith("~/") ? home.resolve(value.substring(2)) : Path.of(value);
    }
}
