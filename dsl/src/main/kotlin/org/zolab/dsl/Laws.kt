package org.zolab.dsl

import org.zolab.sampler.CoordinateBlocks
import org.zolab.sampler.DirectionLaw
import org.zolab.sampler.FixedFactors
import org.zolab.sampler.LowRankProduct
import org.zolab.sampler.SmallWeights
import org.zolab.sampler.SomeLayers
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

/**
 * Matrices between two factors that are kept, Z = U·diag(τ)·Vᵀ/√r with τ of [rank] numbers drawn anew each time and U and V once, or every
 * [refresh] steps (TeZO, arXiv 2501.19057). Memory: U and V.
 */
public fun tezo(
    rank: Int = 64,
    refresh: Int = Int.MAX_VALUE,
): Part<DirectionLaw> = Part("tezo(rank = $rank, refresh = $refresh)") { FixedFactors(rank, refresh) }

/**
 * Noise without a share [drop] of the layers, others in each step and the same for all its draws, and always in what belongs to no layer
 * (LeZO, arXiv 2410.09823). What is dropped is neither drawn nor read; the learning rate that fits is larger by about 1/(1 − [drop]).
 */
public fun lezo(
    drop: Double = 0.75,
    law: Part<DirectionLaw> = gaussian(),
): Part<DirectionLaw> = Part("lezo(drop = $drop, law = $law)") { SomeLayers(drop, law.build()) }

/**
 * Noise in one of [blocks] blocks of the coordinates a step, every block once in a round (block coordinate descent, MeZO-BCD,
 * arXiv 2501.19099). Memory: a bit a weight; the learning rate that fits is about [blocks] times as large.
 */
public fun coordinateBlocks(
    blocks: Int = 10,
    law: Part<DirectionLaw> = gaussian(),
): Part<DirectionLaw> = Part("coordinateBlocks(blocks = $blocks, law = $law)") { CoordinateBlocks(blocks, law.build()) }

/** Noise in a [share] of the tensors, chosen anew in each step and the same for all its draws. The others are neither drawn nor read. */
public fun someTensors(
    share: Double = 0.1,
    law: Part<DirectionLaw> = gaussian(),
): Part<DirectionLaw> = Part("someTensors(share = $share, law = $law)") { SomeTensors(share, law.build()) }
