package org.zolab.objective;

import java.util.List;
import org.zolab.space.Point;
import org.zolab.task.Example;

/**
 * The negative F1 of generated answers as a loss: what a task that is answered in words is judged by, though it has no gradient.
 *
 * <pre>
 *   loss = −mean over examples of the best F1 of what is generated and a right answer, as {@link AnswerF1} counts it
 * </pre>
 *
 * <p>It is a staircase: an ε that changes no word measures nothing. Cost: at each point for each example a forward over its prompt and at most 50 over a
 * single token, and the weights of the point, written once.
 *
 * <p>Reference: MeZO, arXiv 2305.17333, section 3.3, which takes it on SQuAD.
 *
 * @param answers what is generated and how it is scored
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
