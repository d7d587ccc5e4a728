package org.zolab.dsl

import org.zolab.sampler.Energy
import org.zolab.sampler.ScaleSource
import java.nio.file.Path

/** The nets in a file of [trainScales]. */
public fun trainedScales(file: Path): Part<ScaleSource> = Part("trainedScales($file)") { ScaleSource.trained(file) }

/** The nets in a `.pth` file that the paper's authors published. Nothing in it is executed. */
public fun publishedScales(file: Path): Part<ScaleSource> =
    Part("publishedScales($file)") { ScaleSource.published(file) }

/** Nets that nobody trained, a control arm: scales at random, which move with the losses. */
public fun untrainedScales(seed: Long = 1): Part<ScaleSource> =
    Part("untrainedScales(seed = $seed)") { ScaleSource.random(seed) }

/** σ ≡ 1, a control arm: MeZO, bit for bit. */
public fun uniformScales(): Part<ScaleSource> = Part("uniformScales()") { ScaleSource.UNIFORM }

/** A tensor weighs as many elements as a batch's loss depends on. */
public fun touchedEnergy(): Part<Energy> = Part("touchedEnergy()") { Energy.TOUCHED }

/** A tensor weighs its size. */
public fun sizeEnergy(): Part<Energy> = Part("sizeEnergy()") { Energy.SIZE }

/** As the published code has it: an embedding weighs the rows of 15 tokens of each of [batch] examples, [hidden] wide. */
public fun publishedEnergy(
    batch: Int,
    hidden: Int,
): Part<Energy> = Part("publishedEnergy(batch = $batch, hidden = $hidden)") { Energy.Published(batch, hidden) }
