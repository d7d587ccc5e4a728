package org.zolab.sampler;

import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.zolab.space.Direction;
import org.zolab.space.LowRank;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;

/**
 * Matrices of low rank, one factor of which is kept for some steps (LOZO).
 *
 * <pre>
 *   Z = U·Vᵀ/√r,   U [m, r] drawn anew each time, V [n, r] every {@code refresh} steps
 * </pre>
 *
 * <p>Memory: V, n·r numbers a matrix. Vectors and matrices none larger than r are Gaussian; where there is nothing else, the law is refused.
 *
 * <p>Reference: LOZO, arXiv 2410.07698.
 *
 * @param rank    r
 * @param refresh steps that share V
 */
public record LowRankProduct(int rank, int refresh) implements DirectionLaw {

    public LowRankProduct {
        require(rank, refresh);
    }

    static void require(int rank, int refresh) {
        new Problems()
                .require(rank > 0, "rank is not strictly positive", rank)
                .require(refresh > 0, "refresh is not strictly positive", refresh)
                .orThrow();
    }

    /** Notes that no matrix is larger than the rank, since what is not is Gaussian: a law of nothing else is the Gaussian one by another name. */
    static void check(int rank, ParameterSpace space, Problems problems) {
        problems.require(
                space.tensors().stream().anyMatch(tensor -> LowRank.isProduct(tensor, rank)),
                "rank is not below both sides of any matrix that is trained, so that all noise would be Gaussian; take a"
                        + " lower one, or gaussian()",
                rank);
    }

    @Override
    public void check(ParameterSpace space, Problems problems) {
        check(rank, space, problems);
    }

    /** Bytes of numbers that are kept of each matrix that is a product. */
    static long keptBytes(int rank, ParameterSpace space, ToLongFunction<ParameterSpace.Tensor> numbers) {
        return Float.BYTES
                * space.tensors().stream()
                        .filter(tensor -> LowRank.isProduct(tensor, rank))
                        .mapToLong(numbers)
                        .sum();
    }

    @Override
    public DirectionLaw noise() {
        return this;
    }

    @Override
    public long keptBytes(ParameterSpace space) {
        return keptBytes(rank, space, tensor -> (long) rank * tensor.shape().get(1));
    }

    @Override
    public Draws on(ParameterVector theta) {
        return new Kept(refresh, key -> LowRank.product(key, rank));
    }

    /** Draws whose law changes every so many steps. */
    static final class Kept implements Draws {
        private final int refresh;
        private final Function<NoiseKey, LowRank> law;
        private NoiseKey start = new NoiseKey(0, 0, 0);
        private @Nullable LowRank current;

        Kept(int refresh, Function<NoiseKey, LowRank> law) {
            this.refresh = refresh;
            this.law = law;
        }

        @Override
        public Direction at(NoiseKey key) {
            NoiseKey wanted = new NoiseKey(key.seed(), key.step() - key.step() % refresh, 0);
            LowRank now = current;
            if (now == null || !wanted.equals(start)) {
                now = law.apply(wanted);
                start = wanted;
                current = now;
            }
            return Direction.noise(key, now);
        }
    }

    @Override
    public String toString() {
        return "rank " + rank + ", refreshed every " + refresh + " steps";
    }
}
