package org.zolab.train;

import java.util.List;
import org.zolab.probe.DifferentiableOracle;
import org.zolab.sampler.Scales;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.ParameterVector;

/**
 * How the loss after one zeroth-order step changes with the perturbation scales of that step.
 *
 * <pre>
 *   z = cσ⊙u,  s = (f(θ + εz) − f(θ − εz)) / 2ε,  L = f(θ − ηs·z)
 * </pre>
 *
 * @param ahead  f(θ + εz)
 * @param behind f(θ − εz)
 * @param slope  s
 * @param loss   L
 * @param dots   ⟨∇f(θ − ηs·z), u⟩ for each tensor
 * @param scales ∂L/∂σ, see {@link Scales#gradient}
 */
public record MetaGradient(double ahead, double behind, double slope, double loss, double[] dots, double[] scales) {

    /**
     * Measures it, without moving θ. Cost: two forward passes and one gradient, three gradients for {@link Scales.Form#WHOLE}.
     *
     * @param u    noise
     * @param room another vector of the space, which is overwritten
     */
    public static MetaGradient at(
            ParameterVector theta,
            DifferentiableOracle f,
            Direction u,
            Scales scales,
            Scales.Form form,
            double epsilon,
            double eta,
            ParameterVector room) {
        Direction z = u.times(scales.weighting(theta.space()));
        double[] probes = f.at(List.of(theta.along(z, +epsilon), theta.along(z, -epsilon)));
        double slope = (probes[0] - probes[1]) / (2 * epsilon);
        double[] between = new double[scales.sigma().length];
        if (form == Scales.Form.WHOLE) {
            for (double side : new double[] {+epsilon, -epsilon}) {
                f.gradient(theta.along(z, side), room);
                double[] products = Fold.products(theta, Direction.of(room), u);
                for (int i = 0; i < between.length; i++) {
                    between[i] += products[i] / 2;
                }
            }
        }
        double loss = f.gradient(theta.along(z, -eta * slope), room);
        double[] dots = Fold.products(theta, Direction.of(room), u);
        return new MetaGradient(
                probes[0], probes[1], slope, loss, dots, scales.gradient(form, eta, slope, dots, between));
    }
}
