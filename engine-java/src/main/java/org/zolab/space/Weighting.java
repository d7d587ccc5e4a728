package org.zolab.space;

import java.util.Arrays;
import java.util.BitSet;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Factors for the elements of a vector: one number per tensor and, where a method needs it, a choice of elements.
 *
 * <p>Used for a learned scale, a choice of tensors, an exemption from decay, a mask. Immutable. Memory: one number per tensor; a choice of
 * elements adds one bit per element.
 */
public final class Weighting {

    /** Every element, with factor 1. */
    public static final Weighting ONE = new Weighting(null, null);

    private final double @Nullable [] factors;
    private final BitSet @Nullable [] chosen;

    private Weighting(double @Nullable [] factors, BitSet @Nullable [] chosen) {
        this.factors = factors;
        this.chosen = chosen;
    }

    /** A factor for each tensor, by its index. */
    public static Weighting of(ParameterSpace space, IntToDoubleFunction factor) {
        return new Weighting(
                IntStream.range(0, space.tensors().size()).mapToDouble(factor).toArray(), null);
    }

    /** A choice of elements, one set per tensor of the space. The sets are not copied, so do not change them afterwards. */
    public static Weighting elements(BitSet... chosen) {
        return new Weighting(null, chosen.clone());
    }

    /** The factor of tensor {@code i}. */
    public double at(int i) {
        return factors == null ? 1 : factors[i];
    }

    /** Whether there is an element-by-element choice. */
    boolean chooses() {
        return chosen != null;
    }

    /** The product of both: factors multiply, and choices of elements intersect. */
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

    /** How many elements of {@code space} have a nonzero weight. */
    public long reach(ParameterSpace space) {
        return IntStream.range(0, space.tensors().size())
                .mapToLong(i -> reach(space, i))
                .sum();
    }

    /** How many elements of tensor {@code i} have a nonzero weight. */
    public long reach(ParameterSpace space, int i) {
        if (at(i) == 0) {
            return 0;
        }
        return chosen == null ? space.tensor(i).size() : chosen[i].cardinality();
    }

    /** Zeroes those of elements {@code element} to {@code element + n} that are not chosen; they lie in {@code tile} from {@code at} on. */
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
