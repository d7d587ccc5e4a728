package org.zolab.diagnose;

import java.util.List;
import java.util.function.IntFunction;
import org.zolab.estimator.GradientEstimator;
import org.zolab.probe.DifferentiableOracle;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.ParameterVector;

/**
 * The average behaviour of an estimator over repeated draws at one θ on one batch, in units of the exact gradient g.
 *
 * @param draws    n, how many estimates
 * @param gain     ⟨ḡ, g⟩ / ‖g‖², ḡ their mean: 1 if unbiased; otherwise the factor by which it scales the learning rate
 * @param bias     ‖ḡ − g‖ / ‖g‖; sampling alone makes it √(variance / n)
 * @param variance E‖ĝ − ḡ‖² / ‖g‖²; d + 1 for one central difference along a Gaussian
 * @param cosine   the mean of cos(ĝ, g)
 */
public record EstimatorStudy(int draws, double gain, double bias, double variance, double cosine) {

    /**
     * How far a step along the estimate lowers f in expectation, at the learning rate that is best for it, if curvature is the same in all
     * directions. It is 1 for MeZO in {@code dimension} dimensions, and for other methods their own speed, whatever their learning rates.
     *
     * <pre>
     *   d ⟨ḡ, g⟩² / (‖g‖² E‖ĝ‖²)
     * </pre>
     */
    public double progress(long dimension) {
        double square = variance + bias * bias + 2 * gain - 1; // E‖ĝ‖²/‖g‖²
        return dimension * gain * gain / square;
    }

    /**
     * Makes {@code draws} estimates. Cost: one gradient, and the estimator's forward passes for each draw. Memory: two vectors as large as
     * θ, on the heap.
     *
     * @param directions gives fresh directions for draw i
     */
    public static EstimatorStudy of(
            GradientEstimator estimator,
            DifferentiableOracle f,
            ParameterVector theta,
            int draws,
            IntFunction<List<Direction>> directions) {
        ParameterVector gradient = theta.heapZeros();
        ParameterVector mean = theta.heapZeros();
        f.gradient(theta.here(), gradient);
        Alignment exact = new Alignment(gradient);
        Direction g = Direction.of(gradient);
        double cosine = 0;
        double square = 0;
        for (int i = 0; i < draws; i++) {
            Direction estimate =
                    estimator.estimate(f, theta, directions.apply(i)).gradient();
            cosine += exact.cosine(estimate) / draws;
            square += Fold.product(theta, estimate, estimate) / draws;
            mean.move(estimate, 1.0 / draws);
        }
        Direction m = Direction.of(mean);
        double unit = Fold.product(theta, g, g);
        return new EstimatorStudy(
                draws,
                Fold.product(theta, m, g) / unit,
                Fold.norm(theta, m.minus(g)) / Math.sqrt(unit),
                (square - Fold.product(theta, m, m)) / unit,
                cosine);
    }
}
