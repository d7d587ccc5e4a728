package org.zolab.samples;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import org.zolab.diagnose.Median;
import org.zolab.model.Compute;
import org.zolab.model.LanguageModel;
import org.zolab.model.PreparedBatch;
import org.zolab.model.TokenBatch;
import org.zolab.model.opt.OptConfig;
import org.zolab.model.opt.OptFamily;
import org.zolab.space.Direction;
import org.zolab.space.Kernels;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.Point;
import org.zolab.train.Home;

/**
 * What it saves to compute a prompt once for all its options: a forward at two points of random weights of OPT-125M's shape, with the rows of a prompt side by side, and the
 * same rows in an order in which no neighbours begin alike, in turns.
 *
 * <p>Run: {@code mvn -q -pl samples -am -P sample -Dsample=OptionNumbers -DskipTests verify}; two minutes on two cores.
 */
public final class OptionNumbers {

    private static final OptConfig SHAPE = new OptConfig(50272, 2048, 768, 12, 12, 3072, 768, true, true);
    private static final int REPEATS = 5;

    private OptionNumbers() {}

    /** Measures; there are no arguments. */
    public static void main(String... arguments) {
        try (LanguageModel model =
                LanguageModel.withoutText("random", new OptFamily(SHAPE), Compute.ofMachine(Home.cache()))) {
            model.parameters().move(noise(0), 0.02);
            Kernels.settle();
            measure(model, 16, 20, 2, 8);
            measure(model, 16, 60, 4, 2);
            measure(model, 2, 250, 10, 5);
        }
        System.exit(0); // the threads of PyTorch stay
    }

    private static void measure(LanguageModel model, int prompts, int tokens, int options, int each) {
        List<Point> points = List.of(
                model.parameters().along(noise(1), 1e-3), model.parameters().along(noise(1), -1e-3));
        List<int[]> rows = rows(prompts, tokens, options, each - 1); // the last token is scored and never fed
        List<int[]> apart = IntStream.range(0, rows.size())
                .boxed()
                .sorted(Comparator.comparingInt(row -> row % options))
                .map(rows::get)
                .toList();
        try (PreparedBatch once = model.prepare(batch(rows, each));
                PreparedBatch again = model.prepare(batch(apart, each))) {
            double[][] ms = new double[2][REPEATS];
            for (int i = -1; i < REPEATS; i++) {
                double first = ms(() -> model.scores(points, once));
                double second = ms(() -> model.scores(points, again));
                if (i >= 0) {
                    ms[0][i] = first;
                    ms[1][i] = second;
                }
            }
            System.out.printf(
                    Locale.ROOT,
                    "%2d prompts of %3d tokens with %2d options of %d: %,5d ms, row by row %,5d (%.1f times)%n",
                    prompts,
                    tokens,
                    options,
                    each,
                    Math.round(Median.of(ms[0])),
                    Math.round(Median.of(ms[1])),
                    Median.of(ms[1]) / Median.of(ms[0]));
        }
    }

    private static List<int[]> rows(int prompts, int tokens, int options, int own) {
        Random random = new Random(3);
        List<int[]> rows = new ArrayList<>();
        for (int p = 0; p < prompts; p++) {
            int[] prompt = random.ints(tokens, 0, SHAPE.vocabulary()).toArray();
            for (int o = 0; o < options; o++) {
                rows.add(IntStream.concat(IntStream.of(prompt), random.ints(own, 0, SHAPE.vocabulary()))
                        .toArray());
            }
        }
        return rows;
    }

    private static TokenBatch batch(List<int[]> rows, int each) {
        List<TokenBatch.Scored> scored = new ArrayList<>();
        for (int row = 0; row < rows.size(); row++) {
            for (int token = 0; token < each; token++) {
                scored.add(new TokenBatch.Scored(row, rows.get(row).length - each + token, token));
            }
        }
        return new TokenBatch(rows, scored);
    }

    private static double ms(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e6;
    }

    private static Direction noise(int draw) {
        return Direction.noise(new NoiseKey(1, 2, draw), Law.GAUSSIAN);
    }
}
