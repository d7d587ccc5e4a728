package org.zolab.cli;

import java.util.concurrent.Callable;
import org.zolab.model.hub.Hub;
import org.zolab.model.hub.Repository;
import picocli.CommandLine;

/** Brings a model or a data set of the Hub into this machine's cache, where the Python tools find it too. */
@CommandLine.Command(
        name = "fetch",
        description = "Fetches a model or a data set of the Hugging Face Hub into this machine's cache.",
        mixinStandardHelpOptions = true)
public final class Fetch implements Callable<Integer> {

    @CommandLine.Parameters(index = "0", paramLabel = "NAME", description = "such as facebook/opt-125m")
    private String name = "";

    @CommandLine.Option(names = "--dataset", description = "it is a data set, such as nyu-mll/glue")
    private boolean dataset;

    @CommandLine.Option(
            names = "--revision",
            paramLabel = "REVISION",
            description = "a branch, a tag or a commit (default: ${DEFAULT-VALUE})")
    private String revision = Repository.MAIN;

    @Override
    public Integer call() {
        Repository.Kind kind = dataset ? Repository.Kind.DATASET : Repository.Kind.MODEL;
        System.out.println(Hub.ofUser().fetch(new Repository(kind, name, revision)));
        return 0;
    }
}
