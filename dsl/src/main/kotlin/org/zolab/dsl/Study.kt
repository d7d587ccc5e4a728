package org.zolab.dsl

import org.zolab.space.Numbers
import org.zolab.train.EstimatorStudy

/**
 * Compares a block's estimates, on average over many draws, with the exact gradient g of its first batch at the
 * initial θ; nothing is trained, and a sampler that learns is studied as it starts.
 *
 * ```
 * study { sampler = mezo(); estimator = leaveOneOut(5); objective = logistic(); budget = forwards(20_000) }.variance
 * study { sampler = zoFinetuner(); model = opt("nano"); steps = 200 }      // of a language model
 * ```
 *
 * It makes as many estimates as the block has steps. By chance alone, the measured bias of an unbiased estimator is
 * about √(variance / n) for n estimates. A law that keeps a choice for `refresh` steps keeps it for as many estimates:
 * gain and bias are then those of that choice, and `refresh = 1` makes the estimates independent. What the block says of
 * moving θ, such as `learningRate`, is not used, except that a budget counts what its rule spends. Interrupting the
 * cell ends it without a result.
 *
 * Cost: the block's forward passes, one exact gradient, and two vectors of the size of θ.
 *
 * @throws ZoException if the block has problems, if its objective has no gradient or one that is 0, if the study is
 *     interrupted, or if other work is active
 */
public fun study(block: Zo.() -> Unit): Study {
    val plan = plan(block)
    return counted(Count("a study of ${plan.name()}", "estimates", plan.steps().toLong())) { count ->
        val numbers = EstimatorStudy.of(plan, count.stop, count::done)
        Study(plan.name(), plan.estimator().forwards() * plan.batches(), plan.subject().space().dimension(), numbers)
    }
}

/** The result of [study]. */
public class Study internal constructor(
    /** The name of the block: that of its method and estimator, unless it says otherwise. */
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

    /**
     * How far one estimate lowers f at the learning rate that is best for it, relative to MeZO, if the curvature is the
     * same in all directions: d⟨ḡ, g⟩² / (‖g‖² E‖ĝ‖²). Divide by [forwards] to compare costs.
     */
    public val progress: Double get() = numbers.progress(dimension)

    override fun toString(): String =
        Numbers.plain(
            "%s: %d forwards each, gain %.3g, bias %.3g, variance %.3g, cosine %.3g, progress %.3g"
                .format(java.util.Locale.ROOT, name, forwards, gain, bias, variance, cosine, progress),
        )
}
