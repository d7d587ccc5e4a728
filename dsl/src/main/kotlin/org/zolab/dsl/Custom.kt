package org.zolab.dsl

import org.zolab.estimator.CentralDifference
import org.zolab.estimator.GradientEstimator
import org.zolab.estimator.LeaveOneOut
import org.zolab.sampler.DirectionLaw
import org.zolab.sampler.DirectionSampler
import org.zolab.sampler.Isotropic
import org.zolab.sampler.SamplerConfig
import org.zolab.space.ParameterVector
import org.zolab.space.Problems
import org.zolab.train.Behaviour
import org.zolab.train.Method
import org.zolab.update.LearningRate
import org.zolab.update.RuleConfig
import org.zolab.update.Schedule
import org.zolab.update.Sgd
import org.zolab.update.UpdateRule
import java.util.function.DoubleFunction

/**
 * Your own sampler, created for the parameters it proposes directions for.
 *
 * ```
 * sampler = customSampler("signs") { theta -> DirectionSampler { count, _, key -> ... } }
 * ```
 *
 * It has MeZO's learning rate, ε, estimator and rule by default; set others with `learningRate`, `epsilon`, `estimator`
 * and `rule`. Like all custom parts, it is identified by its name and by its behaviour, which is recorded by running it
 * twice for 8 steps on a net of 161 weights: changed code makes a different plan, and a run whose code behaves
 * differently each time is never resumed.
 *
 * @param name its name in tables and figures
 * @param comparesDraws whether it learns by comparing the losses of a step's draws; the estimator must then take at
 *     least two, as [bestOf] does
 * @param keeps the number of vectors as large as θ that it keeps: a plan counts their memory, and refuses [adaMezo],
 *     which would evaluate directions that refer to these vectors after they have changed
 * @param forwardsBefore the number of losses that its `prepare` asks for in the first step
 * @param create makes a new sampler for each run
 */
public fun customSampler(
    name: String,
    comparesDraws: Boolean = false,
    keeps: Int = 0,
    forwardsBefore: Int = 0,
    create: (theta: ParameterVector) -> DirectionSampler,
): Part<Method> =
    Part("customSampler(\"$name\")") {
        require(name.isNotBlank()) { "name of the sampler is blank, and its runs are called so; give it one" }
        require(keeps >= 0) { "keeps is negative: $keeps" }
        require(forwardsBefore >= 0) { "forwardsBefore is negative: $forwardsBefore" }
        val mezo = Method.mezo()
        Method(
            name,
            Sampler(name, comparesDraws, keeps, forwardsBefore, create),
            mezo.estimator(),
            mezo.rule(),
            mezo.learningRate(),
            mezo.epsilon(),
        )
    }

/**
 * Your own distribution of directions, for any method with a `law`. It must have mean 0, and variance 1 in each
 * coordinate that it moves.
 *
 * ```
 * sampler = mezo(customLaw("two signs") { theta -> DirectionLaw.Draws { key -> Direction.noise(key, Law.RADEMACHER) } })
 * ```
 *
 * @param name its name in tables and figures
 * @param on makes an object that draws from it, for given parameters, and may keep state; identified like a
 *     [customSampler]
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
 * Your own update rule: how an estimate moves θ.
 *
 * ```
 * rule = customRule("halved") { UpdateRule { theta, gradient, eta -> theta.move(gradient, -eta / 2) } }
 * ```
 *
 * @param name its name in tables and figures
 * @param forwards the number of losses that a step asks for, in addition to the estimator's
 * @param keeps the number of vectors of the size of θ that it stores, so that [plan] can count their memory
 * @param remembers whether it draws estimates of earlier steps again, which samplers that store a vector do not allow
 * @param create makes a new rule for each run; identified like a [customSampler]
 */
public fun customRule(
    name: String,
    forwards: Int = 0,
    keeps: Int = 0,
    remembers: Boolean = false,
    create: (theta: ParameterVector) -> UpdateRule,
): Part<RuleConfig> =
    Part("customRule(\"$name\")") {
        Problems()
            .require(forwards >= 0, "forwards is negative", forwards)
            .require(keeps >= 0, "keeps is negative", keeps)
            .orThrow()
        Rule(name, forwards, keeps, remembers, create)
    }

/**
 * Your own estimator, created for an ε: how losses are turned into a gradient estimate.
 *
 * ```
 * class Rise(val epsilon: Double) : GradientEstimator {
 *     override fun directions() = 1         // how many directions the sampler proposes per step
 *     override fun forwards() = 2           // how many losses estimate(…) asks for, which is what counts towards the budget
 *     override fun epsilon() = epsilon      // the distance of the probes from θ, for plans and instruments
 *
 *     override fun estimate(f: LossOracle, theta: ParameterVector, zs: List<Direction>): Estimate {
 *         val z = zs.single()
 *         val (ahead, here) = f.at(listOf(theta.along(z, epsilon), theta.here()))     // losses, in the order of the points
 *         val slope = (ahead - here) / epsilon
 *         return Estimate(z.times(slope), listOf(Probe(z, epsilon, ahead)), listOf(slope))     // ĝ, probes for the sampler, slopes
 *     }
 * }
 * estimator = customEstimator("rise") { epsilon -> Rise(epsilon) }     // the block's ε, or the sampler's default
 * ```
 *
 * A step that asks for a different number of losses than [GradientEstimator.forwards] is refused, and so is setting
 * `epsilon` in the block if the estimator ignores it.
 *
 * @param name its name in tables and figures
 * @param create makes the estimator; identified like a [customSampler], at ε = 0.001
 */
public fun customEstimator(
    name: String,
    create: (epsilon: Double) -> GradientEstimator,
): Part<DoubleFunction<GradientEstimator>> =
    Part("customEstimator(\"$name\")") { DoubleFunction { Estimator(name, created(name, create, it), create) } }

/** The estimator; if the code of a cell fails to create it, a problem of its block. */
private fun created(
    name: String,
    create: (Double) -> GradientEstimator,
    epsilon: Double,
): GradientEstimator =
    try {
        create(epsilon)
    } catch (e: IllegalArgumentException) {
        throw e
    } catch (e: Exception) {
        throw IllegalArgumentException("the estimator \"$name\" failed: $e", e)
    }

/**
 * Your own schedule: the factor on the learning rate in step `t`, counted from 0, of `steps`.
 *
 * ```
 * schedule = customSchedule("steps down") { t, steps -> if (2 * t < steps) 1.0 else 0.1 }
 * ```
 *
 * @param name its name in tables and figures
 * @param factor the factor, zero or positive; identified by its values in runs of 10 and of 1000 steps
 */
public fun customSchedule(
    name: String,
    factor: (t: Int, steps: Int) -> Double,
): Part<Schedule> =
    Part("customSchedule(\"$name\")") {
        val schedule = Schedule { eta, steps -> LearningRate { eta * checked(name, factor(it, steps), it, steps) } }
        object : Own(name, { Behaviour.of { schedule.of(1.0, it) } }), Schedule by schedule {}
    }

private fun checked(
    name: String,
    factor: Double,
    t: Int,
    steps: Int,
): Double {
    require(factor >= 0 && factor.isFinite()) {
        "factor of the schedule \"$name\" is not zero or positive and finite in step $t of $steps: $factor"
    }
    return factor
}

/** Code from a cell. Its text in a plan is the same, in any process, if its name and its behaviour are the same. */
private abstract class Own(
    private val name: String,
    behaviour: () -> String,
) {
    private val behaviour by lazy(behaviour)

    override fun toString(): String = "custom $name, behaves as $behaviour"
}

/** The behaviour of one part, combined with plain other parts. */
private fun behaviour(
    sampler: SamplerConfig = Isotropic.Config(DirectionLaw.GAUSSIAN),
    estimator: GradientEstimator = CentralDifference(Behaviour.EPSILON),
    rule: RuleConfig = Sgd(),
): String = Behaviour.of(sampler, estimator, rule)

private class Sampler(
    name: String,
    private val comparesDraws: Boolean,
    private val keeps: Int,
    private val forwardsBefore: Int,
    private val create: (ParameterVector) -> DirectionSampler,
) : Own(name, { behaviour(sampler = SamplerConfig(create), estimator = LeaveOneOut(PROBES, Behaviour.EPSILON)) }),
    SamplerConfig {
    override fun create(theta: ParameterVector): DirectionSampler = create.invoke(theta)

    override fun comparesDraws(): Boolean = comparesDraws

    override fun keptVectors(): Int = keeps

    override fun forwardsBefore(): Int = forwardsBefore
}

private class Rule(
    name: String,
    private val forwards: Int,
    private val keeps: Int,
    private val remembers: Boolean,
    private val create: (ParameterVector) -> UpdateRule,
) : Own(name, { behaviour(rule = RuleConfig(create)) }),
    RuleConfig {
    override fun create(theta: ParameterVector): UpdateRule = create.invoke(theta)

    override fun forwards(): Int = forwards

    override fun keptVectors(): Int = keeps

    override fun remembers(): Boolean = remembers
}

private class Estimator(
    name: String,
    private val made: GradientEstimator,
    create: (Double) -> GradientEstimator,
) : Own("$name, ε = ${made.epsilon()}", { behaviour(estimator = create(Behaviour.EPSILON)) }),
    GradientEstimator by made {
    // Kotlin does not delegate default methods of Java interfaces
    override fun bothSides(): Boolean = made.bothSides()

    override fun curvatures(): Boolean = made.curvatures()

    override fun cancelsCommon(): Boolean = made.cancelsCommon()

    override fun scaleFree(): Boolean = made.scaleFree()

    override fun stride(): Double = made.stride()

    override fun differentiates(): Boolean = made.differentiates()
}

/** The number of draws that a custom sampler is tried with, enough for it to compare them. */
private const val PROBES = 3
