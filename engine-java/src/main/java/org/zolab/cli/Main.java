package org.zolab.cli;

import org.zolab.tensor.Device;
import picocli.CommandLine;

/** The engine's own command line; {@code ./zo} calls it. */
@CommandLine.Command(
        name = "zo",
        description = "Zeroth-order fine-tuning of language models.",
        mixinStandardHelpOptions = true,
        subcommands = {Doctor.class, Verify.class, Bench.class, Fetch.class})
public final class Main {

    private Main() {}

    /** Runs one command and ends the process with its exit code: 0 for success, 1 for a failure, 2 for wrong use. */
    public static void main(String... arguments) {
        System.exit(commandLine().execute(arguments));
    }

    private static Device device(String text) {
        try {
            return Device.parse(text);
        } catch (IllegalArgumentException e) {
            throw new CommandLine.TypeConversionException(e.getMessage());
        }
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .registerConverter(Device.class, Main::device)
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    if (!(failure instanceof IllegalArgumentException || failure instanceof IllegalStateException)) {
                        throw failure;
                    }
                    command.getErr().println("zo: " + failure.getMessage());
                    return 1;
                });
    }
}
