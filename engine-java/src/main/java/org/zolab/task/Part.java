package org.zolab.task;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.zolab.task.data.DataFiles;

/**
 * User files that belong to one split.
 *
 * @param split the split; null if the files are not split
 */
record Part(@Nullable Split split, List<Path> files) {

    private static final Map<Split, List<String>> NAMES = Map.of(
            Split.TRAIN, List.of("train", "training"),
            Split.DEV, List.of("dev", "validation", "valid", "val"),
            Split.TEST, List.of("test"));

    /** The files of a path. Those of a folder are grouped by split, if they are named after splits and one of these is train. */
    static List<Part> of(Path path) {
        List<Path> files = DataFiles.at(path);
        List<Part> parts = new ArrayList<>();
        if (Files.isDirectory(path)) {
            for (Split split : Split.values()) {
                List<Path> found = DataFiles.split(path, files, NAMES.get(split));
                if (!found.isEmpty()) {
                    parts.add(new Part(split, found));
                }
            }
        }
        return parts.stream().anyMatch(part -> part.split() == Split.TRAIN) ? parts : List.of(new Part(null, files));
    }

    /** The split with this name. */
    static Optional<Split> named(String name) {
        return NAMES.entrySet().stream()
                .filter(entry -> entry.getValue().contains(name.toLowerCase(Locale.ROOT)))
                .map(Map.Entry::getKey)
                .findFirst();
    }
}
