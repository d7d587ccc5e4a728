package org.zolab.objective;

import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.zolab.space.Point;
import org.zolab.task.Example;

/**
 * The negative share of right answers as a loss: the actual goal, although it has no gradient. A forward-only method needs none.
 *
 * <p>It is a step function: an ε that flips no answer measures nothing, so use a larger one, and a larger batch, than for a likelihood.
 *
 * <p>Reference: MeZO, arXiv 2305.17333, section 3.3.
 *
 * @param objective the objective whose answers are counted
 */
public record NegatedAccuracy(Objective objective) implements Objective {
    @Override
    public BatchLoss on(List<Example> batch) {
        BatchLoss inner = objective.on(batch);
        return new BatchLoss() {
            @Override
            public List<Score> scores(List<Point> points) {
                return inner.scores(points).stream()
                        .map(score -> new Score(-score.accuracy(), score.accuracy(), score.examples()))
                        .toList();
            }

            @Override
            public int terms() {
                return batch.size();
            }

            @Override
            public Map<String, BitSet> touched() {
                return inner.touched();
            }

            @Override
            public void close() {
                inner.close();
            }
        };
    }

    @Override
    public int tokens(Example example) {
        return objective.tokens(example);
    }
}
