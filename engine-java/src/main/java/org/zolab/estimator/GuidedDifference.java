package org.zolab.estimator;

import java.util.Comparator;
import java.util.List;
import org.zolab.probe.LossOracle;
import org.zolab.probe.Probe;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;

/**
 * Probes a pool of directions on one side, then takes the slope along the mean of the good ones minus the mean of the bad ones (MeZO-GV).
 *
 * <pre>
 *   lᵢ = f(θ + εzᵢ), ascending;   top the first ⌊αM⌋, bottom the rest
 *   v = mean of z over top − mean of z over bottom
 *   p = (f(θ + εv) − f(θ − εv)) / 2ε
 *   ĝ = p·v
 * </pre>
 *
 * <p>v is a formula over the pool's keys: the paper's claim about memory needs that, and its code does not do it. ‖v‖²/d is
 * 1/|top| + 1/|bottom| on average, and {@code normalised} divides v by the root of that. With M = 2 this is a central difference
 * along (z_a − z_b)/√2 at √2·ε and twice the learning rate, for twice the forward passes.
 *
 * <p>Cost: M + 2 forward passes; no memory.
 *
 * <p>Reference: MeZO-GV, arXiv 2601.04710.
 *
 * @param directions M
 * @param split      α, the share of the pool that counts as good
 * @param normalised whether v is scaled to the length of a direction of the pool
 * @param epsilon    ε
 */
public record GuidedDifference(int directions, double split, boolean normalised, double epsilon)
        implements GradientEstimator {

    public GuidedDifference {
        GradientEstimator.require(directions, 2, epsilon);
        new Problems()
                .require(
                        (int) (split * directions) >= 1 && (int) (split * directions) < directions,
                        "split leaves no direction on one side of " + directions,
                        split)
                .orThrow();
    }

    @Override
    public int forwards() {
        return directions + 2;
    }

    @Override
    public String toString() {
        return Words.of("guided by the best " + split, directions, epsilon) + (normalised ? ", normalised" : "");
    }

    @Override
    public boolean cancelsCommon() {
        return true;
    }

    /** 1 over the square of the guide's length, in units of a direction's. */
    @Override
    public double stride() {
        return normalised ? 1 : 1 / square(good());
    }

    private int good() {
        return (int) (split * directions);
    }

    /** ‖v‖² in units of a direction's, as the dimensions grow. */
    private double square(int top) {
        return 1.0 / top + 1.0 / (directions - top);
    }

    @Override
    public Estimate estimate(LossOracle f, ParameterVector theta, List<Direction> zs) {
        List<Probe> probes = GradientEstimator.probe(f, theta, zs, epsilon);
        List<Probe> ascending =
                probes.stream().sorted(Comparator.comparingDouble(Probe::loss)).toList();
        int top = good();
        Direction v = mean(ascending.subList(0, top)).minus(mean(ascending.subList(top, directions)));
        Direction guide = normalised ? v.times(1 / Math.sqrt(square(top))) : v;
        Estimate along = new CentralDifference(epsilon).estimate(f, theta, List.of(guide));
        return new Estimate(along.gradient(), probes, along.slopes());
    }

    private static Direction mean(List<Probe> probes) {
        return probes.stream()
                .map(Probe::direction)
                .reduce(Direction.ZERO, Direction::plus)
                .times(1.0 / probes.size());
    }
}
