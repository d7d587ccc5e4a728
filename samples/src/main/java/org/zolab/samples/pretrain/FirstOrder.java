package org.zolab.samples.pretrain;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import org.zolab.model.Compute;
import org.zolab.model.LanguageModel;
import org.zolab.model.families.Models;
import org.zolab.objective.DifferentiableLoss;
import org.zolab.objective.OptionScoring;
import org.zolab.space.ParameterVector;
import org.zolab.task.Apidocs;
import org.zolab.task.Example;
import org.zolab.task.Split;
import org.zolab.tensor.LinearKernel;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What backpropagation reaches on apidocs with the embedded model: the ceiling that methods without it are held against.
 *
 * <pre>
 * mvn -pl samples -am -P first-order -DskipTests verify
 * </pre>
 *
 * AdamW on all weights, batches of 16, every learning rate with three seeds. Of every run the moment of the best
 * accuracy on dev counts, of the learning rates the one with the best median on dev; test chooses nothing.
 */
@Command(name = "first-order", mixinStandardHelpOptions = true, description = "AdamW on the task apidocs.")
public final class FirstOrder implements Callable<Integer> {
    private static final int BATCH = 16;
    private static final int EVALUATE_EVERY = 40;
    private static final double DECAY = 0.01;

    @Option(names = "--steps", defaultValue = "240", description = "steps a run (default: ${DEFAULT-VALUE})")
    private int steps;

    @Option(names = "--lr", split = ",", defaultValue = "1e-4,3e-4,1e-3", description = "default: ${DEFAULT-VALUE}")
    private List<Double> learningRates = List.of();

    @Option(names = "--seeds", defaultValue = "3", description = "runs a learning rate (default: ${DEFAULT-VALUE})")
    private int seeds;

    private double testAccuracy = Double.NaN;

    /** What one run came to, at its best moment on dev. */
    private record Result(double dev, double test) {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new FirstOrder()).execute(args));
    }

    /** The median accuracy on test of the learning rate that dev chose. */
    public double testAccuracy() {
        return testAccuracy;
    }

    @Override
    public Integer call() {
        Locale.setDefault(Locale.ROOT);
        Apidocs task = Apidocs.task();
        System.out.printf(
                "guessing: %.1f%n",
                100.0 / task.examples(Split.TRAIN).get(0).options().size());
        report("zero-shot", run(task, 0, 0, 0));
        List<Result> best = List.of();
        for (double rate : learningRates) {
            List<Result> results = new ArrayList<>();
            for (int seed = 1; seed <= seeds; seed++) {
                Result result = run(task, rate, steps, seed);
                report(String.format("lr %.0e seed %d", rate, seed), result);
                results.add(result);
            }
            if (best.isEmpty() || median(results).dev() > median(best).dev()) {
                best = results;
            }
        }
        testAccuracy = median(best).test();
        report("AdamW, median of " + seeds + " seeds", median(best));
        return 0;
    }

    private static void report(String what, Result result) {
        System.out.printf("%s: dev %.1f test %.1f%n", what, 100 * result.dev(), 100 * result.test());
    }

    /** One run from the embedded weights; with no steps it tells what they know already. */
    private static Result run(Apidocs task, double rate, int steps, long seed) {
        Compute compute = new Compute(LinearKernel.ATEN, Runtime.getRuntime().availableProcessors());
        try (LanguageModel model = Models.opt("nano").load(compute)) {
            OptionScoring objective = new OptionScoring(model, model.family().maxTokens());
            ParameterVector theta = model.parameters();
            AdamW rule = new AdamW(theta, DECAY);
            Result best = evaluate(objective, theta, task);
            Random random = new Random(seed);
            List<Example> order = new ArrayList<>();
            for (int step = 1; step <= steps; step++) {
                if (order.size() < BATCH) {
                    order = new ArrayList<>(task.examples(Split.TRAIN));
                    Collections.shuffle(order, random);
                }
                List<Example> batch = order.subList(order.size() - BATCH, order.size());
                try (DifferentiableLoss f = objective.on(batch)) {
                    f.gradient(theta.here(), rule.gradient());
                }
                batch.clear();
                rule.step(rate * (1 - (step - 1.0) / steps));
                if (step % EVALUATE_EVERY == 0) {
                    Result result = evaluate(objective, theta, task);
                    best = result.dev() > best.dev() ? result : best;
                }
            }
            return best;
        }
    }

    private static Result evaluate(OptionScoring objective, ParameterVector theta, Apidocs task) {
        return new Result(
                objective.score(theta.here(), task.examples(Split.DEV)).accuracy(),
                objective.score(theta.here(), task.examples(Split.TEST)).accuracy());
    }

    /** The run in the middle by its accuracy on dev. */
    private static Result median(List<Result> results) {
        return results.stream()
                .sorted(Comparator.comparingDouble(Result::dev).thenComparingDouble(Result::test))
                .toList()
                .get(results.size() / 2);
    }
}
