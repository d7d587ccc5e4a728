package org.zolab.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.zolab.model.Compute;
import org.zolab.model.LanguageModel;
import org.zolab.model.families.Models;
import org.zolab.space.Direction;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.Point;
import org.zolab.task.Apidocs;
import org.zolab.task.Example;
import org.zolab.task.Split;
import org.zolab.tensor.LinearKernel;

/** Accuracy and F1 as losses, against their definitions on the option scores themselves. */
class MetricsTest {

    private static final List<Example> EXAMPLES =
            Apidocs.task().examples(Split.DEV).subList(0, 100);

    @Test
    void areWhatTheySay() {
        try (LanguageModel model = Models.opt("nano").load(new Compute(LinearKernel.ATEN, 2))) {
            OptionScoring options = new OptionScoring(model, 256);
            Direction z = Direction.noise(new NoiseKey(1, 0, 0), Law.GAUSSIAN);
            List<Point> points = List.of(
                    model.parameters().here(),
                    model.parameters().along(z, 0.02),
                    model.parameters().along(z, -0.02));
            try (BatchLoss accuracy = new NegatedAccuracy(options).on(EXAMPLES);
                    BatchLoss f1 = new NegatedF1(options).on(EXAMPLES)) {
                double[] losses = f1.at(points);
                for (int p = 0; p < points.size(); p++) {
                    int[] chosen = options.optionScores(points.get(p), EXAMPLES).means().stream()
                            .mapToInt(MetricsTest::best)
                            .toArray();
                    double right = IntStream.range(0, chosen.length)
                            .filter(e -> chosen[e] == EXAMPLES.get(e).label())
                            .count();
                    assertThat(accuracy.at(points)[p]).isCloseTo(-right / 100, within(1e-12));
                    assertThat(losses[p]).isCloseTo(-f1(chosen), within(1e-12));
                }
                assertThat(new NegatedF1(options).score(points.get(0), EXAMPLES).loss())
                        .isCloseTo(losses[0], within(1e-12));
                assertThat(losses[1]).isNotEqualTo(losses[0]);
            }
        }
    }

    private static int best(double[] means) {
        return IntStream.range(0, means.length).reduce(0, (a, b) -> means[b] > means[a] ? b : a);
    }

    /** By precision and recall, option by option. */
    private static double f1(int[] chosen) {
        List<Double> all = new ArrayList<>();
        for (int o = 0; o < 4; o++) {
            int option = o;
            double hits = count(e -> chosen[e] == option && EXAMPLES.get(e).label() == option);
            double taken = count(e -> chosen[e] == option);
            double wanted = count(e -> EXAMPLES.get(e).label() == option);
            if (taken + wanted > 0) {
                double precision = taken > 0 ? hits / taken : 0;
                double recall = wanted > 0 ? hits / wanted : 0;
                all.add(hits > 0 ? 2 * precision * recall / (precision + recall) : 0);
            }
        }
        return all.stream().mapToDouble(f -> f).average().orElseThrow();
    }

    private static double count(java.util.function.IntPredicate example) {
        return IntStream.range(0, 100).filter(example).count();
    }
}
