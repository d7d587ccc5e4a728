package org.zolab.estimator;

import java.util.ArrayList;
import java.util.List;
import org.zolab.probe.LossOracle;
import org.zolab.probe.Probe;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;
import org.zolab.space.Point;

/**
 * The rise along each of q directions from the loss at θ, times that direction, averaged.
 *
 * <pre>
 *   cᵢ = (f(θ + εzᵢ) − f(θ)) / ε
 *   ĝ = 1/q Σ cᵢ·zᵢ
 * </pre>
 *
 * <p>Cost: q + 1 forward passes, all asked at once; no memory. Biased by ε/2 times the curvature along z.
 *
 * @param directions q
 * @param epsilon    ε
 */
public record OneSided(int directions, double epsilon) implements GradientEstimator {

    public OneSided {
        GradientEstimator.require(directions, 1, epsilon);
    }

    @Override
    public int forwards() {
        return directions + 1;
    }

    @Override
    public String toString() {
        return Words.of("one-sided", directions, epsilon);
    }

    @Override
    public double stride() {
        return directions;
    }

    @Override
    public Estimate estimate(LossOracle f, ParameterVector theta, List<Direction> zs) {
        List<Point> points = new ArrayList<>();
        zs.forEach(z -> points.add(theta.along(z, epsilon)));
        points.add(theta.here());
        double[] loss = f.at(points);
        Direction gradient = Direction.ZERO;
        List<Probe> probes = new ArrayList<>();
        List<Double> slopes = new ArrayList<>();
        for (int i = 0; i < zs.size(); i++) {
            double slope = (loss[i] - loss[zs.size()]) / epsilon;
            gradient = gradient.plus(zs.get(i).times(slope / directions));
            probes.add(new Probe(zs.get(i), epsilon, loss[i]));
            slopes.add(slope);
        }
        return new Estimate(gradient, probes, slopes);
    }
}
