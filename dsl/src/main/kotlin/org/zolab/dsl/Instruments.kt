package org.zolab.dsl

import org.zolab.train.Instrument
import org.zolab.train.Instruments
import java.util.concurrent.CancellationException

private fun instrument(
    name: String,
    every: Int,
    make: () -> Instrument,
): Part<List<Instrument.Now>> = Part("$name(every = $every)") { listOf(make().every(every)) }

/** Both. */
public operator fun Part<List<Instrument.Now>>.plus(other: Part<List<Instrument.Now>>): Part<List<Instrument.Now>> =
    Part("$this + $other") { build() + other.build() }

/**
 * How the estimate and a learned policy stand to the exact gradient of the same batch, every [every] steps: cos(ĝ, ∇f), C·d (how many
 * times as much of the gradient a draw sees as MeZO's does), cos(μ, −∇f) and ‖μ‖/(σ√d).
 *
 * Cost of a reading: a gradient, about three forward passes, and memory for it. No forward pass of it counts as training.
 */
public fun alignment(every: Int = 20): Part<List<Instrument.Now>> =
    instrument("alignment", every) { Instruments.alignment() }

/** The share of each layer in the squared length of the exact gradient. Cost of a reading: a gradient. */
public fun energy(every: Int = 20): Part<List<Instrument.Now>> = instrument("energy", every) { Instruments.energy() }

/** The slope along a step's first direction from its two sides, beside the exact one. Cost of a reading: a gradient and two forward passes. */
public fun slopes(every: Int = 20): Part<List<Instrument.Now>> = instrument("slopes", every) { Instruments.slopes() }

/**
 * How far evaluations move θ (0, and measured), and the share of θ's elements that an update changes.
 * Cost of a reading: a forward pass for each direction of a step, and two copies of θ.
 */
public fun drift(every: Int = 20): Part<List<Instrument.Now>> = instrument("drift", every) { Instruments.drift() }

/** The difference of losses that a slope is made of, over the noise of their rounding. Cost of a reading: eleven forward passes. */
public fun signalToNoise(every: Int = 20): Part<List<Instrument.Now>> =
    instrument("signalToNoise", every) { Instruments.signalToNoise() }

/**
 * An instrument of your own: numbers by name, from a step between its estimate and its update. Names like "a: b" and "a: c" share a panel.
 *
 * What it throws ends the run.
 *
 * ```
 * measure = reading("steepness", every = 10) { mapOf("|slope|" to Math.abs(it.estimate.slopes[0])) }
 * ```
 */
public fun reading(
    name: String,
    every: Int = 20,
    read: (Instrument.Moment) -> Map<String, Double>,
): Part<List<Instrument.Now>> =
    instrument(name, every) {
        Instrument { moment ->
            try {
                read(moment)
            } catch (e: Exception) {
                if (e is CancellationException) throw e
                throw ZoException("the reading \"$name\" failed: $e", Work.brief(e))
            }
        }
    }
