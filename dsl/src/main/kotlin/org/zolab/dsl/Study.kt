package org.zolab.dsl

import org.zolab.diagnose.EstimatorStudy
import org.zolab.estimator.GradientEstimator
import org.zolab.probe.DifferentiableOracle
import org.zolab.sampler.DirectionLaw
import org.zolab.sampler.Isotropic
import org.zolab.space.NoiseKey
import org.zolab.space.Numbers
import org.zolab.space.Problems
import org.zolab.train.Behaviour
import org.zolab.train.FunctionSubject
import java.util.function.DoubleFunction

/**
 * Compares an estimator, on average over many draws, with the exact gradient g of a function at its starting point.
 *
 * ```
 * study(leaveOneOut(5), logistic()).variance     // E‖ĝ − ḡ‖² / ‖g‖²
 * ```
 *
 * Cost: one exact gradient and at most [forwards] forward passes. Interrupting the cell ends it without a result.
 *
 * @param estimator such as [centralDifference], [leaveOneOut], [bestOf], [guided]
 * @param objective a function with a known gradient: [quadratic], [rosenbrock], [logistic], [twoLayers], or a
 *     [function] with `gradient`
 * @param forwards the budget of forward passes. It allows n estimates: [forwards] divided by the cost of one, rounded
 *     down. By chance alone, the measured bias of an unbiased estimator is about √(variance / n)
 * @param epsilon ε
 * @param law distribution of the directions
 * @param seed of the directions
 * @throws ZoException if the arguments have problems, if the study is interrupted, or if other work is active
 */
public fun study(
    estimator: Part<DoubleFunction<GradientEstimator>>,
    objective: Part<Objective>,
    forwards: Int = 20_000,
    epsilon: Double = 1e-3,
    law: Part<DirectionLaw> = gaussian(),
    seed: Long = 1,
): Study {
    val problems = Problems()
    val made = problems.get { estimator.build().apply(epsilon) }
    val drawn = problems.get { law.build() }
    val function = problems.get(objective.build)?.function
    problems.require(function?.gradient() != null, "objective is not a function that knows its gradient", objective)
    if (function != null) drawn?.check(function.space(), problems)
    // the number of forward passes does not depend on ε
    (made ?: Problems().get { estimator.build().apply(Behaviour.EPSILON) })?.let {
        problems.require(
            forwards >= it.forwards(),
            "forwards is less than the ${it.forwards()} of one estimate",
            forwards,
        )
    }
    if (problems.list().isNotEmpty()) {
        throw ZoException("this cannot be studied:\n" + problems.list().joinToString("\n").prependIndent("  "))
    }
    val draws = forwards / made!!.forwards()
    return counted(Count("a study of $estimator", "estimates", draws.toLong())) { count ->
        FunctionSubject(function!!).open(seed).use { opened ->
            val theta = opened.theta()
            val sampler = Isotropic.Config(drawn!!).create(theta)
            opened.cancelWhen(count.stop::asked)
            val found =
                EstimatorStudy.of(made, DifferentiableOracle.of(opened.batch(0)), theta, draws) { draw ->
                    opened.batch(draw.toLong()) // the point at which a function notices that it was stopped
                    count.done(draw.toLong())
                    sampler.propose(made.directions(), theta, NoiseKey(seed, draw, 0))
                }
            Study("$estimator", made.forwards(), theta.space().dimension(), found)
        }
    }
}

/** The result of [study]. */
public class Study internal constructor(
    /** The estimator, as written in a cell. */
    public val name: String,
    /** Forward passes per estimate. */
    public val forwards: Int,
    /** d, the number of dimensions. */
    public val dimension: Long,
    /** All results, relative to g. */
    public val numbers: EstimatorStudy,
) {
    /** n, the number of estimates. */
    public val draws: Int get() = numbers.draws()

    /** ⟨ḡ, g⟩ / ‖g‖², ḡ the mean estimate: 1 if unbiased, otherwise the factor by which it scales the learning rate. */
    public val gain: Double get() = numbers.gain()

    /** ‖ḡ − g‖ / ‖g‖. */
    public val bias: Double get() = numbers.bias()

    /** E‖ĝ − ḡ‖² / ‖g‖². */
    public val variance: Double get() = numbers.variance()

    /** The mean of cos(ĝ, g). */
    public val cosine: Double get() = numbers.cosine()

    /** How much one estimate lowers f at its best learning rate, relative to MeZO. */
    public val progress: Double get() = numbers.progress(dimension)

    override fun toString(): String =
        Numbers.plain(
            "%s: %d forwards each, gain %.3g, bias %.3g, variance %.3g, cosine %.3g, progress %.3g"
                .format(java.util.Locale.ROOT, name, forwards, gain, bias, variance, cosine, progress),
        )
}
