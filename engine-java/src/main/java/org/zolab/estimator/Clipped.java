package org.zolab.estimator;

import java.util.List;
import org.zolab.probe.LossOracle;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;

/**
 * Another estimator, whose estimate is shortened when its steepest slope exceeds a limit.
 *
 * <pre>
 *   ĝ ← ĝ · min(1, limit / max|pᵢ|)
 * </pre>
 *
 * <p>{@link Standardised} is refused, since its ĝ does not grow with the slopes.
 *
 * @param estimator what estimates
 * @param limit     the largest slope that is left as it is
 */
public record Clipped(GradientEstimator estimator, double limit) implements GradientEstimator {

    public Clipped {
        Problems problems = new Problems().require(limit > 0, "clip is not strictly positive", limit);
        if (estimator.scaleFree()) {
            problems.add("clip limits slopes, and the estimator " + estimator
                    + " counts rises in units of their own deviation, whatever the slopes are: leave clip out");
        }
        problems.orThrow();
    }

    @Override
    public int directions() {
        return estimator.directions();
    }

    @Override
    public int forwards() {
        return estimator.forwards();
    }

    @Override
    public boolean bothSides() {
        return estimator.bothSides();
    }

    @Override
    public boolean curvatures() {
        return estimator.curvatures();
    }

    @Override
    public boolean cancelsCommon() {
        return estimator.cancelsCommon();
    }

    @Override
    public boolean differentiates() {
        return estimator.differentiates();
    }

    @Override
    public double stride() {
        return estimator.stride();
    }

    @Override
    public double epsilon() {
        return estimator.epsilon();
    }

    @Override
    public String toString() {
        return estimator + ", clipped at " + limit;
    }

    @Override
    public Estimate estimate(LossOracle f, ParameterVector theta, List<Direction> zs) {
        Estimate whole = estimator.estimate(f, theta, zs);
        double steepest = whole.slopes().stream().mapToDouble(Math::abs).max().orElse(0);
        return steepest <= limit
                ? whole
                : new Estimate(whole.gradient().times(limit / steepest), whole.probes(), whole.slopes());
    }
}
