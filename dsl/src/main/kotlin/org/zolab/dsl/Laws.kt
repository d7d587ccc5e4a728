package org.zolab.dsl

import org.zolab.sampler.DirectionLaw
import org.zolab.sampler.LowRankProduct
import org.zolab.sampler.SmallWeights
import org.zolab.sampler.SomeTensors
import org.zolab.sampler.Sphere
import org.zolab.sampler.Subspace

/** Independent standard normal coordinates: what every sampler draws unless told otherwise. */
public fun gaussian(): Part<DirectionLaw> = Part("gaussian()") { DirectionLaw.GAUSSIAN }

/** Independent fair signs, as SPSA drew them in 1992. Drawn several times faster than Gaussian numbers. */
public fun rademacher(): Part<DirectionLaw> = Part("rademacher()") { DirectionLaw.RADEMACHER }

/** Uniform on the sphere of radius √d. Costs one more sweep of noise a direction. */
public fun sphere(): Part<DirectionLaw> = Part("sphere()") { Sphere() }

/**
 * Matrices of rank [rank], Z = UVᵀ/√r with U drawn anew each time and V kept for [refresh] steps (LOZO, arXiv 2410.07698).
 * Memory: V.
 */
public fun lowRank(
    rank: Int = 2,
    refresh: Int = 50,
): Part<DirectionLaw> = Part("lowRank(rank = $rank, refresh = $refresh)") { LowRankProduct(rank, refresh) }

/**
 * Matrices from a subspace, Z = √(mn)/r·UCVᵀ with U and V orthonormal and kept for [refresh] steps, C of [rank] × [rank] drawn anew
 * each time (SubZero, arXiv 2410.08989). Memory: U and V.
 */
public fun subspace(
    rank: Int = 32,
    refresh: Int = 500,
): Part<DirectionLaw> = Part("subspace(rank = $rank, refresh = $refresh)") { Subspace(rank, refresh) }

/**
 * Noise in the weights of small magnitude only, the smallest [share] of each tensor, chosen anew every [refresh] steps
 * (Sparse-MeZO, arXiv 2402.15751). Memory: a bit a weight.
 */
public fun smallWeights(
    share: Double = 0.25,
    refresh: Int = 100,
    law: Part<DirectionLaw> = gaussian(),
): Part<DirectionLaw> =
    Part("smallWeights(share = $share, refresh = $refresh, law = $law)") { SmallWeights(share, refresh, law.build()) }

/** Noise in a [share] of the tensors, chosen anew in each step and the same for all its draws. The others are neither drawn nor read. */
public fun someTensors(
    share: Double = 0.1,
    law: Part<DirectionLaw> = gaussian(),
): Part<DirectionLaw> = Part("someTensors(share = $share, law = $law)") { SomeTensors(share, law.build()) }
