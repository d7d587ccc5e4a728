package org.zolab.space;

import java.util.Arrays;
import java.util.BitSet;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What the elements of a vector are multiplied by: a number for each tensor and, where a method needs it, a choice of elements.
 *
 * <p>A learned scale, a choice of tensors, an exemption from decay, a mask. Immutable. Memory: a number a tensor; a choice of elements
 * adds a bit for each of them.
 */
public final class Weighting {

    /** Everything, once. */
    public static final Weighting ONE = new Weighting(null, null);

    private final double @Nullable [] factors;
    private final BitSet @Nullable [] chosen;

    private Weighting(double @Nullable [] factors, BitSet @Nullable [] chosen) {
        this.factors = factors;
        this.chosen = chosen;
    }

    /** A factor for each tensor, by its place. */
    public static Weighting of(ParameterSpace space, IntToDoubleFunction factor) {
        return new Weighting(
                IntStream.range(0, space.tensors().size()).mapToDouble(factor).toArray(), null);
    }

    /** A choice of elements, a set for each tensor of the space; they are read as long as the weighting lives, so change them no more. */
    public static Weighting elements(BitSet... chosen) {
        return new Weighting(null, chosen.clone());
    }

    /** The factor of tensor {@code i}. */
    public double at(int i) {
        return factors == null ? 1 : factors[i];
    }

    /** Whether elements are chosen one by one. */
    boolean chooses() {
        return chosen != null;
    }

    /** One after the other. */
    public Weighting times(Weighting other) {
        if (this == ONE || other == ONE) {
            return this == ONE ? other : this;
        }
        double[] product = factors == null ? other.factors : factors.clone();
        if (factors != null && other.factors != null) {
            for (int i = 0; i < factors.length; i++) {
                product[i] *= other.factors[i];
            }
        }
        BitSet[] both = chosen == null ? other.chosen : chosen;
        if (chosen != null && other.chosen != null) {
            both = new BitSet[chosen.length];
            for (int i = 0; i < both.length; i++) {
                both[i] = (BitSet) chosen[i].clone();
                both[i].and(other.chosen[i]);
            }
        }
        return new Weighting(product, both);
    }

    /** How many of {@code space}'s elements have a weight that is not 0. */
    public long reach(ParameterSpace space) {
        return IntStream.range(0, space.tensors().size())
                .mapToLong(i -> reach(space, i))
                .sum();
    }

    /** How many of tensor {@code i}'s have. */
    public long reach(ParameterSpace space, int i) {
        if (at(i) == 0) {
            return 0;
        }
        return chosen == null ? space.tensor(i).size() : chosen[i].cardinality();
    }

    /** Zeroes what is not chosen of elements {@code element} to {@code element + n}, which lie in {@code tile} from {@code at} on. */
    void choose(int tensor, int element, float[] tile, int at, int n) {
        if (chosen != null) {
            BitSet here = chosen[tensor];
            for (int i = 0; i < n; i++) {
                if (!here.get(element + i)) {
                    tile[at + i] = 0;
                }
            }
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Weighting that
                && Arrays.equals(factors, that.factors)
                && Arrays.equals(chosen, that.chosen);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(factors);
    }

    @Override
    public String toString() {
        return (factors == null ? "1" : Arrays.toString(factors)) + (chosen == null ? "" : " on chosen elements");
    }
}
