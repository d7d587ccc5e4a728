package org.zolab.estimator;

import java.util.ArrayList;
import java.util.List;
import org.zolab.probe.LossOracle;
import org.zolab.probe.Probe;
import org.zolab.probe.Sides;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;
import org.zolab.space.Point;
import org.zolab.space.Problems;

/**
 * The slope along each of n directions, with less weight the more the loss curves along it (1.5-SPSA).
 *
 * <pre>
 *   cᵢ = (ℓᵢ⁺ − 2ℓ₀ + ℓᵢ⁻) / ε²,   ℓᵢ^± = f(θ ± εzᵢ),  ℓ₀ = f(θ)
 *   wᵢ = 1 / max(1, |cᵢ|^α)
 *   ĝ  = 1/n Σ wᵢ·(ℓᵢ⁺ − ℓᵢ⁻)/2ε·zᵢ
 * </pre>
 *
 * <p>With α = 0 this is the central difference, with the curvatures measured as well, for a sampler that learns from them. The last probe
 * is the loss at θ, reported at distance 0 along {@link Direction#ZERO}.
 *
 * <p>Cost: 2n + 1 forward passes, all asked at once; no memory. On a linear loss cᵢ = 0 and ĝ is n-SPSA's; where curvatures are large and
 * similar, it is n-SPSA's times their size to the power −α. c is a difference of nearly equal losses over ε²: at an ε whose cᵢ is rounding noise,
 * the weights are noise too.
 *
 * <p>Reference: the code published as "1.5-SPSA for Large Language Models", which takes one number for η and ε and signs for z; SPSA of
 * second order, Spall, 2000.
 *
 * @param directions n
 * @param alpha      α
 * @param epsilon    ε
 */
public record ThreePoint(int directions, double alpha, double epsilon) implements GradientEstimator {

    public ThreePoint {
        GradientEstimator.require(directions, 1, epsilon);
        new Problems()
                .require(
                        alpha >= 0 && alpha < Double.POSITIVE_INFINITY,
                        "alpha is not zero or positive and finite",
                        alpha)
                .orThrow();
    }

    @Override
    public int forwards() {
        return 2 * directions + 1;
    }

    @Override
    public boolean bothSides() {
        return true;
    }

    @Override
    public boolean curvatures() {
        return true;
    }

    @Override
    public String toString() {
        return Words.of("three-point", directions, epsilon) + ", alpha " + alpha;
    }

    @Override
    public double stride() {
        return alpha == 0 ? directions : Double.NaN;
    }

    @Override
    public Estimate estimate(LossOracle f, ParameterVector theta, List<Direction> zs) {
        List<Point> points = Sides.points(theta, zs, epsilon);
        points.add(theta.here());
        double[] losses = f.at(points);
        double here = losses[2 * directions];
        Direction gradient = Direction.ZERO;
        List<Probe> probes = new ArrayList<>();
        List<Double> slopes = new ArrayList<>();
        for (Sides along : Sides.of(zs, epsilon, losses)) {
            double weight = 1 / Math.max(1, Math.pow(Math.abs(along.curvature(here)), alpha));
            gradient = gradient.plus(along.direction().times(weight * along.slope() / directions));
            probes.addAll(along.probes());
            slopes.add(along.slope());
        }
        probes.add(new Probe(Direction.ZERO, 0, here));
        return new Estimate(gradient, probes, slopes);
    }
}
