package org.zolab.sampler;

import java.util.Arrays;
import java.util.BitSet;
import org.zolab.space.Lanes;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;
import org.zolab.space.Weighting;

/**
 * Noise only in weights of small magnitude: in each tensor the share with the smallest |θ|, chosen anew every {@code refresh} steps; of
 * equal ones the first.
 *
 * <p>Memory: a bit per element; while a new choice is made, another bit per element and 256 KiB. Cost: choosing reads θ three times.
 *
 * <p>Reference: Sparse-MeZO, arXiv 2402.15751, which chooses in every step against thresholds of θ₀.
 *
 * @param share   of a tensor's elements
 * @param refresh steps that share a choice
 * @param law     of the noise in them
 */
public record SmallWeights(double share, int refresh, DirectionLaw law) implements WithinLaw {

    private static final int COUNTS = 1 << 16;

    public SmallWeights {
        new Problems()
                .require(share > 0 && share <= 1, "share of weights is not in (0, 1]", share)
                .require(refresh > 0, "refresh is not strictly positive", refresh)
                .orThrow();
    }

    @Override
    public long keptBytes(ParameterSpace space) {
        return space.dimension() / 4 + COUNTS * Integer.BYTES + WithinLaw.super.keptBytes(space);
    }

    @Override
    public Draws on(ParameterVector theta) {
        return DirectionLaw.confined(law.on(theta), refresh, key -> {
            int[] counts = new int[COUNTS];
            float[] tile = new float[Lanes.RUN];
            return Weighting.elements(theta.space().tensors().stream()
                    .map(tensor -> smallest(theta, tensor, counts, tile))
                    .toArray(BitSet[]::new));
        });
    }

    private BitSet smallest(ParameterVector theta, ParameterSpace.Tensor tensor, int[] counts, float[] tile) {
        Largest largest = largest(theta, tensor, Math.max(1, (int) (share * tensor.size())) - 1, counts, tile);
        BitSet small = new BitSet(tensor.size());
        int[] equals = {largest.equals()};
        magnitudes(
                theta,
                tensor,
                tile,
                (element, bits) ->
                        small.set(element, bits < largest.bits() || bits == largest.bits() && equals[0]-- > 0));
        return small;
    }

    /** The bits of the largest number that is still small, and how many of those equal to it are, the first ones. */
    private record Largest(int bits, int equals) {}

    /** The number that {@code rank} others of a tensor come before, by counting upper halves, then lower ones. */
    private static Largest largest(
            ParameterVector theta, ParameterSpace.Tensor tensor, int rank, int[] counts, float[] tile) {
        Arrays.fill(counts, 0);
        magnitudes(theta, tensor, tile, (element, bits) -> counts[bits >>> 16]++);
        int upper = 0;
        int left = rank;
        while (left >= counts[upper]) {
            left -= counts[upper++];
        }
        int found = upper;
        Arrays.fill(counts, 0);
        magnitudes(theta, tensor, tile, (element, bits) -> counts[bits & 0xFFFF] += bits >>> 16 == found ? 1 : 0);
        int lower = 0;
        while (left >= counts[lower]) {
            left -= counts[lower++];
        }
        return new Largest(found << 16 | lower, left + 1);
    }

    /** Shows the bits of |θ|, which are ordered as the numbers are. */
    private static void magnitudes(ParameterVector theta, ParameterSpace.Tensor tensor, float[] tile, Magnitudes each) {
        int index = theta.space().indexOf(tensor.name());
        for (int element = 0; element < tensor.size(); element += tile.length) {
            int n = Math.min(tile.length, tensor.size() - element);
            theta.storage().read(index, element, tile, 0, n);
            for (int i = 0; i < n; i++) {
                each.see(element + i, Float.floatToIntBits(tile[i]) & 0x7FFFFFFF);
            }
        }
    }

    @FunctionalInterface
    private interface Magnitudes {
        void see(int element, int bits);
    }

    @Override
    public String toString() {
        return law + " in the smallest " + share + " of the weights, chosen every " + refresh + " steps";
    }
}
