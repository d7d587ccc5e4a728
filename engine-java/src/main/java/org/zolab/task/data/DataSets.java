package org.zolab.task.data;

import java.nio.file.Path;

/** Where published data sets are: the folder of one's files by its name on the Hub and a revision. */
@FunctionalInterface
public interface DataSets {
    Path folder(String repository, String revision);
}
