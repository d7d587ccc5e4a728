package org.zolab.objective;

import java.util.List;
import java.util.function.ToDoubleFunction;
import org.zolab.space.ParameterSpace;
import org.zolab.space.Point;

/**
 * A function of a plain array as an objective: for laws, for tutorials, and for losses that are made elsewhere.
 *
 * <p>Cost: an array as long as the whole vector for each evaluation.
 *
 * @param name  what it is called
 * @param space what its coordinates are called; {@link ParameterSpace#flat} if they are one tensor
 * @param start where a run begins
 * @param value f
 */
public record Function(String name, ParameterSpace space, float[] start, ToDoubleFunction<float[]> value) {

    public Function {
        if (start.length != space.dimension()) {
            throw new IllegalArgumentException(
                    "start has not the " + space.dimension() + " coordinates of " + name + ": " + start.length);
        }
        start = start.clone();
    }

    /** A function of one tensor. */
    public Function(String name, float[] start, ToDoubleFunction<float[]> value) {
        this(name, ParameterSpace.flat(start.length), start, value);
    }

    @Override
    public float[] start() {
        return start.clone();
    }

    /** f asked at points; it has no accuracy. */
    public BatchLoss loss() {
        return new BatchLoss() {
            @Override
            public List<Score> scores(List<Point> points) {
                return points.stream()
                        .map(point -> new Score(value.applyAsDouble(point.coordinates()), Double.NaN, 1))
                        .toList();
            }

            @Override
            public void close() {}
        };
    }
}
