package org.zolab.diagnose;

import java.util.List;
import java.util.stream.IntStream;
import org.zolab.probe.LossOracle;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;

/**
 * Whether a distance is far enough for the loss's own rounding: the difference that a central difference divides, beside the noise in it.
 *
 * <p>The noise of a loss is what is left of nine losses close to each other when all that is smooth is taken away: their third
 * differences, which are 0 for a parabola and have the variance 20σ² for independent errors. So it is the rounding of this arithmetic, at
 * this θ, on this batch, with no other arithmetic to compare with. They are a hundredth of ε apart and 1e-5 at the most: further apart
 * they would meet kinks, such as those of a ReLU, which are no rounding.
 *
 * <p>Reference: Moré and Wild, Estimating computational noise, SIAM J. Sci. Comput. 33(3), 2011.
 *
 * @param signal |f(θ + εz) − f(θ − εz)|
 * @param noise  its standard deviation from rounding, √2 σ
 */
public record SignalToNoise(double signal, double noise) {

    private static final int LOSSES = 9;
    private static final double APART = 1e-5;

    /** Measures both along {@code z}; eleven forward passes. */
    public static SignalToNoise of(LossOracle f, ParameterVector theta, Direction z, double epsilon) {
        double[] sides = f.at(List.of(theta.along(z, epsilon), theta.along(z, -epsilon)));
        double apart = Math.min(epsilon / 100, APART);
        double[] losses = f.at(IntStream.range(0, LOSSES)
                .mapToObj(i -> theta.along(z, epsilon + i * apart))
                .toList());
        double square = IntStream.range(0, LOSSES - 3)
                .mapToDouble(i -> losses[i + 3] - 3 * losses[i + 2] + 3 * losses[i + 1] - losses[i])
                .map(difference -> difference * difference / 20)
                .average()
                .orElseThrow();
        return new SignalToNoise(Math.abs(sides[0] - sides[1]), Math.sqrt(2 * square));
    }

    /** signal / noise; below about three a slope tells little. */
    public double ratio() {
        return signal / noise;
    }
}
