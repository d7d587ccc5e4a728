package org.zolab.estimator;

import java.util.ArrayList;
import java.util.List;
import org.zolab.probe.LossOracle;
import org.zolab.probe.Probe;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;

/**
 * Another estimator, which is given pairs of a draw and its opposite (mirrored sampling).
 *
 * <pre>
 *   z₁, −z₁, z₂, −z₂, …,   zᵢ ~ π, half as many draws as the estimator asks for
 * </pre>
 *
 * <p>The even powers of ε in a one-sided estimate, the level of the loss and its curvature, cancel in each pair. The estimators become
 *
 * <pre>
 *   one-sided, n directions      the central difference along n/2, to rounding, for n + 1 forward passes: the base cancels
 *   leave-one-out, K             K/(K − 1) times the central difference along K/2
 *   best of K                    the central difference along the one of K/2 with the lowest loss on either side
 *   guided, M, and standardised  the same with pools of both signs
 * </pre>
 *
 * <p>On a linear loss there is no curvature to cancel, and n pairs measure n directions where 2n draws measure 2n: there mirroring is a
 * disadvantage for all but the best of K. An estimator that already measures both sides of each direction, or exact slopes, has no use for
 * it and is refused.
 *
 * <p>Each draw is reported with both of its sides and −z is never reported as a draw, so that a policy learns only from what it drew: a
 * learned mean did not draw −z.
 *
 * <p>Cost: the estimator's; the best of K measures the other side of its best a second time. No memory.
 *
 * <p>Reference: antithetic variates (Hammersley and Morton, 1956); mirrored sampling (Brockhoff et al., 2010).
 *
 * @param estimator what estimates from the pairs
 */
public record Antithetic(GradientEstimator estimator) implements GradientEstimator {

    public Antithetic {
        new Problems()
                .require(
                        !estimator.bothSides() && !estimator.curvatures() && !estimator.differentiates(),
                        "antithetic directions are of an estimator that knows both sides of each already; leave antithetic out",
                        estimator)
                .require(
                        estimator.directions() % 2 == 0,
                        "antithetic directions are not an even number, which pairs need",
                        estimator.directions())
                .require(
                        !(estimator instanceof GuidedDifference guided && guided.normalised()),
                        "a guide through pairs is longer than through as many draws, so it is not normalised by the latter's length; leave"
                                + " normalised out, or antithetic",
                        estimator)
                .orThrow();
    }

    /** In words. */
    @Override
    public String toString() {
        return "antithetic " + estimator;
    }

    @Override
    public int directions() {
        return estimator.directions() / 2;
    }

    @Override
    public int forwards() {
        return estimator.forwards();
    }

    @Override
    public boolean bothSides() {
        return true;
    }

    @Override
    public boolean scaleFree() {
        return estimator.scaleFree();
    }

    /** Pairs are half as many directions; the best of K takes one of them as it is. */
    @Override
    public double stride() {
        return estimator instanceof BestOf ? estimator.stride() : estimator.stride() / 2;
    }

    @Override
    public double epsilon() {
        return estimator.epsilon();
    }

    @Override
    public Estimate estimate(LossOracle f, ParameterVector theta, List<Direction> zs) {
        List<Direction> pairs = new ArrayList<>();
        for (Direction z : zs) {
            pairs.add(z);
            pairs.add(z.times(-1));
        }
        Estimate whole = estimator.estimate(f, theta, pairs);
        List<Probe> probes = whole.probes().stream()
                .map(probe -> {
                    int at = pairs.indexOf(probe.direction());
                    return at % 2 == 1 // f(θ + ε·(−z)) = f(θ − εz)
                            ? new Probe(zs.get(at / 2), -probe.distance(), probe.loss())
                            : probe;
                })
                .toList();
        return new Estimate(whole.gradient(), probes, whole.slopes());
    }
}
