package org.zolab.sampler;

import java.util.function.ToLongFunction;
import org.zolab.space.LowRank;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterSpace.Tensor;
import org.zolab.space.Problems;

/** Matrices that are products of factors of rank r; vectors, and matrices none larger than r, are Gaussian. */
interface FactoredLaw extends DirectionLaw {

    /** r. */
    int rank();

    /** Refuses a rank or a number of steps that share factors that is not positive. */
    static void require(int rank, int refresh) {
        new Problems()
                .require(rank > 0, "rank is not strictly positive", rank)
                .require(refresh > 0, "refresh is not strictly positive", refresh)
                .orThrow();
    }

    /** Notes that no matrix is larger than the rank: the law would be the Gaussian one under another name. */
    @Override
    default void check(ParameterSpace space, Problems problems) {
        problems.require(
                space.tensors().stream().anyMatch(tensor -> LowRank.isProduct(tensor, rank())),
                "rank is not below both sides of any matrix that is trained, so that all noise would be Gaussian; take a"
                        + " lower one, or gaussian()",
                rank());
    }

    @Override
    default DirectionLaw noise() {
        return this;
    }

    /** Those of two factors for each matrix, [m, r] and [n, r]. */
    @Override
    default long keptBytes(ParameterSpace space) {
        return keptBytes(
                space, matrix -> (long) matrix.shape().get(0) + matrix.shape().get(1));
    }

    /** Those of factors with so many rows for each matrix. */
    default long keptBytes(ParameterSpace space, ToLongFunction<Tensor> rows) {
        return Float.BYTES
                * (long) rank()
                * space.tensors().stream()
                        .filter(tensor -> LowRank.isProduct(tensor, rank()))
                        .mapToLong(rows)
                        .sum();
    }
}
