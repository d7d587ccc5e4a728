package org.zolab.dsl

import org.zolab.estimator.BestOf
import org.zolab.estimator.CentralDifference
import org.zolab.estimator.GradientEstimator
import org.zolab.sampler.DirectionLaw
import org.zolab.sampler.DirectionSampler
import org.zolab.sampler.LearnedMean
import org.zolab.sampler.SamplerConfig
import org.zolab.space.ParameterVector
import org.zolab.train.Method
import java.util.function.DoubleFunction

/**
 * MeZO: steps along Gaussian directions, each as long as the loss is steep along it.
 *
 * ```
 * z ~ N(0, I)
 * p = (f(θ + εz) − f(θ − εz)) / 2ε
 * θ ← θ − ηp·z
 * ```
 *
 * Cost: 2 forward passes a step, no memory beside the model's. Reference: arXiv 2305.17333.
 */
public fun mezo(): Part<Method> = Part("mezo()") { Method.mezo() }

/**
 * LDSD: learns the mean μ of the law that its directions are drawn from, so that they turn towards −∇f.
 *
 * ```
 * zᵢ = μ + σ·noiseᵢ,  i = 1..K;   z* = the zᵢ of the lowest f(θ + εzᵢ)
 * θ ← θ − ηp·z*,  p the slope along z*
 * μ moves about lr·σ along −∇f/‖∇f‖, estimated from the K losses
 * ```
 *
 * Cost: K + 1 forward passes a step, and μ, as large as the model. Reference: arXiv 2602.13659.
 *
 * @param lr how far μ moves in a step, in units of [sigma]; the model's own learning rate is `learningRate`
 * @param sigma σ, the standard deviation of a direction's coordinates around μ
 * @param candidates K, how many directions are tried in a step; 2 at least
 * @param gamma γ_μ of the paper's form μ ← μ − γ_μ·ĝ_μ, whose scale depends on f and ε; instead of [lr]
 */
public fun ldsd(
    lr: Double? = null,
    sigma: Double = 1.0,
    candidates: Int = 5,
    gamma: Double? = null,
): Part<Method> =
    Part("ldsd(lr = $lr, sigma = $sigma, candidates = $candidates, gamma = $gamma)") {
        require(lr == null || gamma == null) { "ldsd takes lr or gamma, not both: lr = $lr, gamma = $gamma" }
        if (gamma != null) {
            Method.ldsd(LearnedMean.Config(gamma, sigma, LearnedMean.Form.PAPER, DirectionLaw.GAUSSIAN), candidates)
        } else {
            Method.ldsd(
                LearnedMean.Config(lr ?: 1e-3, sigma, LearnedMean.Form.SCALE_FREE, DirectionLaw.GAUSSIAN),
                candidates,
            )
        }
    }

/**
 * A sampler of your own, given the parameters it proposes directions for.
 *
 * ```
 * sampler = custom("signs") { theta -> DirectionSampler { count, _, key -> ... } }
 * ```
 *
 * It starts with MeZO's learning rate, ε and estimator; set others with `learningRate`, `epsilon` and `estimator`.
 *
 * @param name what tables and figures call it
 * @param learns whether it compares the probes of a step; then the estimator must give it two at least, as [bestOf] does
 * @param create makes a fresh sampler for each run
 */
public fun custom(
    name: String,
    learns: Boolean = false,
    create: (theta: ParameterVector) -> DirectionSampler,
): Part<Method> =
    Part("custom(\"$name\")") {
        val mezo = Method.mezo()
        Method(name, Custom(learns, create), mezo.estimator(), mezo.rule(), mezo.learningRate(), mezo.epsilon())
    }

private class Custom(
    private val learns: Boolean,
    private val create: (ParameterVector) -> DirectionSampler,
) : SamplerConfig {
    override fun create(theta: ParameterVector): DirectionSampler = create.invoke(theta)

    override fun learns(): Boolean = learns
}

/** The slope along one direction from its two sides. Cost: 2 forward passes a step. */
public fun centralDifference(): Part<DoubleFunction<GradientEstimator>> =
    Part("centralDifference()") { DoubleFunction { epsilon -> CentralDifference(epsilon) } }

/**
 * Tries [directions] directions on one side and takes the slope along the one with the lowest loss.
 * Cost: [directions] + 1 forward passes a step.
 */
public fun bestOf(directions: Int): Part<DoubleFunction<GradientEstimator>> =
    Part("bestOf($directions)") { DoubleFunction { epsilon -> BestOf(directions, epsilon) } }
