package org.zolab.samples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.zolab.diagnose.Median;
import org.zolab.dsl.AblateKt;
import org.zolab.model.families.Models;
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
import org.zolab.train.Ablation;
import org.zolab.train.AblationResult;
import org.zolab.train.Ablator;
import org.zolab.train.MetaTrainer;
import org.zolab.train.Method;
import org.zolab.train.Plan;
import org.zolab.train.Subject;
import org.zolab.train.Tuning;

/**
 * Trains the ZO Fine-tuner's nets for the embedded model, then races them against what they have to beat at equal forward passes: noise as it
 * is, untrained nets, and scales in proportion to exact gradients. Each arm's learning rate is found on the same budget with another seed.
 *
 * <p>Run: {@code mvn -q -pl samples -am -P sample -Dsample=TrainScales -DskipTests verify}; arguments, steps of the nets, forward passes of
 * each run and the folder of the nets, the runs and the files of a results folder, by {@code -Dargs="100 800 target/scales"}. About fifteen
 * minutes on two cores.
 */
public final class TrainScales {

    private TrainScales() {}

    /**
     * How much is done.
     *
     * @param steps    of the nets
     * @param forwards of each run
     * @param examples of dev and of test that are looked at, at most
     * @param seeds    of the runs that count
     */
    record Budget(int steps, int forwards, int examples, List<Long> seeds) {}

    /** Steps of the nets, forward passes of each run, and the folder. */
    public static void main(String... arguments) throws IOException {
        int steps = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 100;
        int forwards = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 800;
        Path folder = Path.of(arguments.length > 2 ? arguments[2] : "target/scales");
        run(new Budget(steps, forwards, 500, List.of(1L, 2L, 3L)), folder);
    }

    static AblationResult run(Budget budget, Path folder) throws IOException {
        Path file = Files.createDirectories(folder).resolve("nets.safetensors");
        List<Ablation.Arm> arms = new ArrayList<>();
        arms.add(arm("uniform", ScaleSource.UNIFORM, budget));
        arms.add(arm("untrained", ScaleSource.random(1), budget));
        try (Subject.Opened subject = arms.get(0).plan().subject().open(7)) {
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
                ScaleSource exact = ScaleSource.proportional(DifferentiableOracle.of(loss), subject.theta());
                arms.add(arm("gradients", exact, budget));
            }
        }
        arms.add(arm("trained", ScaleSource.trained(file), budget));
        Tuning tuning = new Tuning(5L * budget.forwards(), List.of(77L), 2);
        AblationResult result = new Ablator(new Ablation(arms, budget.seeds(), budget.forwards(), 5, tuning, 1, folder))
                .run(moment -> {});
        AblateKt.save(result, folder);
        System.out.println(AblateKt.table(result));
        return result;
    }

    /** σ of the first step. */
    private static double[] sigma(ScaleNets nets, Subject.Opened subject) {
        List<ScaleNet> inOrder = nets.of(subject.theta().space());
        return Arrays.stream(ScaleState.outputs(inOrder, new ScaleState(inOrder.size()).inputs(subject.theta())))
                .map(Math::abs)
                .toArray();
    }

    private static double moved(double[] before, double[] after) {
        return Median.of(
                IntStream.range(0, before.length).mapToDouble(i -> Math.abs(after[i] - before[i]) / before[i]));
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

    private static Ablation.Arm arm(String name, ScaleSource source, Budget budget) {
        return new Ablation.Arm(
                name,
                Plan.builder()
                        .model(Models.opt("nano"))
                        .method(Method.zoFinetuner(new LearnedScales.Config(source, DirectionLaw.GAUSSIAN)))
                        .task(Apidocs.task())
                        .devExamples(budget.examples())
                        .testExamples(budget.examples())
                        .build());
    }
}
