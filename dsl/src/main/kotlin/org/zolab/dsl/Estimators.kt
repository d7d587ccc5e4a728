package org.zolab.dsl

import org.zolab.estimator.Antithetic
import org.zolab.estimator.BestOf
import org.zolab.estimator.CentralDifference
import org.zolab.estimator.ForwardGradient
import org.zolab.estimator.GradientEstimator
import org.zolab.estimator.GuidedDifference
import org.zolab.estimator.LeaveOneOut
import org.zolab.estimator.OneSided
import org.zolab.estimator.Standardised
import org.zolab.estimator.ThreePoint
import java.util.function.DoubleFunction

private fun estimator(
    name: String,
    make: (epsilon: Double) -> GradientEstimator,
): Part<DoubleFunction<GradientEstimator>> = Part(name) { DoubleFunction { epsilon -> make(epsilon) } }

/**
 * Two-sided slopes along [directions] directions, averaged: MeZO with one direction, n-SPSA with more.
 * Cost: 2 forward passes per direction.
 */
public fun centralDifference(directions: Int = 1): Part<DoubleFunction<GradientEstimator>> =
    estimator("centralDifference($directions)") { CentralDifference(directions, it) }

/**
 * One-sided slopes along [directions] directions, each relative to the loss at θ, averaged. Cost: [directions] + 1
 * forward passes per step.
 */
public fun oneSided(directions: Int): Part<DoubleFunction<GradientEstimator>> =
    estimator("oneSided($directions)") { OneSided(directions, it) }

/**
 * One loss along each of [directions] directions, compared with the mean of the others (RLOO): the most information per
 * forward pass that independent probes can give. Cost: [directions] forward passes per step.
 */
public fun leaveOneOut(directions: Int): Part<DoubleFunction<GradientEstimator>> =
    estimator("leaveOneOut($directions)") { LeaveOneOut(directions, it) }

/**
 * Tries [directions] directions on one side and measures the two-sided slope along the one with the lowest loss.
 * Cost: [directions] + 1 forward passes per step.
 */
public fun bestOf(directions: Int): Part<DoubleFunction<GradientEstimator>> =
    estimator("bestOf($directions)") { BestOf(directions, it) }

/**
 * Tries [directions] directions and measures the slope along the mean of the good ones minus the mean of the bad ones
 * (MeZO-GV). Cost: [directions] + 2 forward passes per step.
 *
 * @param split α, the share of the directions that counts as good
 * @param normalised whether that vector is scaled to the length of one of the directions
 */
public fun guided(
    directions: Int = 4,
    split: Double = 0.5,
    normalised: Boolean = false,
): Part<DoubleFunction<GradientEstimator>> =
    estimator("guided($directions, split = $split, normalised = $normalised)") {
        GuidedDifference(directions, split, normalised, it)
    }

/**
 * The rise of the loss from θ along each of [directions] directions, in units of the losses' standard deviation (FZOO),
 * so that `learningRate` is a distance. Cost: [directions] + 1 forward passes per step.
 */
public fun standardised(directions: Int): Part<DoubleFunction<GradientEstimator>> =
    estimator("standardised($directions)") { Standardised(directions, it) }

/**
 * The slope along each of [directions] directions, divided by max(1, |c|^[alpha]), where c is the curvature along it
 * (1.5-SPSA); with [alpha] = 0 a central difference that also reports the curvatures, as [hizoo] needs.
 * Cost: 2·[directions] + 1 forward passes per step.
 */
public fun threePoint(
    directions: Int = 1,
    alpha: Double = 0.1,
): Part<DoubleFunction<GradientEstimator>> =
    estimator("threePoint($directions, alpha = $alpha)") { ThreePoint(directions, alpha, it) }

/**
 * The estimator [of], with its directions in pairs z, −z, so that half as many are drawn: errors due to the curvature
 * of the loss cancel. For [oneSided] (which becomes a [centralDifference] with one more forward pass), [leaveOneOut],
 * [bestOf], [guided] and [standardised]; refused for estimators that already measure both sides. Cost: that of the
 * estimator.
 */
public fun antithetic(of: Part<DoubleFunction<GradientEstimator>>): Part<DoubleFunction<GradientEstimator>> =
    Part("antithetic($of)") { of.build().let { DoubleFunction { epsilon -> Antithetic(it.apply(epsilon)) } } }

/**
 * The exact slope along the direction, computed by backpropagation, as the limit ε → 0 would give it; for study.
 * Cost: a forward and a backward pass. Memory: a gradient.
 */
public fun forwardGradient(): Part<DoubleFunction<GradientEstimator>> =
    estimator("forwardGradient()") { ForwardGradient() }
