package org.zolab.objective;

import java.util.List;
import java.util.stream.IntStream;
import org.zolab.space.Point;
import org.zolab.task.Example;

/**
 * The negative F1 of the chosen options as a loss, averaged over the options that occur. Like accuracy it has no gradient; unlike
 * accuracy, it does not reward always choosing the most frequent option.
 *
 * <pre>
 *   F1 of option o = 2·hits / (times chosen + times right),   loss = −mean over options that are chosen or right
 * </pre>
 *
 * <p>Options are identified by their index, so all examples of a task must list theirs in the same order.
 *
 * <p>Reference: MeZO, arXiv 2305.17333, section 3.3, which uses the F1 of generated words.
 *
 * @param options makes the choices
 */
public record NegatedF1(OptionScoring options) implements Objective {
    @Override
    public BatchLoss on(List<Example> batch) {
        return options.choices(batch).loss(scores -> score(OptionScoring.best(scores), batch));
    }

    /** Computed over all examples together, since an F1 is not a mean over chunks. */
    @Override
    public Score score(Point point, List<Example> examples) {
        return score(
                options.predictions(point, examples).stream()
                        .mapToInt(Prediction::chosen)
                        .toArray(),
                examples);
    }

    private static Score score(int[] chosen, List<Example> examples) {
        int most = examples.stream()
                .mapToInt(example -> example.options().size())
                .max()
                .orElse(0);
        int[] hits = new int[most];
        int[] counts = new int[most];
        for (int e = 0; e < chosen.length; e++) {
            Example example = examples.get(e);
            int right = example.isRight(chosen[e]) ? chosen[e] : example.label();
            counts[chosen[e]]++;
            counts[right]++;
            hits[right] += chosen[e] == right ? 1 : 0;
        }
        double f1 = IntStream.range(0, most)
                .filter(o -> counts[o] > 0)
                .mapToDouble(o -> 2.0 * hits[o] / counts[o])
                .average()
                .orElse(0);
        return new Score(-f1, (double) IntStream.of(hits).sum() / chosen.length, chosen.length);
    }

    @Override
    public int tokens(Example example) {
        return options.tokens(example);
    }
}
