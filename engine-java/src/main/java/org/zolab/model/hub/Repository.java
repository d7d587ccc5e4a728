package org.zolab.model.hub;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.zolab.model.weights.ModelFileException;

/**
 * A model or a data set of the Hub.
 *
 * @param kind     model or data set
 * @param name     {@code owner/name}, or an old name without owner
 * @param revision a branch, a tag or a commit
 */
public record Repository(Kind kind, String name, String revision) {

    /** The branch that is meant if none is given. */
    public static final String MAIN = "main";

    private static final Pattern NAME = Pattern.compile("([A-Za-z0-9][\\w.-]*/)?[A-Za-z0-9][\\w.-]*");
    private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9][\\w.-]*(/[A-Za-z0-9][\\w.-]*)*");

    /** What a repository holds. */
    public enum Kind {
        /** Weights, configuration, tokenizer. */
        MODEL("models", ""),
        /** Rows in files. */
        DATASET("datasets", "datasets/");

        private final String plural;
        private final String path;

        Kind(String plural, String path) {
            this.plural = plural;
            this.path = path;
        }

        @Override
        public String toString() {
            return this == MODEL ? "model" : "data set";
        }
    }

    public Repository {
        if (!isName(name)) {
            throw new ModelFileException(kind
                    + " name is not of the form owner/name, or of an old name without owner: \"" + name
                    + "\"; write for instance " + (kind == Kind.MODEL ? "facebook/opt-125m or gpt2" : "nyu-mll/glue"));
        }
        if (!REVISION.matcher(revision).matches() || revision.contains("..")) {
            throw new ModelFileException("revision is not a branch, a tag or a commit: \"" + revision + "\"");
        }
    }

    /** Whether this is a valid name on the Hub; a path such as {@code ./folder} is not. */
    public static boolean isName(String name) {
        return NAME.matcher(name).matches() && !name.contains("..");
    }

    /** The main revision of a model. */
    public static Repository model(String name) {
        return new Repository(Kind.MODEL, name, MAIN);
    }

    /** The main revision of a data set. */
    public static Repository dataset(String name) {
        return new Repository(Kind.DATASET, name, MAIN);
    }

    /** The name of its folder in a cache. */
    String folder() {
        return kind.plural + "--" + name.replace("/", "--");
    }

    /** Where the Hub lists its files, below the endpoint. */
    String listing() {
        return "/api/" + kind.plural + "/" + name + "/revision/" + encoded(revision) + "?blobs=true";
    }

    /** Where a file of a commit is, below the endpoint. */
    String file(String commit, String path) {
        return "/" + kind.path + name + "/resolve/" + commit + "/"
                + Arrays.stream(path.split("/")).map(Repository::encoded).collect(Collectors.joining("/"));
    }

    /** Its page, below the endpoint. */
    String page() {
        return "/" + kind.path + name;
    }

    /** The arguments with which {@code ./zo fetch} fetches it. */
    String fetch() {
        return "./zo fetch " + name + (kind == Kind.DATASET ? " --dataset" : "")
                + (revision.equals(MAIN) ? "" : " --revision " + revision);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Override
    public String toString() {
        return kind + " " + name + (revision.equals(MAIN) ? "" : String.format(Locale.ROOT, " at %s", revision));
    }
}
