package org.zolab.estimator;

import java.util.List;
import org.zolab.probe.LossOracle;
import org.zolab.probe.Probe;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;

/**
 * The rise along each of N directions from the loss at θ, in units of the losses' standard deviation (FZOO).
 *
 * <pre>
 *   lᵢ = f(θ + εuᵢ),  l₀ = f(θ)
 *   σ² = 1/(N − 1) Σ (lᵢ − mean of l)²
 *   ĝ  = 1/(σN) Σ (lᵢ − l₀)·uᵢ
 * </pre>
 *
 * <p>On a linear loss σ estimates ε‖∇f‖, so ĝ estimates ∇f/‖∇f‖ and η is a distance: FZOO at η steps as {@link OneSided} does at
 * η/‖∇f‖, whatever f and ε are. Written with the slopes (lᵢ − l₀)/ε in place of the rises, the same step takes the rate εη. If all
 * losses are equal, ĝ is 0.
 *
 * <p>Cost: N + 1 forward passes, all asked at once; no memory. The loss at θ does not enter σ. Gain over MeZO on a linear loss, with
 * Gaussian directions:
 *
 * <pre>
 *   E⟨ĝ, ∇f/‖∇f‖⟩ = ((N − 1)·E s + E 1/s)/N,   s²·(N − 1) ~ χ² of N − 1 degrees
 *   gain = E⟨ĝ, ∇f/‖∇f‖⟩² · N²(N − 3)/((N − 1)(N − 2))       7.39 for N = 8
 * </pre>
 *
 * <p>Reference: FZOO, arXiv 2506.09034, in Rademacher directions and in its code's form, without ε.
 *
 * @param directions N
 * @param epsilon    ε
 */
public record Standardised(int directions, double epsilon) implements GradientEstimator {

    public Standardised {
        GradientEstimator.require(directions, 2, epsilon);
    }

    @Override
    public boolean scaleFree() {
        return true;
    }

    @Override
    public int forwards() {
        return directions + 1;
    }

    @Override
    public String toString() {
        return Words.of("one-sided in standard deviations", directions, epsilon);
    }

    @Override
    public Estimate estimate(LossOracle f, ParameterVector theta, List<Direction> zs) {
        Estimate rises = new OneSided(directions, epsilon).estimate(f, theta, zs);
        double mean = rises.probes().stream().mapToDouble(Probe::loss).sum() / directions;
        double square = rises.probes().stream()
                .mapToDouble(probe -> (probe.loss() - mean) * (probe.loss() - mean))
                .sum();
        double sigma = Math.sqrt(square / (directions - 1));
        return new Estimate(
                sigma > 0 ? rises.gradient().times(epsilon / sigma) : Direction.ZERO, rises.probes(), rises.slopes());
    }
}
