package org.zolab.sampler;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.zolab.space.Direction;
import org.zolab.space.LowRank;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;

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
public record LowRankProduct(int rank, int refresh) implements FactoredLaw {

    public LowRankProduct {
        FactoredLaw.require(rank, refresh);
    }

    @Override
    public long keptBytes(ParameterSpace space) {
        return keptBytes(space, matrix -> matrix.shape().get(1));
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
