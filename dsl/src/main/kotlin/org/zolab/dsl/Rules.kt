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

/** θ ← θ − ηĝ. One pass, no memory. */
public fun sgd(): Part<RuleConfig> = Part("sgd()") { Sgd() }

/** m ← βm + ĝ, θ ← θ − ηm. Memory: m, as large as the model. */
public fun momentum(beta: Double = 0.9): Part<RuleConfig> = Part("momentum($beta)") { Momentum(beta) }

/** Adam with bias correction. Memory: two vectors as large as the model. */
public fun adam(
    beta1: Double = 0.9,
    beta2: Double = 0.999,
    epsilon: Double = 1e-8,
): Part<RuleConfig> = Part("adam($beta1, $beta2, $epsilon)") { Adam(beta1, beta2, epsilon) }

/** AdaMM, Adam with the largest second moment so far, as LDSD uses it. Memory: three vectors as large as the model. */
public fun adamm(
    beta1: Double = 0.9,
    beta2: Double = 0.999,
    delta: Double = 1e-10,
): Part<RuleConfig> = Part("adamm($beta1, $beta2, $delta)") { AdaMM(beta1, beta2, delta) }

/**
 * AdaMeZO: Adam whose moments hold the last [horizon] estimates, drawn again from their keys and slopes, so that no vector is kept. Cost: the
 * noise of [horizon] steps in each. Not over a sampler that keeps a vector. Reference: arXiv 2605.00650.
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
 * MEAZO: η over the running root mean square of the estimates' coordinates, one number for all of them. A step moves θ by about η a coordinate,
 * so η is that of [sgd] times a usual slope. No memory. Reference: arXiv 2605.03869.
 */
public fun meazo(beta: Double = 0.99): Part<RuleConfig> = Part("meazo($beta)") { AdaptiveRate(beta) }

/** Steps of equal length by the sign of ĝ, or of its running mean if [beta] is above 0, which is then kept. */
public fun sign(beta: Double = 0.0): Part<RuleConfig> = Part("sign($beta)") { Sign(beta) }

/**
 * ZO-SGD-Cons: θ moves to θ − ηĝ, to θ + ηĝ or not at all, wherever the batch's loss is lowest, so that no step raises it. Cost: 3 forward
 * passes a step beside the estimator's; no memory. Reference: arXiv 2402.11592.
 */
public fun conservative(): Part<RuleConfig> = Part("conservative()") { Conservative() }

/**
 * ZO-Muon: moves matrices by an orthogonal matrix close to the momentum of the estimates, found by five steps of Newton and Schulz; vectors,
 * embeddings and the head by the momentum. The step of a matrix has one length whatever the loss's scale is, so η is not that of [sgd], and the
 * estimate should be of several directions, or [beta] above 0: the paper's is `mezo(subspace())` with four, [beta] 0 and η 1e-2.
 *
 * Cost: on wide matrices more than the forward passes. Memory: the momentum, as large as the model. Reference: arXiv 2602.17155.
 *
 * @param beta of the momentum
 * @param vectors what η is multiplied by for what is no matrix
 */
public fun muon(
    beta: Double = 0.9,
    vectors: Double = 1e-5,
): Part<RuleConfig> = Part("muon($beta, vectors = $vectors)") { Muon(beta, vectors) }

/** η stays, after rising over [warmUp] steps. */
public fun constant(warmUp: Int = 0): Part<Schedule> =
    Part("constant(warmUp = $warmUp)") { Falling(Falling.Shape.CONSTANT, 1.0, warmUp) }

/** η falls evenly to [floor]·η, after rising over [warmUp] steps. */
public fun linear(
    floor: Double = 0.0,
    warmUp: Int = 0,
): Part<Schedule> = Part("linear($floor, warmUp = $warmUp)") { Falling(Falling.Shape.LINEAR, floor, warmUp) }

/**
 * η is halved, down to [floor]·η, whenever the mean loss of [window] steps is not below all such means before, after rising over [warmUp]
 * steps. It follows the recorded losses, so a run that goes on or replays falls in the same steps.
 */
public fun plateau(
    window: Int = 50,
    floor: Double = 0.0,
    warmUp: Int = 0,
): Part<Schedule> =
    Part("plateau($window, floor = $floor, warmUp = $warmUp)") {
        Falling(Falling.Shape.PLATEAU, floor, warmUp, window)
    }

/** η falls along half a cosine to [floor]·η, after rising over [warmUp] steps. */
public fun cosine(
    floor: Double = 0.1,
    warmUp: Int = 0,
): Part<Schedule> = Part("cosine($floor, warmUp = $warmUp)") { Falling(Falling.Shape.COSINE, floor, warmUp) }
