package org.zolab.diagnose;

import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.Lanes;
import org.zolab.space.ParameterVector;

/**
 * How much an operation changed θ. For evaluations this is the drift, which is 0 here but not where θ is perturbed in place; for an update
 * it is the share of its changes that survived rounding.
 *
 * @param drift   ‖θ_after − θ_before‖ / ‖θ_before‖
 * @param changed the share of elements whose bits changed
 */
public record Movement(double drift, double changed) {

    /** A copy of θ as it is now, in the same precision, that need not be closed. Memory: as large as θ, on the heap. */
    public static ParameterVector copy(ParameterVector theta) {
        ParameterVector copy = theta.heapAlike();
        copy.move(Direction.of(theta), 1);
        return copy;
    }

    /** Runs {@code work} and measures the change. Memory: a vector as large as θ, on the heap. */
    public static Movement during(ParameterVector theta, Runnable work) {
        ParameterVector before = copy(theta);
        work.run();
        long changed = 0;
        float[] a = new float[Lanes.RUN];
        float[] b = new float[Lanes.RUN];
        for (int t = 0; t < theta.space().tensors().size(); t++) {
            int size = theta.space().tensor(t).size();
            for (int from = 0; from < size; from += a.length) {
                int n = Math.min(a.length, size - from);
                before.storage().read(t, from, a, 0, n);
                theta.storage().read(t, from, b, 0, n);
                for (int i = 0; i < n; i++) {
                    changed += a[i] == b[i] ? 0 : 1;
                }
            }
        }
        Direction was = Direction.of(before);
        double moved = Fold.norm(theta, Direction.of(theta).minus(was));
        return new Movement(
                moved / Fold.norm(theta, was), (double) changed / theta.space().dimension());
    }
}
