package org.zolab.dsl

import org.zolab.objective.Function
import org.zolab.objective.Toys
import org.zolab.space.ParameterSpace
import org.zolab.train.FunctionSubject
import org.zolab.train.Loss
import org.zolab.train.Plan
import java.util.concurrent.locks.ReentrantLock
import java.util.function.UnaryOperator
import kotlin.concurrent.withLock

/** What a run minimises: a loss of the model on the task, or a function that needs neither. */
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

/**
 * −log softmax of the options' mean log-likelihoods: classification as in MeZO. The default for classification tasks.
 */
public fun options(): Part<Objective> = loss("options()", Loss.OPTIONS)

/** The mean −log p of the right answers' tokens, with teacher forcing. The default for other tasks. */
public fun answers(): Part<Objective> = loss("answers()", Loss.ANSWERS)

/** The negative accuracy. It has no gradient and needs none; use a larger `epsilon` and `batch` than for [options]. */
public fun negatedAccuracy(): Part<Objective> = loss("negatedAccuracy()", Loss.ACCURACY)

/**
 * The negative F1 of the answers, averaged over the options: like [negatedAccuracy], but it does not reward always
 * giving the frequent answer. On tasks with free-text answers, such as [squad] and [drop], it is the F1 of text that
 * the model generates at each point, at most 50 tokens per prompt, as in MeZO's experiments.
 */
public fun negatedF1(): Part<Objective> = loss("negatedF1()", Loss.F1)

/**
 * Your own function, in place of a model and a task.
 *
 * ```
 * zo { objective = function("bowl", start = floatArrayOf(3f, 4f)) { x -> (x[0] * x[0] + 10 * x[1] * x[1]).toDouble() }; … }
 * ```
 *
 * A plan identifies it by its name, its start and its values at five points, so that results of changed code are never
 * mistaken for its own. A function whose values are not reproducible is never resumed.
 *
 * @param name its name in tables and figures
 * @param start the initial x
 * @param gradient ∇f, used only where an exact gradient is needed, as by instruments, [study] and [forwardGradient];
 *     null if it is not known
 * @param value f; it and [gradient] are called from one thread at a time, even if [ablate] has several runs at once
 */
public fun function(
    name: String,
    start: FloatArray,
    gradient: ((FloatArray) -> FloatArray)? = null,
    value: (FloatArray) -> Double,
): Part<Objective> =
    function("function(\"$name\")") {
        require(start.isNotEmpty()) { "start of the function $name is empty; give it a number for each coordinate" }
        val bad = start.indexOfFirst { !it.isFinite() }
        require(bad < 0) { "start of the function $name is not finite in coordinate $bad: ${start[bad]}" }
        Function(
            name,
            ParameterSpace.flat(start.size),
            start,
            { x -> turn.withLock { value(x) } },
            gradient?.let { known -> UnaryOperator { x -> turn.withLock { known(x) } } },
        )
    }

/**
 * Your own loss, computed from the scores of a task's options under the model and averaged over examples.
 *
 * ```
 * objective = customObjective("margin") { scores, right -> scores.indices.filter { it != right }.maxOf { scores[it] } - scores[right] }
 * ```
 *
 * A score is the mean of log p over the tokens of an option, as in [options]. The loss has no gradient and needs none.
 * Like all custom parts, it is identified by its name and by its behaviour, here on made-up scores of two to five
 * options: see [customSampler].
 *
 * @param name its name in tables and figures
 * @param loss the loss of an example, from the scores of its options and the index of the right one; called from one
 *     thread at a time
 */
public fun customObjective(
    name: String,
    loss: (scores: DoubleArray, right: Int) -> Double,
): Part<Objective> =
    loss("customObjective(\"$name\")", Loss.own(name) { scores, right -> turn.withLock { loss(scores, right) } })

/**
 * Lets only one thread at a time call code from a cell: an ablation creates each arm's function anew, but they capture
 * the same objects.
 */
private val turn = ReentrantLock(true)

/** ½Σaᵢxᵢ² in [d] dimensions, with aᵢ from 1 to [condition]; a run starts at (1, …, 1). */
public fun quadratic(
    d: Int,
    condition: Double = 1.0,
): Part<Objective> = function("quadratic($d, condition = $condition)") { Toys.quadratic(d, condition) }

/** Rosenbrock's function in [d] dimensions; its minimum is 0 at (1, …, 1). */
public fun rosenbrock(d: Int = 2): Part<Objective> = function("rosenbrock($d)") { Toys.rosenbrock(d) }

/** Logistic regression on 123 sparse binary features in 8 tensors; the loss at the start of a run is ln 2. */
public fun logistic(seed: Long = 1): Part<Objective> = function("logistic(seed = $seed)") { Toys.logistic(seed) }

/** A two-layer network with 161 weights that learns the outputs of another one. */
public fun twoLayers(seed: Long = 1): Part<Objective> = function("twoLayers(seed = $seed)") { Toys.twoLayers(seed) }
