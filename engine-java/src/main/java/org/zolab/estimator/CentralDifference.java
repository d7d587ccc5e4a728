package org.zolab.estimator;

import java.util.ArrayList;
import java.util.List;
import org.zolab.probe.LossOracle;
import org.zolab.probe.Probe;
import org.zolab.probe.Sides;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;

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
    public boolean bothSides() {
        return true;
    }

    @Override
    public String toString() {
        return Words.of("two-sided", directions, epsilon);
    }

    @Override
    public double stride() {
        return directions;
    }

    @Override
    public Estimate estimate(LossOracle f, ParameterVector theta, List<Direction> zs) {
        List<Sides> sides = Sides.of(zs, epsilon, f.at(Sides.points(theta, zs, epsilon)));
        Direction gradient = Direction.ZERO;
        List<Probe> probes = new ArrayList<>();
        List<Double> slopes = new ArrayList<>();
        for (Sides along : sides) {
            gradient = gradient.plus(along.direction().times(along.slope() / directions));
            probes.addAll(along.probes());
            slopes.add(along.slope());
        }
        return new Estimate(gradient, probes, slopes);
    }
}
