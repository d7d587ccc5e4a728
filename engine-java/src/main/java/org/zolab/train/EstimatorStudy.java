package org.zolab.train;

import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.IntFunction;
import java.util.function.LongConsumer;
import org.zolab.diagnose.Alignment;
import org.zolab.objective.BatchLoss;
import org.zolab.probe.DifferentiableOracle;
import org.zolab.probe.LossOracle;
import org.zolab.sampler.DirectionSampler;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterVector;

/**
 * What gradient estimates are on average over repeated draws at one θ on one batch, in units of the exact gradient g.
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
     * directions. For MeZO it is d/(d + 2) with Gaussian directions and 1 with signs; for other methods their own speed, whatever their
     * learning rates.
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
     * Studies a plan's estimates, as many as it has steps, where θ begins and on its first batch. Nothing moves: θ stays, and the policy
     * learns nothing. Cost: one exact gradient, and the forward passes of the plan. Memory: two vectors as large as θ, on the heap, and what
     * the gradient takes.
     *
     * @param stop ends the study with a {@link CancellationException} once it is asked to
     * @param made is told before each estimate how many there are
     * @throws IllegalArgumentException if the plan's losses have no gradient, or one that is 0
     */
    public static EstimatorStudy of(Plan plan, Stop stop, LongConsumer made) {
        if (!plan.subject().differentiable()) {
            throw new IllegalArgumentException(
                    "the objective of " + plan.subject().name()
                            + " has no gradient to compare estimates with; take one that has, such as options() or logistic()");
        }
        try (Subject.Opened subject = stop.open(() -> plan.subject().open(plan.seed()))) {
            subject.cancelWhen(stop::asked);
            ParameterVector theta = subject.theta();
            ZerothOrder standing = new ZerothOrder( // the plan's steps, but nothing moves
                    unlearning(plan.sampler().create(theta)), plan.estimator(), (x, g, eta) -> {}, t -> 0, plan.seed());
            try (BatchLoss f = plan.batch(subject, 0)) {
                return of(DifferentiableOracle.of(f), theta, plan.steps(), draw -> {
                    if (stop.asked()) {
                        throw new CancellationException("stopped between two estimates");
                    }
                    made.accept(draw);
                    return standing.step(draw, f, theta).gradient();
                });
            }
        }
    }

    private static DirectionSampler unlearning(DirectionSampler policy) {
        return new DirectionSampler() {
            @Override
            public void prepare(LossOracle f, ParameterVector theta, NoiseKey key) {
                policy.prepare(f, theta, key);
            }

            @Override
            public List<Direction> propose(int count, ParameterVector theta, NoiseKey key) {
                return policy.propose(count, theta, key);
            }
        };
    }

    /**
     * Studies any estimates of f's gradient at θ.
     *
     * @param estimates gives estimate i, drawn anew
     * @throws IllegalArgumentException if the gradient is 0
     */
    public static EstimatorStudy of(
            DifferentiableOracle f, ParameterVector theta, int draws, IntFunction<Direction> estimates) {
        ParameterVector gradient = theta.heapZeros();
        ParameterVector mean = theta.heapZeros();
        f.gradient(theta.here(), gradient);
        Alignment exact = new Alignment(gradient);
        Direction g = Direction.of(gradient);
        double unit = Fold.product(theta, g, g);
        if (unit == 0) {
            throw new IllegalArgumentException(
                    "the gradient is 0 here, so estimates cannot be measured by it; begin elsewhere");
        }
        double cosine = 0;
        double square = 0;
        for (int i = 0; i < draws; i++) {
            Direction estimate = estimates.apply(i);
            cosine += exact.cosine(estimate) / draws;
            square += Fold.product(theta, estimate, estimate) / draws;
            mean.move(estimate, 1.0 / draws);
        }
        Direction m = Direction.of(mean);
        return new EstimatorStudy(
                draws,
                Fold.product(theta, m, g) / unit,
                Fold.norm(theta, m.minus(g)) / Math.sqrt(unit),
                (square - Fold.product(theta, m, m)) / unit,
                cosine);
    }
}
