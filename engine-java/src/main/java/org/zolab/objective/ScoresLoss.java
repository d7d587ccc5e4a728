package org.zolab.objective;

import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleBiFunction;
import java.util.stream.IntStream;
import org.zolab.space.Point;
import org.zolab.task.Example;

/**
 * A loss of one's own of what options score. It has no gradient.
 *
 * <pre>
 *   loss = mean over examples of f(scores, right),   score(option) = mean over its tokens of log p(token | what stands before)
 * </pre>
 *
 * <p>One forward pass a point, as {@link OptionScoring}.
 *
 * @param options what scores
 * @param f       from the scores of an example's options, and the index of the right one, to its loss
 */
public record ScoresLoss(OptionScoring options, ToDoubleBiFunction<double[], Integer> f) implements Objective {
    @Override
    public BatchLoss on(List<Example> batch) {
        OptionScoring.Choices choices = options.choices(batch);
        return new BatchLoss() {
            @Override
            public List<Score> scores(List<Point> points) {
                return choices.scores(points).stream()
                        .map(scores -> score(scores, batch))
                        .toList();
            }

            @Override
            public Map<String, Long> partial() {
                return choices.partial();
            }

            @Override
            public void close() {
                choices.close();
            }
        };
    }

    private Score score(List<double[]> scores, List<Example> examples) {
        int n = examples.size();
        double loss = 0;
        for (int e = 0; e < n; e++) {
            loss += f.applyAsDouble(scores.get(e).clone(), examples.get(e).label());
        }
        long hits = IntStream.range(0, n)
                .filter(e -> examples.get(e).isRight(OptionScoring.best(scores.get(e))))
                .count();
        return new Score(loss / n, (double) hits / n, n);
    }

    @Override
    public int tokens(Example example) {
        return options.tokens(example);
    }
}
