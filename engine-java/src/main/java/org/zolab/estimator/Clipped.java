package org.zolab.estimator;

import java.util.List;
import org.zolab.probe.LossOracle;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;

/**
 * Another estimate, made shorter where its steepest slope is above a limit.
 *
 * <pre>
 *   ĝ ← ĝ · min(1, limit / max|pᵢ|)
 * </pre>
 *
 * @param estimator what estimates
 * @param limit     the most that a slope counts
 */
public record Clipped(GradientEstimator estimator, double limit) implements GradientEstimator {

    public Clipped {
        if (!(limit > 0)) {
            throw new IllegalArgumentException("clip is not strictly positive: " + limit);
        }
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
    public int comparableDraws() {
        return estimator.comparableDraws();
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
    public double epsilon() {
        return estimator.epsilon();
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
