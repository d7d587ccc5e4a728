package org.zolab.probe;

import java.util.ArrayList;
import java.util.List;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;
import org.zolab.space.Point;

/**
 * The losses at equal distances on both sides of θ along a direction, and what follows from them.
 *
 * @param direction z
 * @param distance  ε
 * @param ahead     ℓ⁺ = f(θ + εz)
 * @param behind    ℓ⁻ = f(θ − εz)
 */
public record Sides(Direction direction, double distance, double ahead, double behind) {

    /** The points to evaluate: for every direction the side ahead and then the side behind. */
    public static List<Point> points(ParameterVector theta, List<Direction> zs, double epsilon) {
        List<Point> points = new ArrayList<>();
        for (Direction z : zs) {
            points.add(theta.along(z, +epsilon));
            points.add(theta.along(z, -epsilon));
        }
        return points;
    }

    /** Pairs up the losses at {@link #points}; any further losses are ignored. */
    public static List<Sides> of(List<Direction> zs, double epsilon, double[] losses) {
        List<Sides> sides = new ArrayList<>();
        for (int i = 0; i < zs.size(); i++) {
            sides.add(new Sides(zs.get(i), epsilon, losses[2 * i], losses[2 * i + 1]));
        }
        return sides;
    }

    /**
     * The pairs among an estimator's probes.
     *
     * @throws IllegalArgumentException if a probe has no counterpart on the other side
     */
    public static List<Sides> among(List<Probe> probes) {
        List<Probe> displaced =
                probes.stream().filter(probe -> probe.distance() != 0).toList();
        List<Sides> sides = new ArrayList<>();
        for (int i = 0; i < displaced.size(); i += 2) {
            Probe ahead = displaced.get(i);
            Probe behind = displaced.get(Math.min(i + 1, displaced.size() - 1));
            if (ahead.distance() != -behind.distance() || !ahead.direction().equals(behind.direction())) {
                throw new IllegalArgumentException("probes are not on both sides of each direction: probe " + i
                        + " has no other side; use an estimator that reports both, such as the central difference");
            }
            sides.add(new Sides(ahead.direction(), ahead.distance(), ahead.loss(), behind.loss()));
        }
        return sides;
    }

    /**
     * ℓ₀ among an estimator's probes.
     *
     * @throws IllegalArgumentException if no probe was taken at θ
     */
    public static double here(List<Probe> probes) {
        return probes.stream()
                .filter(probe -> probe.distance() == 0)
                .mapToDouble(Probe::loss)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "probes have no loss at θ, which a curvature needs; use the three-point estimator"));
    }

    /** The two probes: ahead, then behind. */
    public List<Probe> probes() {
        return List.of(new Probe(direction, +distance, ahead), new Probe(direction, -distance, behind));
    }

    /** (ℓ⁺ − ℓ⁻)/2ε, the slope along z; exact on quadratics. */
    public double slope() {
        return (ahead - behind) / (2 * distance);
    }

    /**
     * (ℓ⁺ − 2ℓ₀ + ℓ⁻)/ε², the curvature zᵀ∇²f(θ)z; exact on cubics.
     *
     * @param here ℓ₀ = f(θ)
     */
    public double curvature(double here) {
        return (ahead - 2 * here + behind) / (distance * distance);
    }
}
