package org.zolab.diagnose;

import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.ParameterVector;

/** How far θ really moves. Memory: a copy of θ, on the heap. */
public final class Movement {

    private Movement() {}

    private static ParameterVector copy(ParameterVector theta) {
        ParameterVector copy = theta.heapAlike();
        copy.move(Direction.of(theta), 1);
        return copy;
    }

    /** The drift ‖θ_after − θ_before‖ / ‖θ_before‖ of {@code work}: of evaluations it is 0 here, but not where θ is perturbed in place. */
    public static double drift(ParameterVector theta, Runnable work) {
        Direction before = Direction.of(copy(theta));
        work.run();
        return Fold.norm(theta, Direction.of(theta).minus(before)) / Fold.norm(theta, before);
    }

    /**
     * The share of a move that survives rounding, along the move itself: 0 if θ stays where it is, and 1 for a move of length 0. In single
     * precision, moves that are small against the last bit of θ are lost; in bf16 stochastic rounding keeps them on average.
     *
     * <pre>
     *   ⟨θ_after − θ, u⟩ / ‖u‖²,   θ_after = θ + u, rounded as θ is
     * </pre>
     */
    public static double retained(ParameterVector theta, Direction u) {
        ParameterVector after = copy(theta);
        after.move(u, 1);
        double square = Fold.product(theta, u, u);
        return square == 0 ? 1 : Fold.product(theta, Direction.of(after).minus(Direction.of(theta)), u) / square;
    }
}
