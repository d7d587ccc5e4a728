package org.zolab.update;

import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;

/**
 * Gradient descent at a rate over the running length of the estimates, one number for all coordinates (MEAZO).
 *
 * <pre>
 *   v ← βv + (1 − β)·‖ĝ‖²/d
 *   θ ← θ − η/√(v/(1 − βᵗ))·ĝ
 * </pre>
 *
 * <p>For an estimate p·z, ‖ĝ‖²/d is p² to within a share √(2/d), and exactly p² if z consists of signs; for the mean of several it equals,
 * on average, the square of their mean slope. Where the law reaches a share s of the coordinates, it is s·p², and those that are reached move
 * by η/√s. A step moves θ by about η per coordinate whatever the loss's scale is: this η is √E p² times MeZO's.
 *
 * <p>Two sweeps over the estimate, one of them for its length; memory: one number. An estimate of length 0 does not move θ.
 *
 * <p>Reference: MEAZO, arXiv 2605.03869, which takes p from the estimator.
 *
 * @param beta β
 */
public record AdaptiveRate(double beta) implements RuleConfig {

    public AdaptiveRate {
        new Problems()
                .require(beta >= 0 && beta < 1, "beta of the adaptive rate is not in [0, 1)", beta)
                .orThrow();
    }

    @Override
    public UpdateRule create(ParameterVector theta) {
        return new State(beta);
    }

    @Override
    public int estimates() {
        return 2;
    }

    private static final class State implements UpdateRule {
        private final double beta;
        private double v;
        private int t;

        State(double beta) {
            this.beta = beta;
        }

        @Override
        public void apply(ParameterVector theta, Direction gradient, double learningRate) {
            t++;
            v = beta * v
                    + (1 - beta)
                            * Fold.product(theta, gradient, gradient)
                            / theta.space().dimension();
            double root = Math.sqrt(v / (1 - Math.pow(beta, t)));
            theta.move(gradient, root > 0 ? -learningRate / root : 0);
        }
    }

    @Override
    public double learningRate() {
        return 1.6e-3;
    }

    @Override
    public String toString() {
        return "adaptive rate " + beta;
    }
}
