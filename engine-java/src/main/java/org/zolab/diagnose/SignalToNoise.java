package org.zolab.diagnose;

import java.util.List;
import java.util.stream.IntStream;
import org.zolab.probe.LossOracle;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;

/**
 * Whether a distance is large enough for the loss's rounding: compares the difference that a central difference divides with the noise in
 * it.
 *
 * <p>The noise is estimated from nine losses at nearby points, with everything smooth removed by taking third differences, which are 0 for
 * a parabola and have variance 20σ² for independent errors. It is therefore the rounding noise of this arithmetic, at this θ, on this
 * batch, and needs no other arithmetic to compare with. The points are ε/100 apart, but at most 1e-5: further apart they would pick up
 * kinks, such as those of a ReLU, which are not rounding.
 *
 * <p>Reference: Moré and Wild, Estimating computational noise, SIAM J. Sci. Comput. 33(3), 2011.
 *
 * @param signal |f(θ + εz) − f(θ − εz)|
 * @param noise  the standard deviation of that difference due to rounding, √2 σ
 */
public record SignalToNoise(double signal, double noise) {

    private static final int LOSSES = 9;
    private static final double APART = 1e-5;

    /** How many forward passes a measurement takes. */
    public static final int FORWARDS = LOSSES + 2;

    /** Measures both along {@code z}. Cost: {@link #FORWARDS} forward passes. */
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

    /** signal / noise; below about three, a slope says little. */
    public double ratio() {
        return signal / noise;
    }
}
