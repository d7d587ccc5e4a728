package org.zolab.sampler;

import org.zolab.space.LowRank;
import org.zolab.space.ParameterVector;

/**
 * Matrices of low rank whose two factors are kept, so that a draw of one is a few numbers (TeZO).
 *
 * <pre>
 *   Z = U·diag(τ)·Vᵀ/√r,   U [m, r] and V [n, r] drawn every {@code refresh} steps; τ [r] drawn anew each time
 * </pre>
 *
 * <p>Between two refreshes a matrix moves only along the r matrices uₖvₖᵀ, so r bounds what can be learned. Vectors, and matrices with a
 * side of at most r, get Gaussian noise; where there is nothing else, the law is refused.
 *
 * <p>Memory: U and V, (m + n)·r numbers a matrix. Cost: r multiplications an element.
 *
 * <p>Reference: TeZO, arXiv 2501.19057, which draws U and V once and takes another r for each layer.
 *
 * @param rank    r
 * @param refresh steps that share U and V; {@link Integer#MAX_VALUE}: all of them
 */
public record FixedFactors(int rank, int refresh) implements FactoredLaw {

    public FixedFactors {
        FactoredLaw.require(rank, refresh);
    }

    @Override
    public Draws on(ParameterVector theta) {
        return new LowRankProduct.Kept(refresh, key -> LowRank.diagonal(key, rank));
    }

    @Override
    public String toString() {
        return "rank " + rank + " of factors "
                + (refresh == Integer.MAX_VALUE ? "drawn once" : "refreshed every " + refresh + " steps");
    }
}
