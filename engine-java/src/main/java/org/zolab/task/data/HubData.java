package org.zolab.task.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A data set of the Hugging Face Hub.
 *
 * @param repository its name there
 * @param revision   the branch that holds its rows
 * @param part       the folder in it that holds one of several data sets; empty if there is only one
 */
public record HubData(String repository, String revision, String part) {

    /** A data set whose repository stores its rows as files. */
    public static HubData of(String repository, String part) {
        return new HubData(repository, "main", part);
    }

    /** A data set whose repository holds a script, and whose rows the Hub itself converted. */
    public static HubData converted(String repository, String part) {
        return new HubData(repository, "refs/convert/parquet", part);
    }

    /**
     * The rows of some splits.
     *
     * @param splits for each split, the words that denote it in file names
     * @throws IllegalArgumentException if there are none
     */
    public List<Table> splits(DataSets sets, List<List<String>> splits) {
        Path data = sets.folder(repository, revision).resolve(part);
        List<Path> files = Files.isDirectory(data)
                ? DataFiles.at(data).stream()
                        .filter(file -> file.toString().matches(".*\\.(parquet|jsonl|csv)"))
                        .toList()
                : List.of();
        List<List<Path>> found = splits.stream()
                .map(words -> DataFiles.split(data, files, words))
                .toList();
        if (found.stream().anyMatch(List::isEmpty)) {
            throw new IllegalArgumentException("data set " + repository + " has no files of "
                    + String.join(
                            " and ", splits.stream().map(words -> words.get(0)).toList())
                    + ": looked for them in " + data + "; delete that folder and fetch it again");
        }
        return found.stream().map(Table::of).toList();
    }
}
