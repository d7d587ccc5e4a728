package org.zolab.dsl

import org.zolab.objective.Function
import org.zolab.objective.Toys
import org.zolab.space.ParameterSpace
import org.zolab.train.FunctionSubject
import org.zolab.train.LanguageSubject.Loss
import org.zolab.train.Plan
import java.util.concurrent.locks.ReentrantLock
import java.util.function.UnaryOperator
import kotlin.concurrent.withLock

/** What a run minimises: a loss of the model on the task, or a function of its own. */
public class Objective internal constructor(
    internal val function: Function?,
    internal val choose: (Plan.Builder) -> Unit,
)

private fun loss(
    name: String,
    loss: Loss,
): Part<Objective> = Part(name) { Objective(null) { it.objective(loss) } }

internal fun function(
    name: String,
    make: () -> Function,
): Part<Objective> = Part(name) { make().let { made -> Objective(made) { it.subject(FunctionSubject(made)) } } }

/** −log softmax of the options' mean log-likelihoods: classification as MeZO does it. What classification tasks minimise. */
public fun options(): Part<Objective> = loss("options()", Loss.OPTIONS)

/** The mean −log p of the right answers' tokens: teacher forcing. What other tasks minimise. */
public fun answers(): Part<Objective> = loss("answers()", Loss.ANSWERS)

/** The negative share of right answers. It has no gradient and needs none; take a larger `epsilon` and `batch` than for [options]. */
public fun negatedAccuracy(): Part<Objective> = loss("negatedAccuracy()", Loss.ACCURACY)

/**
 * The negative F1 of the answers, averaged over the options: like [negatedAccuracy], without rewarding the frequent answer. On tasks that are answered
 * in words, such as [squad] and [drop], that of what the model generates at each point, at most 50 tokens for each prompt, as in MeZO's experiment.
 */
public fun negatedF1(): Part<Objective> = loss("negatedF1()", Loss.F1)

/**
 * A function of your own in place of a model and a task.
 *
 * ```
 * zo { objective = function("bowl", start = floatArrayOf(3f, 4f)) { x -> (x[0] * x[0] + 10 * x[1] * x[1]).toDouble() }; … }
 * ```
 *
 * A plan knows it by its name, its start and what it gives at five places, so results of other code are never taken for its own; one that
 * does not give the same twice is never resumed.
 *
 * @param name what tables and figures call it
 * @param start where the run begins
 * @param gradient ∇f, which only instruments and [forwardGradient] ask for; null if it is not known
 * @param value f; it and [gradient] are asked from one thread at a time, also where [ablate] has several runs at once
 */
public fun function(
    name: String,
    start: FloatArray,
    gradient: ((FloatArray) -> FloatArray)? = null,
    value: (FloatArray) -> Double,
): Part<Objective> =
    function("function(\"$name\")") {
        require(start.isNotEmpty()) { "start of the function $name is empty; give it a number for each coordinate" }
        Function(
            name,
            ParameterSpace.flat(start.size),
            start,
            { x -> turn.withLock { value(x) } },
            gradient?.let { known -> UnaryOperator { x -> turn.withLock { known(x) } } },
        )
    }

/**
 * A loss of your own of what the options of a task score under the model, averaged over examples.
 *
 * ```
 * objective = customObjective("margin") { scores, right -> scores.indices.filter { it != right }.maxOf { scores[it] } - scores[right] }
 * ```
 *
 * A score is the mean of log p over the tokens of an option, as in [options]. It has no gradient and needs none. Like the other parts that are code of
 * yours it is known by its name and by what it does, here with made-up scores of two to five options: see [customSampler].
 *
 * @param name what tables and figures call it
 * @param loss of an example, from the scores of its options and the index of the right one; it is asked from one thread at a time
 */
public fun customObjective(
    name: String,
    loss: (scores: DoubleArray, right: Int) -> Double,
): Part<Objective> =
    loss("customObjective(\"$name\")", Loss.own(name) { scores, right -> turn.withLock { loss(scores, right) } })

/** Whose turn it is to ask code of a cell: an ablation makes its arms' functions anew, and what they capture is the same. */
private val turn = ReentrantLock(true)

/** ½Σaᵢxᵢ² in [d] dimensions, aᵢ from 1 to [condition]; a run begins at (1, …, 1). */
public fun quadratic(
    d: Int,
    condition: Double = 1.0,
): Part<Objective> = function("quadratic($d, condition = $condition)") { Toys.quadratic(d, condition) }

/** Rosenbrock's valley in [d] dimensions; its minimum is 0 at (1, …, 1). */
public fun rosenbrock(d: Int = 2): Part<Objective> = function("rosenbrock($d)") { Toys.rosenbrock(d) }

/** Logistic regression on 123 sparse binary features in 8 tensors; a run begins at ln 2. */
public fun logistic(seed: Long = 1): Part<Objective> = function("logistic(seed = $seed)") { Toys.logistic(seed) }

/** A net of two layers with 161 weights that learns another one. */
public fun twoLayers(seed: Long = 1): Part<Objective> = function("twoLayers(seed = $seed)") { Toys.twoLayers(seed) }
