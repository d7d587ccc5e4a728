package org.zolab.model.hub;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.zolab.model.weights.ModelFileException;

/**
 * The contents of a repository, as reported by the Hub.
 *
 * @param commit the commit that the revision refers to
 * @param files  its files
 */
record Listing(String commit, List<File> files) {

    private static final Pattern HEX = Pattern.compile("[0-9a-f]{40}");

    /**
     * A file of a repository.
     *
     * @param path relative to the snapshot's folder
     * @param size in bytes
     * @param hash its SHA-256, or its blob's SHA-1 as computed by Git: 64 or 40 hexadecimal digits
     */
    record File(String path, long size, String hash) {

        private static final Pattern HASH = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");

        /** Whether its path stays inside its folder and its description is well-formed. */
        boolean plausible() {
            return !path.isEmpty()
                    && path.chars().noneMatch(c -> c == '\\' || c == ':' || c < ' ')
                    && Arrays.stream(path.split("/", -1))
                            .noneMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."))
                    && size >= 0
                    && HASH.matcher(hash).matches();
        }
    }

    /** The paths of the files. */
    List<String> paths() {
        return files.stream().map(File::path).toList();
    }

    /** Whether there is a file with this path. */
    boolean has(String path) {
        return paths().contains(path);
    }

    /**
     * Reads the Hub's answer.
     *
     * @throws ModelFileException if it is not a listing, or names files outside of the repository
     */
    static Listing of(Repository repository, JsonNode answer) {
        String commit = answer.path("sha").asText();
        if (!HEX.matcher(commit).matches()) {
            throw new ModelFileException(
                    "what the Hub tells about " + repository + " names no commit: \"" + commit + "\"");
        }
        List<File> files = new ArrayList<>();
        for (JsonNode sibling : answer.path("siblings")) {
            JsonNode large = sibling.path("lfs");
            File file = new File(
                    sibling.path("rfilename").asText(),
                    (large.isObject() ? large : sibling).path("size").asLong(-1),
                    large.isObject()
                            ? large.path("sha256").asText()
                            : sibling.path("blobId").asText());
            if (!file.plausible()) {
                throw new ModelFileException(
                        "what the Hub tells about " + repository + " holds what is no file of it: " + file);
            }
            files.add(file);
        }
        return new Listing(commit, List.copyOf(files));
    }
}
