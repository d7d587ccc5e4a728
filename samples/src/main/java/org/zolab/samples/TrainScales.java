package org.zolab.samples;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.zolab.model.opt.Opt;
import org.zolab.objective.BatchLoss;
import org.zolab.probe.DifferentiableOracle;
import org.zolab.sampler.DirectionLaw;
import org.zolab.sampler.Energy;
import org.zolab.sampler.LearnedScales;
import org.zolab.sampler.ScaleNet;
import org.zolab.sampler.ScaleNets;
import org.zolab.sampler.ScaleSource;
import org.zolab.sampler.ScaleState;
import org.zolab.task.Apidocs;
import org.zolab.train.FineTuner;
import org.zolab.train.MetaTrainer;
import org.zolab.train.Method;
import org.zolab.train.Plan;
import org.zolab.train.Run;
import org.zolab.train.Subject;

/**
 * Trains the ZO Fine-tuner's nets for the embedded model, then fine-tunes with them and with what they have to beat at equal forward
 * passes: noise as it is, untrained nets, and scales in proportion to exact gradients. Each arm's learning rate is chosen on dev, with
 * another seed and the same number of steps.
 *
 * <p>Run: {@code mvn -q -pl samples -am -P sample -Dsample=TrainScales -DskipTests verify}; arguments: steps of the nets, steps of each
 * fine-tuning, the file of the nets. About fifteen minutes on two cores.
 */
public final class TrainScales {

    private static final long TUNING_SEED = 77;

    private TrainScales() {}

    /**
     * How much is done.
     *
     * @param steps    of the nets
     * @param tuning   steps of each fine-tuning
     * @param examples of dev and of test that are looked at
     * @param rates    η to choose from
     * @param seeds    of the fine-tunings that count
     */
    record Budget(int steps, int tuning, int examples, List<Double> rates, List<Long> seeds) {}

    /** Steps of the nets, steps of each fine-tuning, and where the nets go. */
    public static void main(String... arguments) {
        int steps = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 100;
        int tuning = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 400;
        Path file = Path.of(arguments.length > 2 ? arguments[2] : "scales.safetensors");
        run(new Budget(steps, tuning, 1000, List.of(3e-5, 1e-4, 3e-4), List.of(1L, 2L, 3L)), file);
    }

    /** The runs that count, by arm. */
    static Map<String, List<Run>> run(Budget budget, Path file) {
        Map<String, ScaleSource> arms = new LinkedHashMap<>();
        arms.put("uniform", ScaleSource.UNIFORM);
        arms.put("untrained", ScaleSource.random(1));
        try (Subject.Opened subject =
                plan(ScaleSource.UNIFORM, 1e-4, 1, budget).subject().open(7)) {
            ScaleNets untrained = ScaleNets.random(subject.theta().space(), 1);
            ScaleNets nets = new MetaTrainer(config(budget.steps()))
                    .train(
                            subject.theta(),
                            List.of(new MetaTrainer.DataSet("apidocs", subject::batch)),
                            untrained,
                            TrainScales::tell);
            nets.write(file, Map.of("model", "opt-nano"));
            System.out.printf(
                    Locale.ROOT,
                    "scales moved by %.0f %% of themselves in the median%n",
                    100 * moved(sigma(untrained, subject), sigma(nets, subject)));
            try (BatchLoss loss = subject.batch(0)) {
                arms.put("gradients", ScaleSource.proportional(DifferentiableOracle.of(loss), subject.theta()));
            }
        }
        arms.put("trained", ScaleSource.trained(file));
        Map<String, List<Run>> runs = new LinkedHashMap<>();
        arms.forEach((arm, source) -> runs.put(arm, compete(arm, source, budget)));
        return runs;
    }

    /** An arm at its best learning rate. */
    private static List<Run> compete(String arm, ScaleSource source, Budget budget) {
        double rate = budget.rates().stream()
                .min(Comparator.comparingDouble(eta -> loss(run(source, eta, TUNING_SEED, budget))))
                .orElseThrow();
        List<Run> runs = budget.seeds().stream()
                .map(seed -> run(source, rate, seed, budget))
                .toList();
        System.out.printf(
                Locale.ROOT,
                "%s at %.0e: dev losses %s, test accuracies %s%n",
                arm,
                rate,
                runs.stream()
                        .map(run -> String.format(Locale.ROOT, "%.3f", loss(run)))
                        .toList(),
                runs.stream()
                        .map(run -> String.format(
                                Locale.ROOT,
                                "%.1f",
                                100 * run.test().orElseThrow().accuracy()))
                        .toList());
        return runs;
    }

    private static Run run(ScaleSource source, double rate, long seed, Budget budget) {
        return new FineTuner(plan(source, rate, seed, budget)).run(event -> {});
    }

    private static double loss(Run run) {
        return run.best().orElseThrow().loss();
    }

    /** σ of the first step. */
    private static double[] sigma(ScaleNets nets, Subject.Opened subject) {
        List<ScaleNet> inOrder = nets.of(subject.theta().space());
        return Arrays.stream(ScaleState.outputs(inOrder, new ScaleState(inOrder.size()).inputs(subject.theta())))
                .map(Math::abs)
                .toArray();
    }

    private static double moved(double[] before, double[] after) {
        double[] changes = IntStream.range(0, before.length)
                .mapToDouble(i -> Math.abs(after[i] - before[i]) / before[i])
                .sorted()
                .toArray();
        return changes[changes.length / 2];
    }

    /** Adam, since plain SGD at the published rates leaves the nets where they start. */
    private static MetaTrainer.Config config(int steps) {
        return new MetaTrainer.Config(
                MetaTrainer.Learning.adam(3e-3),
                MetaTrainer.Descent.published(50),
                Energy.TOUCHED,
                DirectionLaw.GAUSSIAN,
                steps,
                7);
    }

    private static void tell(MetaTrainer.Stepped step) {
        if (step.step() % 25 == 0) {
            System.out.printf(
                    Locale.ROOT,
                    "step %d: loss %.4f, after a zeroth-order step %.4f, c %.2f%n",
                    step.step(),
                    step.here(),
                    step.gradient().loss(),
                    step.scales().normaliser());
        }
    }

    private static Plan plan(ScaleSource source, double rate, long seed, Budget budget) {
        return Plan.builder()
                .model(Opt.named("nano"))
                .method(Method.scaled(new LearnedScales.Config(source, DirectionLaw.GAUSSIAN)))
                .task(Apidocs.task())
                .learningRate(rate)
                .steps(budget.tuning())
                .seed(seed)
                .evaluateEvery(Math.max(1, budget.tuning() / 2))
                .devExamples(Math.min(500, budget.examples()))
                .testExamples(budget.examples())
                .build();
    }
}
