package org.zolab.sampler;

import org.zolab.space.LowRank;
import org.zolab.space.ParameterVector;

/**
 * Matrices from a subspace that is kept for some steps (SubZero).
 *
 * <pre>
 *   Z = √(mn)/r · U·C·Vᵀ,   U [m, r] and V [n, r] orthonormal, drawn every {@code refresh} steps; C [r, r] drawn anew each time
 * </pre>
 *
 * <p>Memory: U and V, (m + n)·r numbers a matrix. Vectors, and matrices with a side of at most r, get Gaussian noise;
 * where there is nothing else, the law is refused.
 *
 * <p>Reference: SubZero, arXiv 2410.08989.
 *
 * @param rank    r
 * @param refresh steps that share U and V
 */
public record Subspace(int rank, int refresh) implements FactoredLaw {

    public Subspace {
        FactoredLaw.require(rank, refresh);
    }

    @Override
    public Draws on(ParameterVector theta) {
        return new LowRankProduct.Kept(refresh, key -> LowRank.subspace(key, rank));
    }

    @Override
    public String toString() {
        return "subspace of rank " + rank + ", refreshed every " + refresh + " steps";
    }
}
