package org.zolab.update;

import java.util.List;
import org.zolab.probe.LossOracle;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;

/**
 * Descent that looks before it moves: to the best of where it is, where the estimate leads, and the other way.
 *
 * <pre>
 *   θ ← argmin of f over θ, θ − ηĝ, θ + ηĝ        the first of equals
 * </pre>
 *
 * <p>f is the loss of the step's batch, so no step raises that; an η that is too large stands still in place of diverging, and an estimate of
 * the wrong sign is turned round. What a step gains by the noise of its batch is kept as well.
 *
 * <p>Cost: three forward passes beside the estimator's, asked at once, and one pass over θ or none; no memory. The three losses are in the
 * step's record, so a replay chooses as the run did.
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
                if (Math.min(loss[1], loss[2]) < loss[0]) {
                    x.move(gradient, loss[1] <= loss[2] ? -learningRate : learningRate);
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
