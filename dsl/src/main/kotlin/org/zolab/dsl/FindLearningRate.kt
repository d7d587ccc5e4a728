package org.zolab.dsl

import org.zolab.train.LearningRateSearch

/**
 * A learning rate and an ε for a block, from what its own estimates meet on other batches where θ begins; nothing is trained.
 *
 * ```
 * val found = findLearningRate { sampler = mezoGv(); model = opt("nano") }
 * zo { sampler = mezoGv(); model = opt("nano"); learningRate = found.learningRate; epsilon = found.epsilon }
 * ```
 *
 * It is a first rate, for a rate that falls to 0: a share of the best first step that was measured on `opt("nano")` with all parameters, in runs of 500 to 2,000
 * forward passes. For [prefix] and [bitFit] it was within a factor of four of rates found by trial, over
 * three seeds. Of [lora] the curvature changes its sign where a run begins: of three seeds two gave 1.1 and 2.4 times such a rate, and one none. A longer run wants a smaller one, and [ablate] with `tune` tries rates out.
 *
 * Where losses at the block's ε are too alike to tell how f curves, as of an adapter at a small one, they are measured 10 and 100 times as far away; `epsilon` of the
 * result is what to set then.
 *
 * @param forwards the most forward passes that it may take
 * @return with `learningRate` and `epsilon`
 * @throws ZoException if anything is wrong with the block, if its rule is not [sgd], or if nothing can be told from so few passes
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
