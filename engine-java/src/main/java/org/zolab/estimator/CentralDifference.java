package org.zolab.estimator;

import java.util.ArrayList;
import java.util.List;
import org.zolab.probe.LossOracle;
import org.zolab.probe.Probe;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;
import org.zolab.space.Point;

/**
 * The slope along each of q directions, times that direction, averaged.
 *
 * <pre>
 *   pᵢ = (f(θ + εzᵢ) − f(θ − εzᵢ)) / 2ε
 *   ĝ = 1/q Σ pᵢ·zᵢ
 * </pre>
 *
 * <p>Cost: 2q forward passes, all asked at once; no memory. A slope is exact on quadratics, where it is the directional derivative.
 *
 * <p>Reference: SPSA (Spall, 1992); MeZO and n-SPSA, arXiv 2305.17333.
 *
 * @param directions q
 * @param epsilon    ε
 */
public record CentralDifference(int directions, double epsilon) implements GradientEstimator {

    public CentralDifference {
        GradientEstimator.require(directions, 1, epsilon);
    }

    /** Along one direction. */
    public CentralDifference(double epsilon) {
        this(1, epsilon);
    }

    @Override
    public int forwards() {
        return 2 * directions;
    }

    @Override
    public int comparableDraws() {
        return directions;
    }

    @Override
    public boolean bothSides() {
        return true;
    }

    @Override
    public Estimate estimate(LossOracle f, ParameterVector theta, List<Direction> zs) {
        List<Point> points = new ArrayList<>();
        for (Direction z : zs) {
            points.add(theta.along(z, +epsilon));
            points.add(theta.along(z, -epsilon));
        }
        double[] loss = f.at(points);
        Direction gradient = Direction.ZERO;
        List<Probe> probes = new ArrayList<>();
        List<Double> slopes = new ArrayList<>();
        for (int i = 0; i < zs.size(); i++) {
            Direction z = zs.get(i);
            double slope = (loss[2 * i] - loss[2 * i + 1]) / (2 * epsilon);
            gradient = gradient.plus(z.times(slope / directions));
            probes.add(new Probe(z, +epsilon, loss[2 * i]));
            probes.add(new Probe(z, -epsilon, loss[2 * i + 1]));
            slopes.add(slope);
        }
        return new Estimate(gradient, probes, slopes);
    }
}
