package org.zolab.dsl

import org.zolab.estimator.GradientEstimator
import org.zolab.model.ModelSource
import org.zolab.model.Scope
import org.zolab.space.Precision
import org.zolab.space.Problems
import org.zolab.task.Task
import org.zolab.tensor.Device
import org.zolab.train.Behaviour
import org.zolab.train.Instrument
import org.zolab.train.Method
import org.zolab.train.Outcome
import org.zolab.train.Plan
import org.zolab.train.Run
import org.zolab.update.RuleConfig
import org.zolab.update.Schedule
import java.nio.file.Path
import java.util.function.DoubleFunction

/** Marks what is written inside a block, so that blocks do not nest by mistake. */
@DslMarker
public annotation class ZoDsl

/**
 * What a block says about a run. [model] and [sampler] must be chosen; whatever else stays null is the engine's default,
 * which the plan shows: `plan { ... }`.
 */
@ZoDsl
public class Zo internal constructor() {
    /** The language model to tune: [opt], [llama], [qwen], [mistral], [gpt2], [roberta], [bert], or any [model] by name or folder. */
    public var model: Part<ModelSource>? = null

    /** Which of the model's parameters are trained: [full] unless said, [lora], [prefix], [promptTuning], [bitFit], [head], [layers], [tensors]. */
    public var tune: Part<Scope>? = null

    /**
     * Where the directions come from, and with them the method: [mezo], [ldsd], [ldsdJaguar],
     * [zoFinetuner], [mezoGv], [mezoGreedy], [fzoo], [spsa15], [conMezo], [hizoo],
     * [customSampler].
     */
    public var sampler: Part<Method>? = null

    /**
     * What the model is tuned for: [apidocs] unless said, rows of your own by [classify], plain [text], a [task] of examples, MeZO's [sst2], [rte], [cb], [boolq],
     * [wsc], [wic], [multirc], [copa], [record], [squad] and [drop], or [fewShot].
     */
    public var task: Part<Task>? = null

    /** What is minimised: [options], [answers], [negatedAccuracy], or a [function] in place of model and task; the task's own if it is null. */
    public var objective: Part<Objective>? = null

    /**
     * What makes a gradient of losses, in place of the sampler's own, to which nothing can be given then: [centralDifference], [oneSided],
     * [leaveOneOut], [bestOf], [guided], [standardised], [threePoint], [antithetic] pairs, [forwardGradient], [customEstimator].
     */
    public var estimator: Part<DoubleFunction<GradientEstimator>>? = null

    /** How an estimate moves θ: [sgd], [momentum], [adam], [adamm], [adaMezo], [meazo], [sign], [conservative], [muon], [customRule]; the sampler's own if it is null. */
    public var rule: Part<RuleConfig>? = null

    /** How `learningRate` goes on: [linear] to 0 unless said, [constant], [cosine], [plateau], [customSchedule]. */
    public var schedule: Part<Schedule>? = null

    /**
     * What θ loses of itself in a step, except in biases and norms: θ ← θ − η·weightDecay·θ, beside what the rule does; of [momentum] it is added
     * to the estimate. 0 unless said.
     */
    public var weightDecay: Double? = null

    /** The most that a measured slope counts; an estimate with a steeper one is made shorter; no limit unless said. */
    public var clip: Double? = null

    /** How many batches a step's loss is the mean of: a larger batch in the memory of one; 1 unless said. */
    public var batches: Int? = null

    /**
     * What is measured on the way and drawn below the run's figure: [alignment], [energy], [slopes], [drift], [signalToNoise], a
     * [reading] of your own, and sums of them.
     */
    public var measure: Part<List<Instrument.Now>>? = null

    /** How many steps to take; 1,000 unless said, or what the [budget] pays for. */
    public var steps: Int? = null

    /** What the steps may spend, such as `forwards(2000)`, in place of [steps]: a step of MeZO's takes 2, others more. */
    public var budget: Forwards? = null

    /** How many examples a step's losses are measured on, 16 unless said: all that there are to learn from, if it is more than these. */
    public var batch: Int? = null

    /**
     * How many tokens of a text are kept: of a longer one its first and its last ones, and in front of a head of classes its first ones. If it is null, a text
     * longer than the model takes is told before anything runs.
     */
    public var maxLength: Int? = null

    /** η, how far a step moves θ: θ ← θ − ηĝ; if it is null the sampler's own, which suits `opt("nano")` with all its parameters: [findLearningRate]. */
    public var learningRate: Double? = null

    /** ε, how far along a direction the losses are measured; the sampler's own if it is null. */
    public var epsilon: Double? = null

    /**
     * What linear layers multiply in: [fp32], or [bf16], faster where the processor has such products and less exact: [plan] says when [epsilon]
     * is too small for it. Everything else is computed in single precision.
     */
    public var precision: Precision? = null

    /** What θ is kept in: [fp32], or [bf16] in half the memory, moved without bias by an addressed dither. Vectors, such as biases, stay in [fp32]. */
    public var theta: Precision? = null

    /**
     * Where the model is and its forwards run: the processor, or a GPU of NVIDIA's, [gpu]. The noise has the same bits on both, and so has what a ledger
     * gives again; losses differ in their last bits.
     */
    public var device: Part<Device>? = null

    /** The seed of all noise and of the data's order; 42 unless said. Runs of one plan are equal, bit for bit. */
    public var seed: Long? = null

    /** How many steps lie between two evaluations on the dev split; a tenth of the steps, and 1 at least, unless said. */
    public var evaluateEvery: Int? = null

    /** What tables and figures call this run; if it is null the method's name, and the [estimator] where that is not the method's own. */
    public var name: String? = null

    /** How many examples of the dev split an evaluation scores, at most; 500 unless said. */
    public var devExamples: Int? = null

    /** How many examples of the test split are scored before the first step, and by the best checkpoint at the end, at most; 1,000 unless said, 0 for none. */
    public var testExamples: Int? = null

    /** Where the run keeps its ledger and its best checkpoint; a new folder if it is null. A finished run that is there already is read and not run. */
    public var folder: String? = null

    /** The plan, or one [ZoException] with everything that is wrong. */
    internal fun plan(): Plan = told("this block cannot run") { plan(Problems()) }

    /** The plan, or one [IllegalArgumentException] with [problems] and everything else that is wrong, a line each. */
    internal fun plan(problems: Problems): Plan {
        val plan = Plan.builder()
        val method = built(problems, sampler, "sampler is not set; try sampler = ldsd() or sampler = mezo()")
        val other = estimator?.let { problems.get(it.build) }
        method?.let { plan.method(if (other == null) it else it.with(other)) }
        val unused = sampler?.estimating.orEmpty()
        if (estimator != null && unused.isNotEmpty()) {
            problems.add(
                "the sampler has ${unused.joinToString()} for an estimator of its own, and estimator = $estimator " +
                    "takes its place: leave out the one or the other",
            )
        }
        // where no method takes ε, an estimator is tried with it all the same
        if (method == null) problems.get { (other ?: centralDifference().build()).apply(epsilon ?: Behaviour.EPSILON) }
        val goal = objective?.let { problems.get(it.build) }
        goal?.choose?.invoke(plan)
        val unknown = objective != null && goal == null // and so is what it needs
        if (goal?.function == null && !unknown) {
            built(problems, model, "model is not set; try model = opt(\"nano\")")?.let(plan::model)
            tune?.let { problems.get(it.build) }?.let(plan::tune)
            task?.let { chosen -> problems.get(chosen.build)?.let(plan::task) ?: plan.withoutTask() }
        } else if (goal != null) {
            mapOf(
                "model" to model,
                "tune" to tune,
                "task" to task,
                "batch" to batch,
                "maxLength" to maxLength,
                "devExamples" to devExamples,
                "testExamples" to testExamples,
            ).filterValues { it != null }.keys.forEach {
                problems.add("$it is set, and the objective $objective needs none: leave it out")
            }
        }
        rule?.let { problems.get(it.build) }?.let(plan::rule)
        schedule?.let { problems.get(it.build) }?.let(plan::schedule)
        weightDecay?.let(plan::weightDecay)
        clip?.let(plan::clip)
        batches?.let(plan::batches)
        measure?.let { problems.get(it.build) }?.let(plan::measure)
        (name ?: named(method, other))?.let(plan::name)
        steps?.let(plan::steps)
        budget?.let { plan.budget(it.number) }
        batch?.let(plan::batch)
        maxLength?.let(plan::maxLength)
        learningRate?.let(plan::learningRate)
        epsilon?.let(plan::epsilon)
        precision?.let(plan::precision)
        theta?.let(plan::theta)
        device?.let { problems.get(it.build) }?.let(plan::device)
        seed?.let(plan::seed)
        evaluateEvery?.let(plan::evaluateEvery)
        devExamples?.let(plan::devExamples)
        testExamples?.let(plan::testExamples)
        folder?.let { plan.folder(Path.of(it)) }
        return plan.build(problems)
    }

    /** The name of a method that has another estimator than its own; null if it has its own. */
    private fun named(
        method: Method?,
        other: DoubleFunction<GradientEstimator>?,
    ): String? {
        if (method == null || other == null) return null
        val own = Problems().get { other.apply(method.epsilon()) == method.estimator().apply(method.epsilon()) }
        return if (own == true) null else "${method.name()}, $estimator"
    }

    private fun <T : Any> built(
        problems: Problems,
        part: Part<T>?,
        missing: String,
    ): T? {
        if (part == null) problems.add(missing)
        return part?.let { problems.get(it.build) }
    }
}

/**
 * Fine-tunes a language model with forward passes only, shows how it goes, and gives the run.
 *
 * ```
 * zo { sampler = ldsd(lr = 1e-3); model = opt("nano") }
 * ```
 *
 * In a notebook `zo < sampler = ldsd(lr = 1e-3); model = opt("nano") >` is the same.
 * Interrupting the cell ends the run within one forward pass and keeps what there is of it.
 * One run goes at a time, since two would share the cores and neither would tell its speed.
 *
 * @throws ZoException if anything is wrong with the block (all of it at once, before anything starts), if another run is
 *     going on, or if the engine fails
 */
public fun zo(block: Zo.() -> Unit): Run = zo(plan(block))

/** Runs a plan: see [zo]. */
public fun zo(plan: Plan): Run = Running.start(plan, background = false).await()

/**
 * Runs plans one after the other, in one display, and gives their runs: for grids of settings and for seeds.
 *
 * ```
 * sweep(listOf(1e-5, 3e-5, 1e-4).map { rate -> plan { sampler = mezo(); model = opt("nano"); learningRate = rate } })
 * ```
 *
 * Interrupting the cell ends it with the run that is going on; the runs so far are returned, which a notebook shows as [compare] does.
 */
public fun sweep(plans: List<Plan>): List<Run> {
    val runs = ArrayList<Run>()
    var going: Running? = null
    val screen = Screen.opener?.let { OneScreen(it(), plans.size) { going?.stopped == true } }
    for (plan in plans) {
        going = Running.start(plan, background = false, screen = screen)
        runs +=
            try {
                going.await()
            } catch (e: ZoException) {
                if (going.stopped && runs.isNotEmpty()) break else throw e
            }
        if (runs.last().outcome() is Outcome.Stopped) break
    }
    return Listed(runs)
}

/** Starts a run as [zo] does and returns at once, so that the next cells can run beside it. */
public fun zoAsync(block: Zo.() -> Unit): Running = zoAsync(plan(block))

/** Starts a plan as [zo] does and returns at once. */
public fun zoAsync(plan: Plan): Running = Running.start(plan, background = true)

/** What [zo] would run, and what it would cost, without running it. In a notebook it shows as a table. */
public fun plan(block: Zo.() -> Unit): Plan = Zo().apply(block).plan()
