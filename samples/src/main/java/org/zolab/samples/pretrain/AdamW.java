package org.zolab.samples.pretrain;

import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.ParameterVector;
import org.zolab.space.Weighting;
import org.zolab.update.Adam;
import org.zolab.update.UpdateRule;

/**
 * Adam with decoupled weight decay, of a gradient that is clipped to norm 1; only matrices decay.
 *
 * <p>Reference: Loshchilov and Hutter, arXiv 1711.05101, algorithm 2.
 */
final class AdamW {
    private final ParameterVector theta;
    private final ParameterVector gradient;
    private final UpdateRule adam;
    private final double decay;

    AdamW(ParameterVector theta, double decay) {
        this.theta = theta;
        this.gradient = theta.zeros();
        this.adam = new Adam(0.9, 0.95, 1e-8).create(theta);
        this.decay = decay;
    }

    /** Where the gradient goes before a step. */
    ParameterVector gradient() {
        return gradient;
    }

    void step(double rate) {
        Direction g = Direction.of(gradient);
        double clip = Math.min(1, 1 / (Fold.norm(theta, g) + 1e-6));
        theta.update(
                Weighting.of(theta.space(), i -> theta.space().tensor(i).shape().size() > 1 ? 1 - rate * decay : 1),
                Direction.ZERO,
                0); // W ← (1 − ηλ)W
        adam.apply(theta, g.times(clip), rate);
    }
}
