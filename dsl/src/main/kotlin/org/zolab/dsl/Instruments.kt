package org.zolab.dsl

import org.zolab.train.Instrument
import org.zolab.train.Instruments
import java.util.concurrent.CancellationException

private fun instrument(
    name: String,
    every: Int,
    make: () -> Instrument,
): Part<List<Instrument.Now>> = Part("$name(every = $every)") { listOf(make().every(every)) }

/** The instruments of both. */
public operator fun Part<List<Instrument.Now>>.plus(other: Part<List<Instrument.Now>>): Part<List<Instrument.Now>> =
    Part("$this + $other") { build() + other.build() }

/**
 * Compares the estimate with the exact gradient of the same batch, every [every] steps: cos(ĝ, ∇f). For LDSD's mean
 * and the ZO Fine-tuner's scales also C·d, how many times as much of the gradient a draw captures as MeZO's does, and
 * for the mean cos(μ, −∇f) and ‖μ‖/(σ√d).
 *
 * Cost per reading: a gradient, about as long as 3.5 forward passes, and memory for it. Readings do not count towards
 * the run's forward passes.
 */
public fun alignment(every: Int = 20): Part<List<Instrument.Now>> =
    instrument("alignment", every) { Instruments.alignment() }

/** The share of each layer in ‖∇f‖² and in ‖ĝ‖². Cost per reading: a gradient. */
public fun energy(every: Int = 20): Part<List<Instrument.Now>> = instrument("energy", every) { Instruments.energy() }

/**
 * The two-sided slope along a step's first direction, and the exact one. Cost per reading: a gradient and two forward
 * passes.
 */
public fun slopes(every: Int = 20): Part<List<Instrument.Now>> = instrument("slopes", every) { Instruments.slopes() }

/**
 * How far loss evaluations move θ, relative to ‖θ‖ (it should be 0, and this measures it), and the share of an update
 * that survives the rounding of θ, along the update: ⟨Δθ, −ηĝ⟩/‖ηĝ‖². Cost per reading: a forward pass for each
 * direction of a step. Memory: two copies of θ.
 */
public fun drift(every: Int = 20): Part<List<Instrument.Now>> = instrument("drift", every) { Instruments.drift() }

/**
 * The difference of the two losses of a slope, divided by its rounding noise. Cost per reading: eleven forward passes.
 */
public fun signalToNoise(every: Int = 20): Part<List<Instrument.Now>> =
    instrument("signalToNoise", every) { Instruments.signalToNoise() }

/**
 * Your own instrument: named numbers, read in a step between its estimate and its update. Names like "a: b" and "a: c"
 * share a panel.
 *
 * An exception in it ends the run.
 *
 * ```
 * measure = reading("steepness", every = 10) { mapOf("|slope|" to Math.abs(it.estimate.slopes[0])) }
 * ```
 *
 * @param name its name in error messages
 * @param every the number of steps between two readings
 * @param read the numbers, from the state of the step; use the same names every time
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
