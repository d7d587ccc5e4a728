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

/** Independent standard normal coordinates. The default of most samplers. */
public fun gaussian(): Part<DirectionLaw> = Part("gaussian()") { DirectionLaw.GAUSSIAN }

/**
 * Independent coordinates of ±1 with equal probability, as in SPSA (1992). Drawn several times faster than Gaussian
 * numbers.
 */
public fun rademacher(): Part<DirectionLaw> = Part("rademacher()") { DirectionLaw.RADEMACHER }

/** Uniform on the sphere of radius √d. Cost: one more sweep of noise per direction. */
public fun sphere(): Part<DirectionLaw> = Part("sphere()") { Sphere() }

/**
 * Matrices of rank [rank], Z = UVᵀ/√r, with U drawn anew each time and V kept for [refresh] steps (LOZO, arXiv
 * 2410.07698). Memory: V.
 */
public fun lowRank(
    rank: Int = 2,
    refresh: Int = 50,
): Part<DirectionLaw> = Part("lowRank(rank = $rank, refresh = $refresh)") { LowRankProduct(rank, refresh) }

/**
 * Matrices from a subspace, Z = √(mn)/r·UCVᵀ, with U and V orthonormal and kept for [refresh] steps, and C, [rank] ×
 * [rank], drawn anew each time (SubZero, arXiv 2410.08989). Memory: U and V.
 */
public fun subspace(
    rank: Int = 32,
    refresh: Int = 500,
): Part<DirectionLaw> = Part("subspace(rank = $rank, refresh = $refresh)") { Subspace(rank, refresh) }

/**
 * Noise only in the weights of small magnitude, the smallest [share] of each tensor, chosen anew every [refresh] steps
 * (Sparse-MeZO, arXiv 2402.15751). Memory: one bit per weight.
 */
public fun smallWeights(
    share: Double = 0.25,
    refresh: Int = 100,
    law: Part<DirectionLaw> = gaussian(),
): Part<DirectionLaw> =
    Part("smallWeights(share = $share, refresh = $refresh, law = $law)") { SmallWeights(share, refresh, law.build()) }

/**
 * Matrices Z = U·diag(τ)·Vᵀ/√r, with τ, [rank] numbers, drawn anew each time, and U and V drawn once or every [refresh]
 * steps (TeZO, arXiv 2501.19057). Memory: U and V.
 */
public fun tezo(
    rank: Int = 64,
    refresh: Int = Int.MAX_VALUE,
): Part<DirectionLaw> = Part("tezo(rank = $rank, refresh = $refresh)") { FixedFactors(rank, refresh) }

/**
 * Noise in some layers only: each step leaves out a share [drop] of them, the same ones for all draws of the step;
 * parameters that belong to no layer always get noise (LeZO, arXiv 2410.09823). No noise is drawn for the layers left
 * out, and their weights are not read; the suitable learning rate is about 1/(1 − [drop]) times as large.
 */
public fun lezo(
    drop: Double = 0.75,
    law: Part<DirectionLaw> = gaussian(),
): Part<DirectionLaw> = Part("lezo(drop = $drop, law = $law)") { SomeLayers(drop, law.build()) }

/**
 * Noise in one of [blocks] blocks of coordinates per step, each block once per round (block coordinate descent,
 * MeZO-BCD, arXiv 2501.19099). Memory: one bit per weight. The suitable learning rate is about [blocks] times as large.
 */
public fun coordinateBlocks(
    blocks: Int = 10,
    law: Part<DirectionLaw> = gaussian(),
): Part<DirectionLaw> = Part("coordinateBlocks(blocks = $blocks, law = $law)") { CoordinateBlocks(blocks, law.build()) }

/**
 * Noise in a [share] of the tensors, chosen anew in each step, the same ones for all draws of the step. No noise is
 * drawn for the other tensors, and they are not read.
 */
public fun someTensors(
    share: Double = 0.1,
    law: Part<DirectionLaw> = gaussian(),
): Part<DirectionLaw> = Part("someTensors(share = $share, law = $law)") { SomeTensors(share, law.build()) }
