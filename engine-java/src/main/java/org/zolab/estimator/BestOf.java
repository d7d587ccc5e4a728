package org.zolab.estimator;

import java.util.Comparator;
import java.util.List;
import org.zolab.probe.LossOracle;
import org.zolab.probe.Probe;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;

/**
 * Probes every direction on one side, then takes the slope along the one with the lowest loss.
 *
 * <pre>
 *   fᵢ = f(θ + εzᵢ),   z* = the zᵢ of the lowest fᵢ
 *   p = (f(θ + εz*) − f(θ − εz*)) / 2ε
 *   ĝ = p·z*
 * </pre>
 *
 * <p>Cost: K + 1 forward passes, since the best probe is one side of its own slope; K + 2 if it is measured again, as the published
 * codes do. No memory.
 *
 * <p>Reference: LDSD, arXiv 2602.13659; with a Gaussian sampler it is MeZO-Greedy, arXiv 2601.04710.
 *
 * @param directions K
 * @param again      whether both sides of the best are measured again
 * @param epsilon    ε
 */
public record BestOf(int directions, boolean again, double epsilon) implements GradientEstimator {

    public BestOf {
        GradientEstimator.require(directions, 1, epsilon);
    }

    /** The loss of the best probe is reused as one side of its slope. */
    public BestOf(int directions, double epsilon) {
        this(directions, false, epsilon);
    }

    @Override
    public int forwards() {
        return directions + (again ? 2 : 1);
    }

    @Override
    public String toString() {
        return Words.of("two-sided along the best", directions, epsilon) + (again ? ", its probe measured again" : "");
    }

    @Override
    public double stride() {
        return 1;
    }

    @Override
    public Estimate estimate(LossOracle f, ParameterVector theta, List<Direction> zs) {
        List<Probe> probes = GradientEstimator.probe(f, theta, zs, epsilon);
        Probe best =
                probes.stream().min(Comparator.comparingDouble(Probe::loss)).orElseThrow();
        if (again) {
            Estimate along = new CentralDifference(epsilon).estimate(f, theta, List.of(best.direction()));
            return new Estimate(along.gradient(), probes, along.slopes());
        }
        double behind = f.at(theta.along(best.direction(), -epsilon));
        double slope = (best.loss() - behind) / (2 * epsilon);
        return new Estimate(best.direction().times(slope), probes, List.of(slope));
    }
}
