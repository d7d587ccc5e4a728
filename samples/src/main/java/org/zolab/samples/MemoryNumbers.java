package org.zolab.samples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.zolab.diagnose.Memory;
import org.zolab.model.Compute;
import org.zolab.model.families.Models;
import org.zolab.model.opt.OptConfig;
import org.zolab.model.opt.OptFamily;
import org.zolab.space.Precision;
import org.zolab.task.Apidocs;
import org.zolab.train.FineTuner;
import org.zolab.train.Home;
import org.zolab.train.Method;
import org.zolab.train.Plan;
import org.zolab.train.Run;

/**
 * The peak of resident memory when a model of OPT-1.3B's shape is read from its file and takes steps of MeZO, at most 64 tokens each, with θ in
 * single precision and in bf16: each in a JVM of its own, beside what θ takes, and beside the time to read the file alone.
 *
 * <p>Run: {@code mvn -q -pl samples -am -P sample -Dsample=MemoryNumbers -DskipTests verify}; five minutes on two cores, 8 GB of disk meanwhile.
 */
public final class MemoryNumbers {

    private static final OptConfig SHAPE = new OptConfig(50272, 2048, 2048, 32, 24, 8192, 2048, true, true);
    private static final int STEPS = 2;

    private MemoryNumbers() {}

    /**
     * Writes the model into a temporary folder and measures; or, in the JVM that it starts, measures once.
     *
     * @param arguments none; or the folder, the precision of θ, and a folder for the run
     */
    public static void main(String... arguments) throws IOException, InterruptedException {
        if (arguments.length > 0) {
            measure(Path.of(arguments[0]), Precision.valueOf(arguments[1]), Path.of(arguments[2]));
            return;
        }
        try (Apart apart = Apart.withRandom(SHAPE)) {
            Path folder = apart.folder();
            long start = System.nanoTime();
            long bytes = read(folder.resolve("model.safetensors"));
            System.out.printf(
                    Locale.ROOT, "file: %,d MiB, read in %.1f s%n", bytes >> 20, (System.nanoTime() - start) / 1e9);
            for (Precision theta : Precision.values()) {
                apart.run(
                        MemoryNumbers.class,
                        folder.toString(),
                        theta.name(),
                        folder.resolve("run-" + theta.id()).toString());
            }
        }
    }

    private static void measure(Path model, Precision theta, Path folder) {
        Plan plan = Plan.builder()
                .model(Models.opt(model))
                .method(Method.mezo())
                .task(Apidocs.task())
                .theta(theta)
                .batch(1)
                .maxLength(64)
                .learningRate(1e-9)
                .steps(STEPS)
                .devExamples(1)
                .testExamples(0)
                .folder(folder)
                .build();
        Run run = new FineTuner(plan).run(event -> {});
        long own = Compute.ofMachine(Home.cache(), Precision.FP32, theta).bytes(new OptFamily(SHAPE).space());
        System.out.printf(
                Locale.ROOT,
                "theta = %s: peak %,d MiB = theta %,d + %,d; loaded and evaluated once after %.1f s, %d steps after %.1f%n",
                theta.id(),
                Memory.peak() >> 20,
                own >> 20,
                (Memory.peak() - own) >> 20,
                run.evaluations().get(0).seconds(),
                run.steps().size(),
                run.seconds());
        System.exit(0); // the threads of PyTorch stay
    }

    private static long read(Path file) throws IOException {
        long bytes = 0;
        byte[] some = new byte[1 << 20];
        try (var in = Files.newInputStream(file)) {
            for (int n = in.read(some); n >= 0; n = in.read(some)) {
                bytes += n;
            }
        }
        return bytes;
    }
}
