package org.zolab.samples;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.zolab.model.opt.Opt;
import org.zolab.objective.BatchLoss;
import org.zolab.probe.DifferentiableOracle;
import org.zolab.sampler.DirectionLaw;
import org.zolab.sampler.Energy;
import org.zolab.sampler.LearnedScales;
import org.zolab.sampler.ScaleNets;
import org.zolab.sampler.ScaleSource;
import org.zolab.sampler.Scales;
import org.zolab.task.Apidocs;
import org.zolab.train.FineTuner;
import org.zolab.train.MetaTrainer;
import org.zolab.train.Method;
import org.zolab.train.Plan;
import org.zolab.train.Run;
import org.zolab.train.Subject;
import org.zolab.update.Adam;

/**
 * Trains the ZO Fine-tuner's nets for the embedded model, then fine-tunes with them and with what they have to beat: noise as it is,
 * untrained nets, and scales in proportion to exact gradients.
 *
 * <p>Run: {@code mvn -q -pl samples -am -P sample -Dsample=TrainScales verify}; arguments: steps of the nets, steps of each fine-tuning,
 * the file of the nets.
 */
public final class TrainScales {

    private TrainScales() {}

    /** Steps of the nets, steps of each fine-tuning, and where the nets go. */
    public static void main(String... arguments) {
        int steps = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 300;
        int tuning = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 300;
        Path file = Path.of(arguments.length > 2 ? arguments[2] : "scales.safetensors");
        run(steps, tuning, 500, file).forEach((arm, run) -> System.out.println(arm + " " + run.summary()));
    }

    /** Looks at {@code examples} of dev and of test. */
    static Map<String, Run> run(int steps, int tuning, int examples, Path file) {
        Map<String, ScaleSource> arms = new LinkedHashMap<>();
        arms.put("uniform", ScaleSource.UNIFORM);
        arms.put("untrained", ScaleSource.random(1));
        try (Subject.Opened subject =
                plan(ScaleSource.UNIFORM, 1, examples).subject().open(7)) {
            ScaleNets nets = new MetaTrainer(config(steps))
                    .train(
                            subject.theta(),
                            List.of(new MetaTrainer.DataSet("apidocs", subject::batch)),
                            ScaleNets.random(subject.theta().space(), 1),
                            TrainScales::tell);
            nets.write(file, Map.of("model", "opt-nano"));
            try (BatchLoss loss = subject.batch(0)) {
                arms.put("gradients", ScaleSource.proportional(DifferentiableOracle.of(loss), subject.theta()));
            }
        }
        arms.put("trained", ScaleSource.trained(file));
        Map<String, Run> runs = new LinkedHashMap<>();
        arms.forEach((arm, source) -> runs.put(arm, new FineTuner(plan(source, tuning, examples)).run(event -> {})));
        return runs;
    }

    /** Adam, since plain SGD at the published rates leaves the nets where they start. */
    private static MetaTrainer.Config config(int steps) {
        return new MetaTrainer.Config(
                new MetaTrainer.Learning(1e-3, 5e-5, Scales.Form.NORMALISED, new Adam(0.9, 0.99, 1e-8), 1e-3),
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

    private static Plan plan(ScaleSource source, int steps, int examples) {
        return Plan.builder()
                .model(Opt.named("nano"))
                .method(Method.scaled(new LearnedScales.Config(source, DirectionLaw.GAUSSIAN)))
                .task(Apidocs.task())
                .steps(steps)
                .evaluateEvery(steps)
                .devExamples(examples)
                .testExamples(examples)
                .build();
    }
}
