package org.zolab.objective;

import java.util.List;
import org.zolab.space.Point;
import org.zolab.task.Example;

/**
 * The negative F1 of generated answers as a loss: the measure for tasks answered in words, although it has no gradient.
 *
 * <pre>
 *   loss = −mean over examples of the best F1 of what is generated and a right answer, as {@link AnswerF1} counts it
 * </pre>
 *
 * <p>It is a step function: an ε that changes no word measures nothing. Cost, for each point and example: a forward pass over the prompt
 * and at most 50 over a single token; and for each point its weights, written once.
 *
 * <p>Reference: MeZO, arXiv 2305.17333, section 3.3, which uses it on SQuAD.
 *
 * @param answers generates answers and scores them
 */
public record NegatedAnswerF1(AnswerF1 answers) implements Objective {
    @Override
    public BatchLoss on(List<Example> batch) {
        return new BatchLoss() {
            @Override
            public List<Score> scores(List<Point> points) {
                return points.stream().map(point -> score(point, batch)).toList();
            }

            @Override
            public int terms() {
                return batch.size();
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public Score score(Point point, List<Example> examples) {
        double f1 = answers.f1(point, examples);
        return new Score(-f1, f1, examples.size());
    }

    @Override
    public int tokens(Example example) {
        return answers.tokens(example);
    }
}
