package org.zolab.probe;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleConsumer;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;
import org.zolab.space.Point;

/**
 * Forwards questions to another oracle, counts the forward passes and keeps the losses in the order they were returned. A gradient or an
 * exact slope counts as the one loss that comes with it; its backward pass is not counted.
 */
public final class CountingOracle implements DifferentiableOracle {

    private final LossOracle oracle;
    private final DoubleConsumer seen;
    private final List<Double> losses = new ArrayList<>();
    private Map<String, Long> partial = Map.of();
    private Map<String, Double> squares = Map.of();

    /** Counts the questions put to {@code oracle}. */
    public CountingOracle(LossOracle oracle) {
        this(oracle, loss -> {});
    }

    /** Counts the questions put to {@code oracle}, and shows each loss to {@code seen}, which may throw, before the caller sees it. */
    public CountingOracle(LossOracle oracle, DoubleConsumer seen) {
        this.oracle = oracle;
        this.seen = seen;
    }

    private double keep(double loss) {
        seen.accept(loss);
        losses.add(loss);
        return loss;
    }

    @Override
    public double[] at(List<Point> points) {
        double[] answers = oracle.at(points);
        for (double loss : answers) {
            keep(loss);
        }
        return answers;
    }

    @Override
    public double gradient(Point point, ParameterVector gradient) {
        return keep(DifferentiableOracle.of(oracle).gradient(point, gradient));
    }

    @Override
    public Slope slope(Point point, Direction z) {
        Slope slope = DifferentiableOracle.of(oracle).slope(point, z);
        keep(slope.loss());
        return slope;
    }

    @Override
    public Squares squares(Point point) {
        Squares answer = DifferentiableOracle.of(oracle).squares(point);
        keep(answer.loss());
        squares = answer.byTensor();
        return answer;
    }

    /** The last answer of {@link #squares}; empty if it was never asked. */
    public Map<String, Double> askedSquares() {
        return squares;
    }

    @Override
    public Map<String, Long> partial() {
        partial = oracle.partial();
        return partial;
    }

    /** The last answer of {@link #partial}; empty if it was never asked. */
    public Map<String, Long> askedPartial() {
        return partial;
    }

    /** Every loss so far, in order; their number is the number of forward passes spent. */
    public List<Double> losses() {
        return List.copyOf(losses);
    }
}
