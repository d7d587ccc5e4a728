package org.zolab.sampler;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.zolab.space.Order;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;
import org.zolab.space.Weighting;

/**
 * Noise in some layers of the model per step, the same ones for all draws of the step, and in all tensors outside the layers (LeZO).
 *
 * <p>A layer is the tensors whose names have the same first number between dots, such as {@code model.decoder.layers.3.}; the embeddings
 * and the last norm belong to none. ⌊drop · layers⌋ are dropped.
 *
 * <p>Cost: what is dropped is neither drawn nor read. No memory. With a share s of the gradient's energy and of the coordinates left, a step
 * at η/s gains what MeZO's does at η.
 *
 * <p>Reference: LeZO, arXiv 2410.09823.
 *
 * @param drop ρ, the share of the layers that a step leaves alone
 * @param law  of the noise in the others
 */
public record SomeLayers(double drop, DirectionLaw law) implements WithinLaw {

    public SomeLayers {
        new Problems()
                .require(drop >= 0 && drop < 1, "drop of layers is not in [0, 1)", drop)
                .orThrow();
    }

    /** Notes if no tensor's name says which layer it belongs to. */
    @Override
    public void check(ParameterSpace space, Problems problems) {
        if (space.tensors().stream().allMatch(tensor -> tensor.layer() < 0)) {
            problems.add("layers are not in the names of the tensors, such as "
                    + space.tensor(0).name() + "; drop tensors with someTensors()");
        } else {
            int all = 1 + Arrays.stream(layers(space)).max().orElseThrow();
            problems.require(
                    drop == 0 || (int) (drop * all) > 0,
                    "drop of the " + all + (all == 1 ? " layer that is" : " layers that are")
                            + " trained is less than one layer, so that none would be dropped",
                    drop);
        }
        WithinLaw.super.check(space, problems);
    }

    /** @throws IllegalArgumentException if no name of a tensor of {@code theta} says which layer it belongs to */
    @Override
    public Draws on(ParameterVector theta) {
        ParameterSpace space = theta.space();
        Problems problems = new Problems();
        check(space, problems);
        problems.orThrow();
        int[] layers = layers(space);
        int all = 1 + Arrays.stream(layers).max().orElseThrow();
        int dropped = (int) (drop * all);
        return DirectionLaw.confined(law.on(theta), 1, key -> {
            int[] order = Order.layers(key.seed(), key.step(), all);
            boolean[] out = new boolean[all];
            for (int i = 0; i < dropped; i++) {
                out[order[i]] = true;
            }
            return Weighting.of(space, i -> layers[i] >= 0 && out[layers[i]] ? 0 : 1);
        });
    }

    /** The layer of each tensor, counted in their order; −1: none. */
    private static int[] layers(ParameterSpace space) {
        Map<Integer, Integer> known = new HashMap<>();
        known.put(-1, -1);
        return space.tensors().stream()
                .mapToInt(tensor -> known.computeIfAbsent(tensor.layer(), layer -> known.size() - 1))
                .toArray();
    }

    @Override
    public String toString() {
        return law + " without " + drop + " of the layers";
    }
}
