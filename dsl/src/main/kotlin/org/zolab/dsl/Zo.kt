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

/** Marks the receivers of blocks, so that one block cannot be nested in another by mistake. */
@DslMarker
public annotation class ZoDsl

/**
 * The settings of a run. [model] and [sampler] are required. A setting left null takes its default, which
 * `plan { ... }` shows.
 */
@ZoDsl
public class Zo internal constructor() {
    /**
     * The language model to tune: [opt], [llama], [qwen], [mistral], [gpt2], [roberta], [bert], or any [model] by name
     * or folder. Required unless the [objective] is a function.
     */
    public var model: Part<ModelSource>? = null

    /**
     * Which parameters are trained: [full], [lora], [prefix], [promptTuning], [bitFit], [head], [layers], [tensors].
     * Default: [full].
     */
    public var tune: Part<Scope>? = null

    /**
     * Where the directions come from. It also sets the method, that is, the default estimator, rule, learning rate and
     * ε: [mezo], [ldsd], [ldsdJaguar], [zoFinetuner], [mezoGv], [mezoGreedy], [fzoo], [spsa15], [conMezo], [hizoo],
     * [customSampler]. Required.
     */
    public var sampler: Part<Method>? = null

    /**
     * What the model is tuned for: [apidocs], your own rows ([classify]), plain [text], a [task] made of examples,
     * MeZO's [sst2], [rte], [cb], [boolq], [wsc], [wic], [multirc], [copa], [record], [squad] and [drop], [fewShot], or any
     * of these after [demonstrations].
     * Default: [apidocs].
     */
    public var task: Part<Task>? = null

    /**
     * What is minimised: [options], [answers], [negatedAccuracy], [negatedF1], a [customObjective], or a [function] in
     * place of model and task. Default: the task's own objective.
     */
    public var objective: Part<Objective>? = null

    /**
     * How losses are turned into a gradient estimate: [centralDifference], [oneSided], [leaveOneOut], [bestOf],
     * [guided], [standardised], [threePoint], [antithetic] pairs, [forwardGradient], [customEstimator]. Default: the
     * sampler's own estimator. If it is set, arguments of the sampler that configure its own estimator, such as
     * `candidates`, are refused.
     */
    public var estimator: Part<DoubleFunction<GradientEstimator>>? = null

    /**
     * How an estimate moves θ: [sgd], [momentum], [adam], [adamm], [adaMezo], [meazo], [sign], [conservative], [muon],
     * [customRule]. Default: the sampler's own rule.
     */
    public var rule: Part<RuleConfig>? = null

    /**
     * How the learning rate changes during the run: [linear], [constant], [cosine], [plateau], [customSchedule].
     * Default: [linear] to 0.
     */
    public var schedule: Part<Schedule>? = null

    /**
     * Weight decay, applied in each step to all of θ except biases and norms: θ ← θ − η·weightDecay·θ, separately from
     * the rule; with [momentum] and [conservative] it is added to the estimate instead. Default: 0.
     */
    public var weightDecay: Double? = null

    /**
     * A limit on measured slopes: an estimate whose steepest slope p exceeds it is scaled by clip/|p|. Default: no
     * limit.
     */
    public var clip: Double? = null

    /** How many batches a step's loss is averaged over: a larger effective batch in the memory of one. Default: 1. */
    public var batches: Int? = null

    /**
     * What is measured during the run and drawn below its figure: [alignment], [energy], [slopes], [drift],
     * [signalToNoise], your own [reading], or several of them joined by `+`. Default: nothing.
     */
    public var measure: Part<List<Instrument.Now>>? = null

    /** The number of steps. Default: as many as the [budget] allows, or 1,000 without one. */
    public var steps: Int? = null

    /**
     * How many forward passes all steps together may take, such as `forwards(2000)`, in place of [steps]: a MeZO step
     * takes 2, others more.
     */
    public var budget: Forwards? = null

    /**
     * How many training examples a batch has. If the training split is smaller, a batch is the whole split.
     * Default: 16.
     */
    public var batch: Int? = null

    /**
     * The most tokens of a text that the model reads. A longer text is cut to its first token and its last ones or, for
     * a classification head, to its first ones. Default: nothing is cut, and a text longer than the model allows is
     * reported before anything runs.
     */
    public var maxLength: Int? = null

    /**
     * η, the learning rate: θ ← θ − ηĝ. Default: the sampler's own, changed to suit [estimator] and [rule] if these are
     * set: four times as large for `leaveOneOut(5)`, a tenth for `momentum(0.9)`. It suits `opt("nano")` with all its
     * parameters trained; for anything else see [findLearningRate].
     */
    public var learningRate: Double? = null

    /** ε, how far along a direction the losses are measured. Default: the sampler's own. */
    public var epsilon: Double? = null

    /**
     * The data type in which linear layers multiply: [fp32], or [bf16], which is less exact but faster on processors
     * with bf16 products. [plan] warns if [epsilon] is too small for it. Everything else is computed in single
     * precision. Default: [fp32].
     */
    public var precision: Precision? = null

    /**
     * The data type in which θ is stored: [fp32], or [bf16] in half the memory. Updates in bf16 are rounded
     * stochastically, without bias and reproducibly. Vectors, such as biases, stay in [fp32]. Default: [fp32].
     */
    public var theta: Precision? = null

    /**
     * Where the model is stored and run: an NVIDIA [gpu], or, by default, the CPU. The noise is identical on both, bit
     * for bit, and so are the weights replayed from a ledger; losses differ in their last bits.
     */
    public var device: Part<Device>? = null

    /** The seed of all noise and of the data's order. Two runs of the same plan are equal, bit for bit. Default: 42. */
    public var seed: Long? = null

    /** The number of steps between two evaluations on the dev split. Default: a tenth of the steps, at least 1. */
    public var evaluateEvery: Int? = null

    /**
     * The run's name in tables and figures. Default: the method's name, followed by the [estimator] if it is not the
     * method's own.
     */
    public var name: String? = null

    /** The most dev examples that an evaluation scores. Default: 500. */
    public var devExamples: Int? = null

    /**
     * The most test examples that are scored before the first step and, by the best checkpoint, at the end; 0 for none.
     * Default: 1,000.
     */
    public var testExamples: Int? = null

    /**
     * The folder for the run's ledger and best checkpoint. If it already holds a finished run of the same plan, that
     * run is read instead of run again. Default: a new folder.
     */
    public var folder: String? = null

    /** The plan, or one [ZoException] that lists every problem. */
    internal fun plan(): Plan = told("this block cannot run") { plan(Problems()) }

    /** The plan, or one [IllegalArgumentException] that lists [problems] and every other problem, one per line. */
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

    /** The name of a method whose estimator was replaced by a different one; null if it keeps its own. */
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
 * Fine-tunes a language model with forward passes only, shows the progress, and returns the run.
 *
 * ```
 * zo { sampler = ldsd(lr = 1e-3); model = opt("nano") }
 * ```
 *
 * In a notebook `zo < sampler = ldsd(lr = 1e-3); model = opt("nano") >` is the same.
 * Interrupting the cell ends the run within one forward pass and keeps what it has done so far.
 * Only one run can be active at a time: two would share the cores, and neither would show its real speed.
 *
 * @throws ZoException if the block has problems (all of them are reported at once, before anything starts), if another
 *     run is active, or if the engine fails
 */
public fun zo(block: Zo.() -> Unit): Run = zo(plan(block))

/** Runs a plan, as [zo] does a block. */
public fun zo(plan: Plan): Run = Running.start(plan, background = false).await()

/**
 * Runs plans one after the other, in one display, and returns the runs: for grids of settings and for several seeds.
 *
 * ```
 * sweep(listOf(1e-5, 3e-5, 1e-4).map { rate -> plan { sampler = mezo(); model = opt("nano"); learningRate = rate } })
 * ```
 *
 * Interrupting the cell stops the current run and starts no further one; the runs so far are returned. A notebook shows
 * them as [compare] does.
 */
public fun sweep(plans: List<Plan>): List<Run> {
    val runs = ArrayList<Run>()
    var going: Running? = null
    val screen =
        Screen.opener?.let {
            OneScreen(it(), plans.size) {
                going?.let { it.stopped || it.result.isCancelled } ==
                    true
            }
        }
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

/**
 * Starts a run in the background and returns at once, so that the next cells can be executed meanwhile; otherwise as
 * [zo].
 */
public fun zoAsync(block: Zo.() -> Unit): Running = zoAsync(plan(block))

/** Starts a plan in the background and returns at once. */
public fun zoAsync(plan: Plan): Running = Running.start(plan, background = true)

/** What [zo] would run and what it would cost, without running it. A notebook shows all settings and the cost. */
public fun plan(block: Zo.() -> Unit): Plan = Zo().apply(block).plan()
