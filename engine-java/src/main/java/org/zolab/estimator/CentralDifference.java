package org.zolab.estimator;

import java.util.List;
import org.zolab.probe.LossOracle;
import org.zolab.probe.Probe;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;

/**
 * The slope along one direction, times that direction.
 *
 * <pre>
 *   p = (f(θ + εz) − f(θ − εz)) / 2ε
 *   ĝ = p·z
 * </pre>
 *
 * <p>Cost: 2 forward passes; no memory. Exact on quadratics, where it is the directional derivative.
 *
 * <p>Reference: SPSA (Spall, 1992); MeZO, arXiv 2305.17333.
 *
 * @param epsilon ε
 */
public record CentralDifference(double epsilon) implements GradientEstimator {

    public CentralDifference {
        GradientEstimator.requireEpsilon(epsilon);
    }

    @Override
    public int directions() {
        return 1;
    }

    @Override
    public int forwards() {
        return 2;
    }

    @Override
    public int comparableDraws() {
        return 1;
    }

    @Override
    public Estimate estimate(LossOracle f, ParameterVector theta, List<Direction> zs) {
        Direction z = zs.get(0);
        double[] loss = f.at(List.of(theta.along(z, +epsilon), theta.along(z, -epsilon)));
        double slope = (loss[0] - loss[1]) / (2 * epsilon);
        return new Estimate(
                z.times(slope),
                List.of(new Probe(z, +epsilon, loss[0]), new Probe(z, -epsilon, loss[1])),
                List.of(slope));
    }
}
