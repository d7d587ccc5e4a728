package org.zolab.update;

import java.util.List;
import org.zolab.probe.LossOracle;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;

/**
 * Descent that measures before it moves: it goes to the best of θ, where the estimate leads, and the opposite point.
 *
 * <pre>
 *   θ ← argmin of f over θ, θ − ηĝ, θ + ηĝ        the first of equals; a NaN is never the least
 * </pre>
 *
 * <p>f is the loss of the step's batch, which a step therefore never raises: with an η that is too large θ stands still instead of diverging,
 * and an estimate of the wrong sign is followed backwards. What a step gains only through the noise of its batch is kept as well.
 *
 * <p>Cost: three forward passes in addition to the estimator's, asked at once, and at most one pass over θ; no memory. The three losses are
 * kept in the step's record, so a replay makes the same choice as the run.
 *
 * <p>Reference: ZO-SGD-Cons of ZO-Bench, arXiv 2402.11592.
 */
public record Conservative() implements RuleConfig {

    @Override
    public UpdateRule create(ParameterVector theta) {
        return new UpdateRule() {
            @Override
            public void apply(LossOracle f, ParameterVector x, Direction gradient, double learningRate) {
                double[] loss =
                        f.at(List.of(x.here(), x.along(gradient, -learningRate), x.along(gradient, learningRate)));
                double least = loss[0];
                double step = 0;
                if (loss[1] < least) {
                    least = loss[1];
                    step = -learningRate;
                }
                if (loss[2] < least) {
                    step = learningRate;
                }
                if (step != 0) {
                    x.move(gradient, step);
                }
            }

            @Override
            public void apply(ParameterVector x, Direction gradient, double learningRate) {
                throw new IllegalStateException(
                        "a conservative step compares losses, and is given none; give it the loss, or take sgd");
            }
        };
    }

    /** So weight decay is a part of the step that is tried, and no step raises the loss of its batch. */
    @Override
    public boolean linear() {
        return true;
    }

    @Override
    public int forwards() {
        return 3;
    }

    @Override
    public String toString() {
        return "conservative sgd";
    }
}
