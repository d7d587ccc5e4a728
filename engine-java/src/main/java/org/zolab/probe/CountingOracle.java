package org.zolab.probe;

import java.util.ArrayList;
import java.util.List;
import org.zolab.space.Point;

/** Passes questions on, counts the forward passes and keeps the answers in the order they were given. */
public final class CountingOracle implements LossOracle {

    private final LossOracle oracle;
    private final List<Double> losses = new ArrayList<>();

    /** Counts what {@code oracle} is asked. */
    public CountingOracle(LossOracle oracle) {
        this.oracle = oracle;
    }

    @Override
    public double[] at(List<Point> points) {
        double[] answers = oracle.at(points);
        for (double loss : answers) {
            losses.add(loss);
        }
        return answers;
    }

    /** Every loss so far, in order; as many as forward passes were spent. */
    public List<Double> losses() {
        return List.copyOf(losses);
    }
}
