package org.zolab.estimator;

import java.util.List;
import java.util.stream.IntStream;
import org.zolab.probe.LossOracle;
import org.zolab.probe.Probe;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;

/** Turns losses into a gradient estimate. */
public interface GradientEstimator {

    /** How many directions the sampler proposes for a step; one that learns by comparing them needs at least two. */
    int directions();

    /** How many forward passes a step spends. */
    int forwards();

    /** Whether it reports the losses on both sides of every direction, ahead and then behind. */
    default boolean bothSides() {
        return false;
    }

    /** Whether it reports the losses on both sides of every direction and the loss at θ, which together give the curvature along it. */
    default boolean curvatures() {
        return false;
    }

    /** Whether what all directions have in common cancels in ĝ, because their coefficients add up to 0. */
    default boolean cancelsCommon() {
        return false;
    }

    /** Whether ĝ counts rises in units of their own deviation, so that it does not grow with the slopes. */
    default boolean scaleFree() {
        return false;
    }

    /**
     * How long a step it allows: the best η, in units of that of one two-sided slope along the same directions. NaN if it counts rises in
     * other units than the slopes', or if nobody has worked it out.
     *
     * <pre>
     *   d E⟨ĝ, ∇f⟩ / E‖ĝ‖²    in many dimensions, with the same curvature along all: q for the mean of q slopes
     * </pre>
     */
    default double stride() {
        return Double.NaN;
    }

    /** Whether it asks for exact slopes, which not every loss can give. */
    default boolean differentiates() {
        return false;
    }

    /** ε, how far along a direction the losses are measured. */
    double epsilon();

    /**
     * Estimates ∇f(θ) from losses near θ, which does not move. It asks f for exactly {@link #forwards} losses; a step refuses anything else.
     *
     * @param zs {@link #directions} directions
     * @return a gradient that is a formula of zs; at least one probe and one slope; the probes in the order of zs and, if
     *     {@link #bothSides}, each direction's ahead at ε and then behind at −ε
     */
    Estimate estimate(LossOracle f, ParameterVector theta, List<Direction> zs);

    /** Probes every direction at the same distance, with one forward pass each. */
    static List<Probe> probe(LossOracle f, ParameterVector theta, List<Direction> zs, double epsilon) {
        double[] loss = f.at(zs.stream().map(z -> theta.along(z, epsilon)).toList());
        return IntStream.range(0, loss.length)
                .mapToObj(i -> new Probe(zs.get(i), epsilon, loss[i]))
                .toList();
    }

    /** Refuses fewer than {@code least} directions, and an ε that is not positive and finite. */
    static void require(int directions, int least, double epsilon) {
        new Problems()
                .require(directions >= least, "directions is less than " + least, directions)
                .require(
                        epsilon > 0 && epsilon < Double.POSITIVE_INFINITY,
                        "epsilon is not strictly positive and finite",
                        epsilon)
                .orThrow();
    }
}
