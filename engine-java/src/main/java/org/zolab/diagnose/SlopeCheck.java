package org.zolab.diagnose;

import java.util.List;
import org.zolab.probe.DifferentiableOracle;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;

/**
 * A measured slope beside the exact one: their difference is the bias due to the distance, plus noise.
 *
 * @param exact    ∇f(θ)·z
 * @param measured (f(θ + εz) − f(θ − εz)) / 2ε
 */
public record SlopeCheck(double exact, double measured) {

    /** Measures both along {@code z}. Cost: a gradient and two forward passes. */
    public static SlopeCheck of(DifferentiableOracle f, ParameterVector theta, Direction z, double epsilon) {
        double[] sides = f.at(List.of(theta.along(z, epsilon), theta.along(z, -epsilon)));
        return new SlopeCheck(f.slope(theta.here(), z).slope(), (sides[0] - sides[1]) / (2 * epsilon));
    }

    /** measured − exact. */
    public double error() {
        return measured - exact;
    }
}
