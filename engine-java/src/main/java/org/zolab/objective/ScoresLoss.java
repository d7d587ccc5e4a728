package org.zolab.objective;

import java.util.List;
import java.util.function.ToDoubleBiFunction;
import org.zolab.task.Example;

/**
 * A user-defined loss of the options' scores. It has no gradient.
 *
 * <pre>
 *   loss = mean over examples of f(scores, right),   score(option) = mean over its tokens of log p(token | what stands before)
 * </pre>
 *
 * <p>One forward pass per point, as for {@link OptionScoring}.
 *
 * @param options computes the scores
 * @param f       maps the scores of an example's options, and the index of the right one, to the example's loss
 */
public record ScoresLoss(OptionScoring options, ToDoubleBiFunction<double[], Integer> f) implements Objective {
    @Override
    public BatchLoss on(List<Example> batch) {
        return options.choices(batch).loss(scores -> score(scores, batch));
    }

    private Score score(List<double[]> scores, List<Example> examples) {
        int n = examples.size();
        int[] best = OptionScoring.best(scores);
        double loss = 0;
        int hits = 0;
        for (int e = 0; e < n; e++) {
            loss += f.applyAsDouble(scores.get(e), examples.get(e).label());
            hits += examples.get(e).isRight(best[e]) ? 1 : 0;
        }
        return new Score(loss / n, (double) hits / n, n);
    }

    @Override
    public int tokens(Example example) {
        return options.tokens(example);
    }
}
