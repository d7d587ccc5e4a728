package org.zolab.objective;

import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.zolab.probe.DifferentiableOracle;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Point;

/**
 * A function of a plain array as an objective: for laws, for tutorials, and for losses computed elsewhere.
 *
 * <p>Cost: an array as long as the whole vector for each evaluation.
 *
 * @param name     the function's name
 * @param space    names and shapes of its coordinates; {@link ParameterSpace#flat} if they are one tensor
 * @param start    where a run begins
 * @param value    f
 * @param gradient ∇f, for instruments; null if it is not known
 */
public record Function(
        String name,
        ParameterSpace space,
        float[] start,
        ToDoubleFunction<float[]> value,
        @Nullable UnaryOperator<float[]> gradient) {

    public Function {
        if (start.length != space.dimension()) {
            throw new IllegalArgumentException(
                    "start has not the " + space.dimension() + " coordinates of " + name + ": " + start.length);
        }
        start = start.clone();
    }

    /** A function of one tensor, without its gradient. */
    public Function(String name, float[] start, ToDoubleFunction<float[]> value) {
        this(name, ParameterSpace.flat(start.length), start, value, null);
    }

    @Override
    public float[] start() {
        return start.clone();
    }

    /** f evaluated at points; it has no accuracy. Differentiable if the gradient is known. */
    public BatchLoss loss() {
        UnaryOperator<float[]> known = gradient;
        return known == null ? new Plain(value) : new Differentiable(value, x -> whole(known.apply(x)));
    }

    private float[] whole(float[] gradient) {
        if (gradient.length != space.dimension()) {
            throw new IllegalArgumentException("gradient of " + name + " has not its " + space.dimension()
                    + " coordinates: " + gradient.length + "; give ∂f/∂xᵢ for each of them");
        }
        return gradient;
    }

    private record Plain(ToDoubleFunction<float[]> value) implements BatchLoss {
        @Override
        public List<Score> scores(List<Point> points) {
            return points.stream()
                    .map(point -> new Score(value.applyAsDouble(point.coordinates()), Double.NaN, 1))
                    .toList();
        }

        @Override
        public int terms() {
            return 1;
        }

        @Override
        public void close() {}
    }

    private record Differentiable(ToDoubleFunction<float[]> value, UnaryOperator<float[]> gradient)
            implements BatchLoss, DifferentiableOracle {
        @Override
        public List<Score> scores(List<Point> points) {
            return new Plain(value).scores(points);
        }

        @Override
        public double gradient(Point point, ParameterVector into) {
            float[] x = point.coordinates();
            float[] g = gradient.apply(x);
            into.set((tensor, values) -> values.put(0, g, (int) tensor.offset(), tensor.size()));
            return value.applyAsDouble(x);
        }

        @Override
        public int terms() {
            return 1;
        }

        @Override
        public void close() {}
    }
}
