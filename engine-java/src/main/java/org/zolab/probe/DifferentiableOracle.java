package org.zolab.probe;

import java.util.Map;
import java.util.TreeMap;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.ParameterVector;
import org.zolab.space.Point;

/** A loss that also knows its gradient: the yardstick for methods that do without it, and the basis of first-order baselines. */
public interface DifferentiableOracle extends LossOracle {

    /** The cost of a gradient, in forward passes. */
    double FORWARDS = 3.5;

    /**
     * gradient ← ∇f(point), and returns f(point). A forward and a backward pass, about three and a half forward passes.
     *
     * @param gradient another vector of the space; its contents are replaced
     */
    double gradient(Point point, ParameterVector gradient);

    /**
     * A loss and its exact slope.
     *
     * @param loss  f
     * @param slope ∇f·z
     */
    record Slope(double loss, double slope) {}

    /** f and ∇f·z at a point. Costs as much as a gradient, and memory for one; but the result is just two numbers, so it can be recorded. */
    default Slope slope(Point point, Direction z) {
        ParameterVector gradient = point.origin().zeros();
        double loss = gradient(point, gradient);
        return new Slope(loss, Fold.product(gradient, Direction.of(gradient), z));
    }

    /**
     * A loss and how its squared gradient norm is distributed over the tensors.
     *
     * @param loss     f
     * @param byTensor ‖gᵢ‖² of each tensor, by name
     */
    record Squares(double loss, Map<String, Double> byTensor) {}

    /** f and ‖∇f‖² of each tensor at a point. Costs as much as a gradient, and memory for one; the result can be recorded. */
    default Squares squares(Point point) {
        ParameterVector gradient = point.origin().zeros();
        double loss = gradient(point, gradient);
        Direction g = Direction.of(gradient);
        double[] squares = Fold.products(gradient, g, g);
        Map<String, Double> byTensor = new TreeMap<>();
        for (int i = 0; i < squares.length; i++) {
            byTensor.put(gradient.space().tensor(i).name(), squares[i]);
        }
        return new Squares(loss, byTensor);
    }

    /** {@code f} as an oracle that knows its gradient. */
    static DifferentiableOracle of(LossOracle f) {
        if (f instanceof DifferentiableOracle differentiable) {
            return differentiable;
        }
        throw new IllegalArgumentException(
                "loss is not differentiable: " + f.getClass().getSimpleName()
                        + "; take an estimator that asks for losses only, or the loss of an objective over log-probabilities");
    }
}
