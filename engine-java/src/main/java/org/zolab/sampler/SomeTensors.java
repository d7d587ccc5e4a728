package org.zolab.sampler;

import org.zolab.space.Order;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;
import org.zolab.space.Weighting;

/**
 * Noise in a few whole tensors per step, the same ones for all draws of the step.
 *
 * <p>Cost: the others are neither drawn nor read. No memory.
 *
 * <p>Reference: the JAGUAR variants of LDSD, arXiv 2602.13659, whose published code takes other tensors for every draw of a step.
 *
 * @param share of all tensors; max(1, ⌊share · number⌋) are taken
 * @param law   of the noise in them
 */
public record SomeTensors(double share, DirectionLaw law) implements WithinLaw {

    public SomeTensors {
        new Problems()
                .require(share > 0 && share <= 1, "share of tensors is not in (0, 1]", share)
                .orThrow();
    }

    @Override
    public Draws on(ParameterVector theta) {
        int all = theta.space().tensors().size();
        int taken = Math.max(1, (int) (share * all));
        return DirectionLaw.confined(law.on(theta), 1, key -> {
            int[] order = Order.tensors(key.seed(), key.step(), all);
            boolean[] in = new boolean[all];
            for (int i = 0; i < taken; i++) {
                in[order[i]] = true;
            }
            return Weighting.of(theta.space(), i -> in[i] ? 1 : 0);
        });
    }

    @Override
    public String toString() {
        return law + " in " + share + " of the tensors";
    }
}
