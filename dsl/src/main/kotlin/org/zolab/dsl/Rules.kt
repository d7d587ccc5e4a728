package org.zolab.dsl

import org.zolab.update.AdaMM
import org.zolab.update.Adam
import org.zolab.update.AdaptiveRate
import org.zolab.update.Conservative
import org.zolab.update.Falling
import org.zolab.update.Momentum
import org.zolab.update.Muon
import org.zolab.update.RuleConfig
import org.zolab.update.Schedule
import org.zolab.update.Sgd
import org.zolab.update.Sign
import org.zolab.update.TruncatedAdam

/** θ ← θ − ηĝ. One pass over θ, no memory. */
public fun sgd(): Part<RuleConfig> = Part("sgd()") { Sgd() }

/**
 * m ← βm + ĝ, θ ← θ − ηm, without damping, as PyTorch's: in the long run an estimate moves θ by η/(1 − β) times itself.
 * Memory: m, as large as the model.
 *
 * @param beta β
 */
public fun momentum(beta: Double = 0.9): Part<RuleConfig> = Part("momentum($beta)") { Momentum(beta) }

/**
 * Adam with bias correction, without weight decay.
 *
 * ```
 * m ← β₁m + (1 − β₁)ĝ,   v ← β₂v + (1 − β₂)ĝ²
 * θ ← θ − η · m/(1 − β₁ᵗ) / (√(v/(1 − β₂ᵗ)) + ε)
 * ```
 *
 * Memory: m and v, each as large as the model. Reference: arXiv 1412.6980.
 *
 * @param beta1 β₁
 * @param beta2 β₂
 * @param epsilon ε of the quotient, not the distance of the probes
 */
public fun adam(
    beta1: Double = 0.9,
    beta2: Double = 0.999,
    epsilon: Double = 1e-8,
): Part<RuleConfig> = Part("adam($beta1, $beta2, $epsilon)") { Adam(beta1, beta2, epsilon) }

/**
 * AdaMM: Adam with the largest second moment so far, without bias correction, as used by LDSD.
 *
 * ```
 * m ← β₁m + (1 − β₁)ĝ,   w ← β₂w + (1 − β₂)ĝ²,   w̄ ← max(w̄, w)
 * θ ← θ − η · m/(√w̄ + δ)
 * ```
 *
 * Memory: m, w and w̄, each as large as the model. Reference: arXiv 1910.06513.
 *
 * @param beta1 β₁
 * @param beta2 β₂
 * @param delta δ
 */
public fun adamm(
    beta1: Double = 0.9,
    beta2: Double = 0.999,
    delta: Double = 1e-10,
): Part<RuleConfig> = Part("adamm($beta1, $beta2, $delta)") { AdaMM(beta1, beta2, delta) }

/**
 * AdaMeZO: Adam with moments of the last [horizon] estimates only, which are recomputed from their noise keys and
 * slopes, so that no vector is stored. Cost: drawing the noise of [horizon] steps in each step. Not for samplers that
 * keep a vector. Reference: arXiv 2605.00650.
 *
 * @param beta1 β₁, decay of the first moment
 * @param beta2 β₂, decay of the second moment
 * @param horizon how many estimates count
 * @param epsilon ε of the quotient, not the distance of the probes
 */
public fun adaMezo(
    beta1: Double = 0.7,
    beta2: Double = 0.9,
    horizon: Int = 10,
    epsilon: Double = 1e-8,
): Part<RuleConfig> =
    Part("adaMezo($beta1, $beta2, horizon = $horizon, epsilon = $epsilon)") {
        TruncatedAdam(beta1, beta2, horizon, epsilon)
    }

/**
 * MEAZO: divides η by the running root mean square of the estimates' coordinates, one number for all of them. A step
 * moves θ by about η per coordinate, so a suitable η is that of [sgd] times a typical slope. No memory. Reference:
 * arXiv 2605.03869.
 *
 * @param beta decay of the mean square
 */
public fun meazo(beta: Double = 0.99): Part<RuleConfig> = Part("meazo($beta)") { AdaptiveRate(beta) }

/**
 * Moves every coordinate by η, against the sign of ĝ or, if [beta] is above 0, of its running mean. Memory: that mean,
 * as large as the model. Reference: ZO-SignSGD, Liu et al., ICLR 2019.
 *
 * @param beta decay of the running mean
 */
public fun sign(beta: Double = 0.0): Part<RuleConfig> = Part("sign($beta)") { Sign(beta) }

/**
 * ZO-SGD-Cons: moves θ to θ − ηĝ or to θ + ηĝ, or leaves it, whichever has the lowest loss on the batch, so that no
 * step raises that loss. Cost: 3 forward passes per step in addition to the estimator's; no memory. Reference: arXiv
 * 2402.11592.
 */
public fun conservative(): Part<RuleConfig> = Part("conservative()") { Conservative() }

/**
 * ZO-Muon: moves matrices by an orthogonal matrix close to the momentum of the estimates, found by five Newton–Schulz
 * iterations; vectors, embeddings and the head by the momentum itself. A matrix moves by the same length whatever the
 * scale of the loss, so η differs from that of [sgd], and the estimate should combine several directions, or [beta] be
 * above 0: the paper uses `mezo(subspace())` with four directions, [beta] = 0 and η = 1e-2.
 *
 * Cost: for wide matrices, more time than the forward passes. Memory: the momentum, as large as the model.
 * Reference: arXiv 2602.17155.
 *
 * @param beta decay of the momentum
 * @param vectors the factor on η for parameters that are moved by the momentum itself
 */
public fun muon(
    beta: Double = 0.9,
    vectors: Double = 1e-5,
): Part<RuleConfig> = Part("muon($beta, vectors = $vectors)") { Muon(beta, vectors) }

/** η rises over [warmUp] steps, then stays constant. */
public fun constant(warmUp: Int = 0): Part<Schedule> =
    Part("constant(warmUp = $warmUp)") { Falling(Falling.Shape.CONSTANT, 1.0, warmUp) }

/** η rises over [warmUp] steps, then falls linearly to [floor]·η. */
public fun linear(
    floor: Double = 0.0,
    warmUp: Int = 0,
): Part<Schedule> = Part("linear($floor, warmUp = $warmUp)") { Falling(Falling.Shape.LINEAR, floor, warmUp) }

/**
 * η rises over [warmUp] steps, then is halved, down to [floor]·η, whenever the mean loss of [window] steps is not below
 * all earlier such means. It uses the recorded losses, so a resumed or replayed run halves η in the same steps.
 */
public fun plateau(
    window: Int = 50,
    floor: Double = 0.0,
    warmUp: Int = 0,
): Part<Schedule> =
    Part("plateau($window, floor = $floor, warmUp = $warmUp)") {
        Falling(Falling.Shape.PLATEAU, floor, warmUp, window)
    }

/** η rises over [warmUp] steps, then falls along half a cosine to [floor]·η. */
public fun cosine(
    floor: Double = 0.1,
    warmUp: Int = 0,
): Part<Schedule> = Part("cosine($floor, warmUp = $warmUp)") { Falling(Falling.Shape.COSINE, floor, warmUp) }
