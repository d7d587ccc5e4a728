package org.zolab.dsl

import org.zolab.model.ModelSource
import org.zolab.model.Subset
import org.zolab.sampler.DirectionLaw
import org.zolab.sampler.Energy
import org.zolab.sampler.ScaleNets
import org.zolab.sampler.ScaleSource
import org.zolab.sampler.Scales
import org.zolab.space.Problems
import org.zolab.task.Task
import org.zolab.tensor.Device
import org.zolab.train.LanguageSubject
import org.zolab.train.Loss
import org.zolab.train.MetaTrainer
import org.zolab.update.RuleConfig
import org.zolab.update.Sgd
import java.nio.file.Path

/** The nets in a file written by [trainScales]. */
public fun trainedScales(file: String): Part<ScaleSource> =
    Part("trainedScales(\"$file\")") { ScaleSource.trained(Path.of(file)) }

/** The nets in a `.pth` file published by the paper's authors. No code in the file is executed. */
public fun publishedScales(file: String): Part<ScaleSource> =
    Part("publishedScales(\"$file\")") { ScaleSource.published(Path.of(file)) }

/** Untrained nets, a control arm: random scales, which change with the losses. */
public fun untrainedScales(seed: Long = 1): Part<ScaleSource> =
    Part("untrainedScales(seed = $seed)") { ScaleSource.random(seed) }

/** σ ≡ 1, a control arm: MeZO, bit for bit. */
public fun uniformScales(): Part<ScaleSource> = Part("uniformScales()") { ScaleSource.UNIFORM }

/**
 * σᵢ² ∝ ‖∇f‖²/n in each tensor, a control arm: the best that per-tensor scales can know, from one exact gradient of the
 * first batch, at the start of the run. Cost: that gradient, which counts as a forward pass, and memory for it. The
 * ledger records its squared norms, so a resumed run does not compute it again.
 */
public fun proportionalScales(): Part<ScaleSource> = Part("proportionalScales()") { ScaleSource.measured() }

/** A tensor's weight is the number of its elements that a batch's loss depends on. */
public fun touchedEnergy(): Part<Energy> = Part("touchedEnergy()") { Energy.TOUCHED }

/** A tensor's weight is its size. */
public fun sizeEnergy(): Part<Energy> = Part("sizeEnergy()") { Energy.SIZE }

/** Weights as in the published code: for an embedding, 15 rows of width [hidden] for each of [batch] examples. */
public fun publishedEnergy(
    batch: Int,
    hidden: Int,
): Part<Energy> = Part("publishedEnergy(batch = $batch, hidden = $hidden)") { Energy.Published(batch, hidden) }

/**
 * Trains the nets of [zoFinetuner] for a model on one or more tasks, and writes them to [to].
 *
 * ```
 * σ = |nets|, z = cσ·noise, s the slope along z;   nets follow −∂f(θ − ηs·z)/∂σ, θ from a first-order run, restarted now and then
 * ```
 *
 * f is the objective of a run on the task: [options] for classification, [answers] for other tasks.
 *
 * Cost per step: 2 forward passes and 2 exact gradients, 4 if the whole step is differentiated; memory for three
 * vectors as large as the model. This is spent once per model, before any forward-only run. Reference: arXiv
 * 2510.00419, whose settings are `rule = sgd()`, `rate = 0.1`, `eta = 1e-6` and `form = Scales.Form.DETACHED`. The
 * default is Adam, since those settings leave the nets at their initial state.
 *
 * Interrupting the cell ends the training within one pass; no file is written then.
 *
 * @param to the file to write
 * @param steps the number of training steps of the nets
 * @param batch examples per step
 * @param rate learning rate of [rule]
 * @param restartEvery the number of steps after which θ is reset
 * @param seed of the nets' initial weights, of the noise and of the order of examples
 * @param device where the model is: the CPU, or a [gpu]
 * @param rule how the nets' weights are moved
 * @param eta η, the learning rate of the step by which the nets are judged
 * @param epsilon ε, how far along a direction the losses are measured
 * @param form which part of that step is differentiated: all of it, the scales and c, or the scales alone
 * @param energy the weight of each tensor in c; use the same when the nets are applied
 * @param law distribution of the noise; use the same when the nets are applied
 * @param descent learning rate of the first-order run, which falls linearly to 0 before each reset of θ
 * @param momentum of the first-order run
 * @param clip limit on the gradient's norm in the first-order run
 * @throws ZoException if the arguments have problems (all of them are reported at once, before anything starts), or if
 *     other work is active
 */
public fun trainScales(
    model: Part<ModelSource>,
    vararg tasks: Part<Task>,
    to: String,
    steps: Int = 200,
    batch: Int = 16,
    rate: Double = 3e-3,
    restartEvery: Int = 50,
    seed: Long = 7,
    device: Part<Device>? = null,
    rule: Part<RuleConfig> = adam(0.9, 0.99),
    eta: Double = 1e-4,
    epsilon: Double = 1e-3,
    form: Scales.Form = Scales.Form.NORMALISED,
    energy: Part<Energy> = touchedEnergy(),
    law: Part<DirectionLaw> = gaussian(),
    descent: Double = 0.01,
    momentum: Double = 0.8,
    clip: Double = 1.0,
): ScaleTraining {
    val problems = Problems()
    val source = problems.get(model.build)
    val built = tasks.ifEmpty { arrayOf(apidocs()) }.mapNotNull { problems.get(it.build) }
    val moves = problems.get(rule.build) ?: Sgd()
    val learning =
        problems.get { MetaTrainer.Learning(epsilon, eta, form, moves, rate) } ?: MetaTrainer.Learning.PUBLISHED
    val falls =
        problems.get { MetaTrainer.Descent(descent, momentum, clip, restartEvery) } ?: MetaTrainer.Descent.published(1)
    val weighed = problems.get(energy.build) ?: Energy.TOUCHED
    val drawn = problems.get(law.build) ?: DirectionLaw.GAUSSIAN
    val config = problems.get { MetaTrainer.Config(learning, falls, weighed, drawn, steps, seed) }
    problems.require(batch > 0, "batch is not strictly positive", batch)
    val compute = problems.get { device.compute().also { it.device().gpu() } }
    val subjects =
        if (source == null || compute == null) {
            emptyList()
        } else {
            built.map { task ->
                val loss = Loss.of(task.kind())
                LanguageSubject(source, Subset.Full(), task, loss, batch, 0, 0, 0, compute)
                    .apply { checkTraining(problems) }
            }
        }
    source?.let { model -> Problems().get { model.family().space() } }?.let { drawn.check(it, problems) }
    if (problems.list().isNotEmpty()) {
        val all = problems.list().distinct().joinToString("\n") // what is wrong with the model is wrong for each task
        throw ZoException("these scales cannot be trained:\n" + all.prependIndent("  "))
    }
    return counted(Count("training scales", "steps", steps.toLong()), "no file was written: $to") { count ->
        count.stop.open { source!!.load(compute!!) }.use { loaded ->
            loaded.cancelWhen(count.stop::asked)
            val sets = subjects.map { MetaTrainer.DataSet(it.task().name(), it.on(loaded, seed)::batch) }
            val taken = ArrayList<MetaTrainer.Stepped>()
            val theta = loaded.parameters()
            val beginning = ScaleNets.random(theta.space(), seed)
            val nets =
                MetaTrainer(config!!).train(theta, sets, beginning) {
                    taken += it
                    count.done(taken.size.toLong())
                }
            nets.write(Path.of(to), mapOf("model" to source!!.name(), "tasks" to built.joinToString { it.name() }))
            ScaleTraining(to, taken)
        }
    }
}

/** The result of [trainScales]. */
public class ScaleTraining internal constructor(
    /** The file that was written, for [trainedScales]. */
    public val file: String,
    /** All training steps. */
    public val steps: List<MetaTrainer.Stepped>,
) {
    override fun toString(): String {
        fun normaliser(step: MetaTrainer.Stepped) = "%.3f".format(java.util.Locale.ROOT, step.scales().normaliser())
        val (first, last) = steps.first() to steps.last()
        return "$file: nets after ${steps.size} steps, normaliser ${normaliser(first)} → ${normaliser(last)}"
    }
}
