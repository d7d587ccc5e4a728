package org.zolab.dsl

import org.zolab.train.LearningRateSearch

/**
 * Proposes a learning rate and an ε for a block, by testing the block's own estimates on other batches at the initial
 * θ; nothing is trained.
 *
 * ```
 * val found = findLearningRate { sampler = mezoGv(); model = opt("nano") }
 * zo { sampler = mezoGv(); model = opt("nano"); learningRate = found.learningRate; epsilon = found.epsilon }
 * ```
 *
 * The rate is meant as the initial rate of a [linear] schedule that falls to 0. It is a fixed share of the best first
 * step; the share was calibrated on `opt("nano")` with all parameters trained, in runs of 500 to 2,000 forward passes.
 * For [prefix] and [bitFit] the proposal was within a factor of four of rates found by trial, over three seeds. For
 * [lora] the curvature changes sign at the start of a run: of three seeds, two gave 1.1 and 2.4 times the rate found by
 * trial, and one gave none. A longer run needs a smaller rate; [ablate] with `tuning` searches by trial.
 *
 * If the losses at the block's ε are too similar to show the curvature, as with an adapter and a small ε, they are
 * measured 10 and 100 times as far away; then set the block's `epsilon` to that of the result.
 *
 * @param forwards the most forward passes that it may take
 * @return a result with `learningRate` and `epsilon`
 * @throws ZoException if the block has problems, if its rule is neither [sgd] nor [momentum], or if so few passes
 *     do not suffice for a result
 */
public fun findLearningRate(
    forwards: Int = 200,
    block: Zo.() -> Unit,
): LearningRateSearch {
    val plan = plan(block)
    return counted(Count("a search for a learning rate", "forwards", forwards.toLong())) {
        LearningRateSearch.of(plan, forwards.toLong(), it.stop, it::done)
    }
}
