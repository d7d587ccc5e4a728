package org.zolab.probe;

import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.ParameterVector;
import org.zolab.space.Point;

/** A loss that also knows its gradient: the yardstick of methods that do without, and first-order baselines. */
public interface DifferentiableOracle extends LossOracle {

    /** What a gradient takes, in forward passes. */
    double FORWARDS = 3.5;

    /**
     * gradient ← ∇f(point); gives f(point). A forward and a backward pass, about three and a half forward passes.
     *
     * @param gradient another vector of the space; what it holds is replaced
     */
    double gradient(Point point, ParameterVector gradient);

    /**
     * A loss and its exact slope.
     *
     * @param loss  f
     * @param slope ∇f·z
     */
    record Slope(double loss, double slope) {}

    /** f and ∇f·z at a point. As costly as a gradient, and memory for one; but what it tells is two numbers, so it can be recorded. */
    default Slope slope(Point point, Direction z) {
        ParameterVector gradient = point.origin().zeros();
        double loss = gradient(point, gradient);
        return new Slope(loss, Fold.product(gradient, Direction.of(gradient), z));
    }

    /** {@code f} as one that knows its gradient. */
    static DifferentiableOracle of(LossOracle f) {
        if (f instanceof DifferentiableOracle differentiable) {
            return differentiable;
        }
        throw new IllegalArgumentException(
                "loss is not differentiable: " + f.getClass().getSimpleName()
                        + "; take an estimator that asks for losses only, or the loss of an objective over log-probabilities");
    }
}
