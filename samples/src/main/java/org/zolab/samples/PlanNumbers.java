package org.zolab.samples;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.zolab.diagnose.Memory;
import org.zolab.model.adapter.Lora;
import org.zolab.model.families.Models;
import org.zolab.model.opt.OptConfig;
import org.zolab.sampler.DirectionLaw;
import org.zolab.space.Law;
import org.zolab.space.Precision;
import org.zolab.task.Apidocs;
import org.zolab.train.Cost;
import org.zolab.train.FineTuner;
import org.zolab.train.Method;
import org.zolab.train.Plan;
import org.zolab.update.Adam;

/**
 * What plans say beside what their runs then take: memory at the peak and seconds, of the embedded model and of random weights of OPT-125M's shape, each in a JVM of
 * its own.
 *
 * <p>Run: {@code mvn -q -pl samples -am -P sample -Dsample=PlanNumbers -DskipTests verify}; eight minutes on two cores.
 */
public final class PlanNumbers {

    private static final OptConfig SHAPE = new OptConfig(50272, 2048, 768, 12, 12, 3072, 768, true, true);

    private PlanNumbers() {}

    /**
     * Measures all, or in the JVM that it starts one.
     *
     * @param arguments none; or the folder of the model, empty for the embedded one, what to run, the number of steps, and a folder for the run
     */
    public static void main(String... arguments) throws IOException, InterruptedException {
        if (arguments.length > 0) {
            measure(arguments[0], arguments[1], Integer.parseInt(arguments[2]), Path.of(arguments[3]));
            return;
        }
        try (Apart apart = Apart.withRandom(SHAPE)) {
            for (String model : List.of("", apart.folder().toString())) {
                for (String what : List.of("mezo", "ldsd", "gv", "adam", "lora", "bf16")) {
                    apart.run(
                            PlanNumbers.class,
                            model,
                            what,
                            model.isEmpty() ? "400" : "25",
                            apart.folder().resolve(what + model.isEmpty()).toString());
                }
            }
        }
    }

    private static void measure(String model, String what, int steps, Path folder) {
        Plan.Builder builder = Plan.builder()
                .model(model.isEmpty() ? Models.opt("nano") : Models.opt(Path.of(model)))
                .method(Method.mezo())
                .task(Apidocs.task())
                .learningRate(1e-9)
                .steps(steps)
                .devExamples(100)
                .testExamples(0)
                .folder(folder);
        switch (what) {
            case "mezo" -> {}
            case "ldsd" -> builder.method(Method.ldsd(1e-3));
            case "gv" -> builder.method(Method.mezoGv(4, 0.5, false, false, DirectionLaw.independent(Law.GAUSSIAN)));
            case "adam" -> builder.rule(new Adam(0.9, 0.999, 1e-8));
            case "lora" -> builder.tune(Lora.of(8, 16, List.of()));
            case "bf16" -> builder.precision(Precision.BF16).theta(Precision.BF16);
            default -> throw new IllegalArgumentException(what);
        }
        Plan plan = builder.build();
        Cost said = plan.cost();
        long start = System.nanoTime();
        new FineTuner(plan).run(event -> {});
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf(
                Locale.ROOT,
                "%-9s %-5s memory %,5d MiB, planned %,5d (%.2f); %5.1f s, planned %5.1f (%.2f)%n",
                model.isEmpty() ? "nano" : "opt-125m",
                what,
                Memory.peak() >> 20,
                said.bytes() >> 20,
                (double) said.bytes() / Memory.peak(),
                seconds,
                said.seconds(),
                said.seconds() / seconds);
        System.exit(0); // the threads of PyTorch stay
    }
}
