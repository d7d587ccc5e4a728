package org.zolab.probe;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleConsumer;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;
import org.zolab.space.Point;

/**
 * Passes questions on, counts the forward passes and keeps the losses in the order they were given. A gradient or an exact slope
 * counts as the one loss that comes with it; its backward pass is not counted.
 */
public final class CountingOracle implements DifferentiableOracle {

    private final LossOracle oracle;
    private final DoubleConsumer seen;
    private final List<Double> losses = new ArrayList<>();
    private Map<String, Long> partial = Map.of();
    private Map<String, Double> squares = Map.of();

    /** Counts what {@code oracle} is asked. */
    public CountingOracle(LossOracle oracle) {
        this(oracle, loss -> {});
    }

    /** The same, and shows each loss to {@code seen}, which may throw, before the one who asked sees it. */
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

    /** What {@link #squares} answered last, if it was asked. */
    public Map<String, Double> askedSquares() {
        return squares;
    }

    @Override
    public Map<String, Long> partial() {
        partial = oracle.partial();
        return partial;
    }

    /** What {@link #partial} answered, if it was asked. */
    public Map<String, Long> askedPartial() {
        return partial;
    }

    /** Every loss so far, in order; as many as forward passes were spent. */
    public List<Double> losses() {
        return List.copyOf(losses);
    }
}
