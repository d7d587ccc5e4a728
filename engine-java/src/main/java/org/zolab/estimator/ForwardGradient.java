package org.zolab.estimator;

import java.util.List;
import org.zolab.probe.DifferentiableOracle;
import org.zolab.probe.DifferentiableOracle.Slope;
import org.zolab.probe.LossOracle;
import org.zolab.probe.Probe;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;

/**
 * The exact slope along one direction, times that direction: what {@link CentralDifference} becomes as ε goes to 0. It is for study, to
 * tell what an estimate loses by its ε from what it loses by having a single direction.
 *
 * <pre>
 *   ĝ = (∇f(θ)·z) z
 * </pre>
 *
 * <p>Cost: one forward pass that is counted and a backward pass that is not, about three and a half forwards together, since the slope is
 * taken from a whole gradient; memory for that gradient and its activations. The loss must be a {@link DifferentiableOracle}.
 *
 * <p>Reference: Baydin et al., arXiv 2202.08587.
 */
public record ForwardGradient() implements GradientEstimator {

    @Override
    public int directions() {
        return 1;
    }

    @Override
    public int forwards() {
        return 1;
    }

    /** 0: nothing is displaced. */
    @Override
    public double epsilon() {
        return 0;
    }

    @Override
    public boolean differentiates() {
        return true;
    }

    @Override
    public String toString() {
        return "exact slope along 1 direction";
    }

    @Override
    public double stride() {
        return 1;
    }

    @Override
    public Estimate estimate(LossOracle f, ParameterVector theta, List<Direction> zs) {
        Direction z = zs.get(0);
        Slope slope = DifferentiableOracle.of(f).slope(theta.here(), z);
        return new Estimate(z.times(slope.slope()), List.of(new Probe(z, 0, slope.loss())), List.of(slope.slope()));
    }
}
