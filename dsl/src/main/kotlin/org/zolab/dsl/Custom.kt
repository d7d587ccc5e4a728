package org.zolab.dsl

import org.zolab.estimator.CentralDifference
import org.zolab.estimator.GradientEstimator
import org.zolab.estimator.LeaveOneOut
import org.zolab.sampler.DirectionLaw
import org.zolab.sampler.DirectionSampler
import org.zolab.sampler.Isotropic
import org.zolab.sampler.SamplerConfig
import org.zolab.space.ParameterVector
import org.zolab.train.Behaviour
import org.zolab.train.Method
import org.zolab.update.LearningRate
import org.zolab.update.RuleConfig
import org.zolab.update.Schedule
import org.zolab.update.Sgd
import org.zolab.update.UpdateRule
import java.util.function.DoubleFunction

/**
 * A sampler of your own, given the parameters it proposes directions for.
 *
 * ```
 * sampler = customSampler("signs") { theta -> DirectionSampler { count, _, key -> ... } }
 * ```
 *
 * It starts with MeZO's learning rate, ε and estimator; set others with `learningRate`, `epsilon` and `estimator`. Like the other parts that
 * are code of yours it is known by its name and by what it does in 8 steps on a net of 161 weights, for which it is run twice: a plan with other
 * code is another plan, and code that does not do the same twice is never resumed.
 *
 * @param name what tables and figures call it
 * @param comparesDraws whether it learns by comparing the losses of a step's draws; then the estimator must take at least two, as [bestOf] does
 * @param keeps how many vectors as large as θ it keeps: a plan counts their memory, and refuses [adaMezo], which evaluates directions that mention
 *     them after they have moved
 * @param create makes a fresh sampler for each run
 */
public fun customSampler(
    name: String,
    comparesDraws: Boolean = false,
    keeps: Int = 0,
    create: (theta: ParameterVector) -> DirectionSampler,
): Part<Method> =
    Part("customSampler(\"$name\")") {
        require(keeps >= 0) { "keeps is negative: $keeps" }
        val mezo = Method.mezo()
        Method(
            name,
            Sampler(name, comparesDraws, keeps, create),
            mezo.estimator(),
            mezo.rule(),
            mezo.learningRate(),
            mezo.epsilon(),
        )
    }

/**
 * A law of directions of your own, for any method that takes one: mean 0, and variance 1 a coordinate wherever it leads.
 *
 * ```
 * sampler = mezo(customLaw("two signs") { theta -> DirectionLaw.Draws { key -> Direction.noise(key, Law.RADEMACHER) } })
 * ```
 *
 * @param name what tables and figures call it
 * @param on what draws from it for given parameters, and may keep something of them; known as a [customSampler] is
 */
public fun customLaw(
    name: String,
    on: (theta: ParameterVector) -> DirectionLaw.Draws,
): Part<DirectionLaw> =
    Part("customLaw(\"$name\")") {
        val law = DirectionLaw { on(it) }
        object : Own(name, { behaviour(sampler = Isotropic.Config(law)) }), DirectionLaw by law {}
    }

/**
 * An update rule of your own: how an estimate moves θ.
 *
 * ```
 * rule = customRule("halved") { UpdateRule { theta, gradient, eta -> theta.move(gradient, -eta / 2) } }
 * ```
 *
 * @param name what tables and figures call it
 * @param create makes a fresh rule for each run; known as a [customSampler] is
 */
public fun customRule(
    name: String,
    create: (theta: ParameterVector) -> UpdateRule,
): Part<RuleConfig> =
    Part("customRule(\"$name\")") {
        val rule = RuleConfig { create(it) }
        object : Own(name, { behaviour(rule = rule) }), RuleConfig by rule {}
    }

/**
 * An estimator of your own, from ε: what makes a gradient of losses.
 *
 * ```
 * class Rise(val epsilon: Double) : GradientEstimator {
 *     override fun directions() = 1         // how many the sampler proposes for a step
 *     override fun forwards() = 2           // how many losses estimate(…) asks for: what budgets are paid by
 *     override fun epsilon() = epsilon      // how far from θ, for what a plan and instruments say
 *
 *     override fun estimate(f: LossOracle, theta: ParameterVector, zs: List<Direction>): Estimate {
 *         val z = zs.single()
 *         val (ahead, here) = f.at(listOf(theta.along(z, epsilon), theta.here()))     // losses, in the order of the points
 *         val slope = (ahead - here) / epsilon
 *         return Estimate(z.times(slope), listOf(Probe(z, epsilon, ahead)), listOf(slope))     // ĝ, what the sampler learns from, slopes
 *     }
 * }
 * estimator = customEstimator("rise") { epsilon -> Rise(epsilon) }     // the block's ε, or the sampler's own
 * ```
 *
 * A step that asks for other than [GradientEstimator.forwards] losses is refused, and so is an `epsilon` of the block that the estimator does not take.
 *
 * @param name what tables and figures call it
 * @param create makes it; known as a [customSampler] is, at ε = 0.001
 */
public fun customEstimator(
    name: String,
    create: (epsilon: Double) -> GradientEstimator,
): Part<DoubleFunction<GradientEstimator>> =
    Part("customEstimator(\"$name\")") { DoubleFunction { Estimator(name, create(it), create) } }

/**
 * A schedule of your own: what the learning rate is multiplied by in step `t`, counted from 0, of `steps`.
 *
 * ```
 * schedule = customSchedule("steps down") { t, steps -> if (2 * t < steps) 1.0 else 0.1 }
 * ```
 *
 * @param name what tables and figures call it
 * @param factor known by what it gives over runs of 10 and of 1000 steps
 */
public fun customSchedule(
    name: String,
    factor: (t: Int, steps: Int) -> Double,
): Part<Schedule> =
    Part("customSchedule(\"$name\")") {
        val schedule = Schedule { eta, steps -> LearningRate { eta * factor(it, steps) } }
        object : Own(name, { Behaviour.of { schedule.of(1.0, it) } }), Schedule by schedule {}
    }

/** Code of a cell: its words in a plan are equal where it has one name and does the same, in any process. */
private abstract class Own(
    private val name: String,
    behaviour: () -> String,
) {
    private val behaviour by lazy(behaviour)

    override fun toString(): String = "custom $name, behaves as $behaviour"
}

/** What one part does among plain others. */
private fun behaviour(
    sampler: SamplerConfig = Isotropic.Config(DirectionLaw.GAUSSIAN),
    estimator: GradientEstimator = CentralDifference(Behaviour.EPSILON),
    rule: RuleConfig = Sgd(),
): String = Behaviour.of(sampler, estimator, rule)

private class Sampler(
    name: String,
    private val comparesDraws: Boolean,
    private val keeps: Int,
    private val create: (ParameterVector) -> DirectionSampler,
) : Own(name, { behaviour(sampler = SamplerConfig(create), estimator = LeaveOneOut(PROBES, Behaviour.EPSILON)) }),
    SamplerConfig {
    override fun create(theta: ParameterVector): DirectionSampler = create.invoke(theta)

    override fun comparesDraws(): Boolean = comparesDraws

    override fun keptVectors(): Int = keeps
}

private class Estimator(
    name: String,
    private val made: GradientEstimator,
    create: (Double) -> GradientEstimator,
) : Own("$name, ε = ${made.epsilon()}", { behaviour(estimator = create(Behaviour.EPSILON)) }),
    GradientEstimator by made {
    // Kotlin passes on no default method of Java's
    override fun bothSides(): Boolean = made.bothSides()

    override fun curvatures(): Boolean = made.curvatures()

    override fun cancelsCommon(): Boolean = made.cancelsCommon()

    override fun differentiates(): Boolean = made.differentiates()
}

/** Draws that a sampler of one's own is tried with: so many that it can compare them. */
private const val PROBES = 3
