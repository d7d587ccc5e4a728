package org.zolab.sampler;

import java.util.BitSet;
import org.zolab.space.NoiseKey;
import org.zolab.space.Order;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;
import org.zolab.space.Weighting;

/**
 * Noise in one block of the coordinates per step. A round of B steps visits every block once, in an order that is drawn anew for each round
 * (MeZO-BCD).
 *
 * <pre>
 *   block b of a tensor of n elements:  ⌊bn/B⌋ to ⌊(b + 1)n/B⌋ − 1,   of every tensor the same b
 * </pre>
 *
 * <p>Memory: a bit an element, and another while the next block is chosen. Cost: noise outside the block is drawn and discarded; the update
 * moves the block alone. With a share 1/B of the coordinates, a step at Bη gains what MeZO's does at η.
 *
 * <p>Reference: block coordinate descent as in MeZO-BCD, arXiv 2501.19099, whose blocks are layers of the model.
 *
 * @param blocks B
 * @param law    of the noise in them
 */
public record CoordinateBlocks(int blocks, DirectionLaw law) implements WithinLaw {

    public CoordinateBlocks {
        new Problems()
                .require(blocks > 0, "blocks is not strictly positive", blocks)
                .orThrow();
    }

    /** Notes if there are more blocks than any tensor has elements: the steps of empty blocks would spend forward passes on a direction of 0. */
    @Override
    public void check(ParameterSpace space, Problems problems) {
        int largest = space.tensors().stream()
                .mapToInt(ParameterSpace.Tensor::size)
                .max()
                .orElseThrow();
        problems.require(
                blocks <= largest,
                "blocks is more than the " + largest + " elements of the largest tensor, so that some are empty",
                blocks);
        WithinLaw.super.check(space, problems);
    }

    @Override
    public long keptBytes(ParameterSpace space) {
        return space.dimension() / 4 + WithinLaw.super.keptBytes(space);
    }

    /** @throws IllegalArgumentException if no tensor of {@code theta}'s space has as many elements as there are blocks */
    @Override
    public Draws on(ParameterVector theta) {
        Problems problems = new Problems();
        check(theta.space(), problems);
        problems.orThrow();
        return DirectionLaw.confined(law.on(theta), 1, key -> block(theta, key));
    }

    private Weighting block(ParameterVector theta, NoiseKey key) {
        int b = Order.blocks(key.seed(), key.step() / blocks, blocks)[key.step() % blocks];
        return Weighting.elements(theta.space().tensors().stream()
                .map(tensor -> {
                    BitSet in = new BitSet(tensor.size());
                    in.set((int) ((long) tensor.size() * b / blocks), (int) ((long) tensor.size() * (b + 1) / blocks));
                    return in;
                })
                .toArray(BitSet[]::new));
    }

    @Override
    public String toString() {
        return law + " in one of " + blocks + " blocks";
    }
}
