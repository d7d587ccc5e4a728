package org.zolab.dsl

import org.zolab.train.LearningRateSearch

/**
 * A learning rate and an ε for a block, from what its own estimates meet on other batches where θ begins; nothing is trained.
 *
 * ```
 * val found = findLearningRate { sampler = mezoGv(); model = opt("nano") }
 * zo { sampler = mezoGv(); model = opt("nano"); learningRate = found.learningRate }
 * ```
 *
 * It is a first rate, for runs of a few thousand forward passes whose rate falls to 0; [ablate] with `tune` tries rates out.
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
