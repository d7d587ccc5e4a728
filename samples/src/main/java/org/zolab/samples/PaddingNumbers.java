package org.zolab.samples;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.zolab.model.Compute;
import org.zolab.model.LanguageModel;
import org.zolab.model.PreparedBatch;
import org.zolab.model.opt.Opt;
import org.zolab.objective.OptionEncoder;
import org.zolab.space.Order;
import org.zolab.task.Apidocs;
import org.zolab.task.Example;
import org.zolab.task.Split;
import org.zolab.train.Home;

/**
 * How many of the tokens that a forward computes are padding, on the embedded task: rows padded to the longest of their batch, and as
 * batches are laid out, sorted and cut into parts of about equal work.
 *
 * <p>Run: {@code mvn -q -pl samples -am -P sample -Dsample=PaddingNumbers -DskipTests verify}; seconds.
 */
public final class PaddingNumbers {

    private static final int STEPS = 200;

    private PaddingNumbers() {}

    /** Prints a line for a step's batches and one for an evaluation's. */
    public static void main(String... arguments) {
        try (LanguageModel model = Opt.named("nano").load(Compute.ofMachine(Home.cache()))) {
            OptionEncoder encoder = new OptionEncoder(model, model.family().maxTokens());
            List<Example> train = Apidocs.task().examples(Split.TRAIN);
            List<List<Example>> steps = new ArrayList<>();
            int[] order = Order.examples(42, 0, train.size());
            for (int step = 0; step < STEPS; step++) {
                List<Example> batch = new ArrayList<>();
                for (int i = 0; i < 16; i++) {
                    batch.add(train.get(order[(16 * step + i) % order.length]));
                }
                steps.add(batch);
            }
            report("batches of 16, as steps draw them", model, encoder, steps);
            List<Example> dev = new ArrayList<>(Apidocs.task().examples(Split.DEV));
            report("batches of 64 of dev, in the order of the file", model, encoder, chunks(dev));
            dev.sort(Comparator.comparingInt(encoder::length));
            report("batches of 64 of dev, alike lengths together", model, encoder, chunks(dev));
        }
        System.exit(0); // the threads of PyTorch stay
    }

    private static List<List<Example>> chunks(List<Example> examples) {
        List<List<Example>> chunks = new ArrayList<>();
        for (int from = 0; from < examples.size(); from += 64) {
            chunks.add(examples.subList(from, Math.min(examples.size(), from + 64)));
        }
        return chunks;
    }

    private static void report(String what, LanguageModel model, OptionEncoder encoder, List<List<Example>> batches) {
        long tokens = 0;
        long longest = 0;
        long laid = 0;
        for (List<Example> batch : batches) {
            try (PreparedBatch prepared = model.prepare(encoder.options(batch).batch())) {
                List<int[]> rows = prepared.batch().rows();
                tokens += rows.stream().mapToInt(row -> row.length).sum();
                longest += (long) rows.size() * prepared.length();
                laid += prepared.states();
            }
        }
        System.out.printf(
                Locale.ROOT,
                "%s: padding is %.1f %% of what is computed, %.1f %% if all rows were as long as their batch's longest%n",
                what,
                100 - 100.0 * tokens / laid,
                100 - 100.0 * tokens / longest);
    }
}
