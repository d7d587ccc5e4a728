package org.zolab.task.data;

import java.nio.file.Path;

/** Locates published data sets: gives the folder of a data set's files, by its name on the Hub and a revision. */
@FunctionalInterface
public interface DataSets {
    Path folder(String repository, String revision);
}
