package org.zolab.estimator;

import java.util.ArrayList;
import java.util.List;
import org.zolab.probe.LossOracle;
import org.zolab.probe.Probe;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;

/**
 * One loss along each of K directions, each compared with the mean of the others (RLOO).
 *
 * <pre>
 *   cᵢ = (fᵢ − mean of the other losses) / ε,   fᵢ = f(θ + εzᵢ)
 *   ĝ = 1/K Σ cᵢ·zᵢ
 * </pre>
 *
 * <p>Cost: K forward passes, all asked at once; no memory. Σcᵢ = 0, so what the directions have in common, such as a learned mean, cancels.
 * Per forward pass, no other choice of coefficients over independent one-sided probes gives a better estimate.
 *
 * <p>Reference: leave-one-out REINFORCE (Kool, van Hoof, Welling, 2019).
 *
 * @param directions K
 * @param epsilon    ε
 */
public record LeaveOneOut(int directions, double epsilon) implements GradientEstimator {

    public LeaveOneOut {
        GradientEstimator.require(directions, 2, epsilon);
    }

    @Override
    public int forwards() {
        return directions;
    }

    @Override
    public String toString() {
        return Words.of("leave-one-out", directions, epsilon);
    }

    @Override
    public boolean cancelsCommon() {
        return true;
    }

    @Override
    public double stride() {
        return directions - 1;
    }

    @Override
    public Estimate estimate(LossOracle f, ParameterVector theta, List<Direction> zs) {
        List<Probe> probes = GradientEstimator.probe(f, theta, zs, epsilon);
        double total = probes.stream().mapToDouble(Probe::loss).sum();
        Direction gradient = Direction.ZERO;
        List<Double> slopes = new ArrayList<>();
        for (Probe probe : probes) {
            double slope = (probe.loss() - (total - probe.loss()) / (directions - 1)) / epsilon;
            gradient = gradient.plus(probe.direction().times(slope / directions));
            slopes.add(slope);
        }
        return new Estimate(gradient, probes, slopes);
    }
}
