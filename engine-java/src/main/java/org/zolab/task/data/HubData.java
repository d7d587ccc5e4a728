package org.zolab.task.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.zolab.model.weights.HubCache;

/**
 * A data set of the Hugging Face Hub in this machine's cache, as the Python tools keep it.
 *
 * <pre>
 *   datasets--nyu-mll--glue/snapshots/COMMIT/sst2/train-00000-of-00001.parquet
 * </pre>
 *
 * @param repository what it is called on the Hub
 * @param part       the folder of one of several sets in it; empty if there is one
 */
public record HubData(String repository, String part) {

    /**
     * The rows of splits, all of one snapshot, that of the main revision if it has them.
     *
     * @param splits for each split the words that name it in files
     * @throws IllegalArgumentException if they are not in the cache, saying how they get there
     */
    public List<Table> splits(HubCache cache, List<List<String>> splits) {
        Path folder = cache.root().resolve("datasets--" + repository.replace("/", "--"));
        for (Path snapshot : snapshots(folder)) {
            Path data = snapshot.resolve(part);
            if (Files.isDirectory(data)) {
                List<Path> files = DataFiles.at(data).stream()
                        .filter(file -> file.toString().matches(".*\\.(parquet|jsonl|csv)"))
                        .toList();
                List<List<Path>> found = splits.stream()
                        .map(words -> DataFiles.split(data, files, words))
                        .toList();
                if (found.stream().noneMatch(List::isEmpty)) {
                    return found.stream().map(Table::of).toList();
                }
            }
        }
        String include = part.isEmpty() ? "" : " --include \"" + part + "/*\"";
        throw new IllegalArgumentException("data set " + repository + " is not in the cache with files of "
                + String.join(
                        " and ", splits.stream().map(words -> words.get(0)).toList()) + ": looked for " + folder
                + " (" + cache.root() + " is from " + cache.because()
                + "). Run `huggingface-cli download --repo-type dataset "
                + repository + include
                + "`; where that finds a script and no data, add --revision refs/convert/parquet");
    }

    private static List<Path> snapshots(Path folder) {
        List<Path> found = new ArrayList<>();
        try {
            Path main = folder.resolve("refs").resolve("main");
            if (Files.isRegularFile(main)) {
                found.add(folder.resolve("snapshots")
                        .resolve(Files.readString(main).strip()));
            }
            if (Files.isDirectory(folder.resolve("snapshots"))) {
                try (Stream<Path> others = Files.list(folder.resolve("snapshots"))) {
                    others.sorted().forEach(found::add);
                }
            }
        } catch (IOException e) {
            throw new IllegalArgumentException(folder + " cannot be read: " + e.getMessage(), e);
        }
        return found;
    }
}
