package org.zolab.dsl

import org.zolab.sampler.Cone
import org.zolab.sampler.CurvatureScaled
import org.zolab.sampler.DirectionLaw
import org.zolab.sampler.Energy
import org.zolab.sampler.LearnedMean
import org.zolab.sampler.LearnedScales
import org.zolab.sampler.MeanStart
import org.zolab.sampler.ScaleSource
import org.zolab.sampler.SomeTensors
import org.zolab.space.Precision
import org.zolab.space.Problems
import org.zolab.train.Method
import org.zolab.train.SavedMean
import java.nio.file.Path

/**
 * MeZO: steps along random directions; the length of a step is proportional to the slope of the loss along its
 * direction.
 *
 * ```
 * z ~ N(0, I)
 * p = (f(θ + εz) − f(θ − εz)) / 2ε
 * θ ← θ − ηp·z
 * ```
 *
 * Cost: 2 forward passes per step; no memory beyond the model's. Reference: arXiv 2305.17333.
 *
 * @param law of z: [gaussian], [rademacher], [sphere], [lowRank] (LOZO), [subspace] (SubZero), [tezo], [smallWeights]
 *     (Sparse-MeZO), [lezo], [coordinateBlocks], [someTensors], [customLaw]
 */
public fun mezo(law: Part<DirectionLaw> = gaussian()): Part<Method> = Part("mezo($law)") { Method.mezo(law.build()) }

/**
 * LDSD: learns the mean μ of the distribution its directions are drawn from, so that they turn towards −∇f.
 *
 * ```
 * zᵢ = μ + σ·noiseᵢ,  i = 1..K;   z* = the zᵢ with the lowest f(θ + εzᵢ)
 * θ ← θ − ηp·z*,  p the slope along z*
 * μ moves by about lr·σ along −∇f/‖∇f‖, estimated from the K losses
 * ```
 *
 * Cost: K + 1 forward passes per step. Memory: μ, as large as the model. Reference: arXiv 2602.13659.
 * To combine it with momentum or AdaMM: `rule = momentum()`, `rule = adamm()`.
 *
 * @param lr how far μ moves in a step, in units of [sigma]; the learning rate of θ is the block's `learningRate`
 * @param sigma σ, the standard deviation of a direction's coordinates around μ
 * @param candidates K, how many directions are tried in a step, at least 2. Default: 5, or as many as the block's
 *     `estimator` needs
 * @param gamma γ_μ of the paper's form μ ← μ − γ_μ·ĝ_μ, whose scale depends on f and ε; an alternative to [lr]
 * @param decay the share of μ that is forgotten in each step
 * @param start μ before the first step: [zeroMean], [unitMean], [warmMean], [savedMean]
 * @param law distribution of the noise around μ
 * @param precision data type of μ: [bf16] halves its memory, with stochastic rounding that is unbiased and replays
 *     exactly
 * @param asPublished whether μ is updated as in the published code, with noise at which no loss was measured, for K + 2
 *     forward passes: a control arm, whose mean learns nothing
 */
public fun ldsd(
    lr: Double? = null,
    sigma: Double = 1.0,
    candidates: Int? = null,
    gamma: Double? = null,
    decay: Double = 0.0,
    start: Part<MeanStart> = zeroMean(),
    law: Part<DirectionLaw> = gaussian(),
    precision: Precision = Precision.FP32,
    asPublished: Boolean = false,
): Part<Method> =
    Part(
        "ldsd(lr = $lr, sigma = $sigma, candidates = ${candidates ?: LDSD}, gamma = $gamma, decay = $decay, " +
            "start = $start, law = $law, precision = ${precision.name.lowercase()}, asPublished = $asPublished)",
        given("candidates" to candidates),
    ) {
        val k = candidates ?: LDSD
        Method.ldsd(mean(lr, sigma, k, gamma, law.build, decay, start.build, precision, asPublished), k)
    }

/**
 * The JAGUAR variant of LDSD: the K directions of a step lie in a few whole tensors, the same ones for all K, and θ
 * moves in all tensors by the sign of a running mean of the estimates.
 *
 * Cost: K + 1 forward passes per step. Memory: μ and the running mean, each as large as the model. Reference:
 * arXiv 2602.13659, whose code picks different tensors for each of the K directions.
 *
 * There is no `asPublished` here: the published form does measure the noise that its mean learns from; its errors are
 * elsewhere.
 *
 * @param lr how far μ moves in a step, in units of [sigma], as in [ldsd]
 * @param sigma σ, as in [ldsd]
 * @param candidates K, as in [ldsd]
 * @param gamma γ_μ, as in [ldsd]
 * @param share the share of the tensors that a step draws noise in
 * @param beta the share of the running mean that is kept in each step
 * @param decay the share of μ that is forgotten in each step, also in tensors without noise in that step
 * @param start μ before the first step: [unitMean], [zeroMean], [warmMean], [savedMean]
 * @param law distribution of the noise around μ
 * @param precision data type of μ, as in [ldsd]
 */
public fun ldsdJaguar(
    lr: Double? = null,
    sigma: Double = 1.0,
    candidates: Int? = null,
    gamma: Double? = null,
    share: Double = 0.1,
    beta: Double = 0.9,
    decay: Double = 0.0,
    start: Part<MeanStart> = unitMean(),
    law: Part<DirectionLaw> = gaussian(),
    precision: Precision = Precision.FP32,
): Part<Method> =
    Part(
        "ldsdJaguar(lr = $lr, sigma = $sigma, candidates = ${candidates ?: LDSD}, gamma = $gamma, share = $share, " +
            "beta = $beta, decay = $decay, start = $start, law = $law, precision = ${precision.name.lowercase()})",
        given("candidates" to candidates),
    ) {
        val k = candidates ?: LDSD
        val some = { SomeTensors(share, law.build()) }
        Method.ldsdJaguar(mean(lr, sigma, k, gamma, some, decay, start.build, precision), k, beta)
    }

/** The default K of LDSD. */
private const val LDSD = 5

/** Those of a method's arguments that were set explicitly. */
private fun given(vararg arguments: Pair<String, Any?>): List<String> =
    arguments.filter { it.second != null }.map { (name, value) -> "$name = $value" }

/** The settings of a learned mean, or an exception that lists all problems with them and with [candidates]. */
private fun mean(
    lr: Double?,
    sigma: Double,
    candidates: Int,
    gamma: Double?,
    law: () -> DirectionLaw,
    decay: Double,
    start: () -> MeanStart,
    precision: Precision,
    asPublished: Boolean = false,
): LearnedMean.Config {
    val problems = Problems()
    if (lr != null && gamma != null) problems.add("ldsd takes lr or gamma, not both: lr = $lr, gamma = $gamma")
    problems.require(candidates >= 2, "candidates of ldsd is less than 2, which it compares", candidates)
    val form = if (gamma != null) LearnedMean.Form.PAPER else LearnedMean.Form.SCALE_FREE
    val drawn = problems.get(law) ?: DirectionLaw.GAUSSIAN
    val begins = problems.get(start) ?: MeanStart.ZERO
    val mean =
        problems.get {
            LearnedMean.Config(
                gamma ?: lr ?: 1e-3,
                sigma,
                form,
                drawn,
                decay,
                begins,
                asPublished,
                precision,
            )
        }
    problems.orThrow()
    return mean!!
}

/** μ = 0. */
public fun zeroMean(): Part<MeanStart> = Part("zeroMean()") { MeanStart.ZERO }

/** A random vector of length 1 in each tensor, as in LDSD-JAGUAR's code. */
public fun unitMean(): Part<MeanStart> = Part("unitMean()") { MeanStart.UNIT }

/**
 * μ points against a gradient estimated with [probes] probes of the first batch, and is [length] times as long as the
 * noise. Cost: [probes] forward passes, once per run.
 */
public fun warmMean(
    probes: Int = 32,
    length: Double = 0.5,
    epsilon: Double = 1e-3,
): Part<MeanStart> =
    Part("warmMean(probes = $probes, length = $length, epsilon = $epsilon)") {
        MeanStart.GradientEstimate(probes, epsilon, length)
    }

/** μ as another run left it, in [file], the `mean.safetensors` in that run's folder. */
public fun savedMean(file: String): Part<MeanStart> = Part("savedMean(\"$file\")") { SavedMean(Path.of(file)) }

/**
 * MeZO-GV: tries a pool of directions and steps along the mean of the good ones minus the mean of the bad ones.
 *
 * ```
 * v = mean of the ⌊αM⌋ zᵢ with the lowest f(θ + εzᵢ) − mean of the others
 * θ ← θ − ηp·v,  p the slope along v
 * ```
 *
 * Cost: M + 2 forward passes per step; no extra memory. With M = 2 it equals MeZO at √2·ε and 2η, for twice the forward
 * passes. Reference: arXiv 2601.04710.
 *
 * @param candidates M, the size of the pool. Default: 4
 * @param split α, the share of the pool that counts as good. Default: 0.5
 * @param normalised whether v is scaled to the length of a direction of the pool, so that one learning rate suits any
 *     M. Default: false
 * @param history whether the pool includes the best direction of the previous step
 * @param law distribution of the directions: with [subspace] it is SubZero-GV, with [lowRank] LOZO-GV
 */
public fun mezoGv(
    candidates: Int? = null,
    split: Double? = null,
    normalised: Boolean? = null,
    history: Boolean = false,
    law: Part<DirectionLaw> = gaussian(),
): Part<Method> {
    val m = candidates ?: POOL
    val share = split ?: 0.5
    val long = normalised ?: false
    return Part(
        "mezoGv(candidates = $m, split = $share, normalised = $long, history = $history, law = $law)",
        given("candidates" to candidates, "split" to split, "normalised" to normalised),
    ) {
        Method.mezoGv(m, share, long, history, law.build())
    }
}

/** The default M of MeZO-GV and MeZO-Greedy. */
private const val POOL = 4

/**
 * MeZO-Greedy: steps along the best of M random directions. Cost: M + 1 forward passes per step; no extra memory.
 * Reference: arXiv 2601.04710.
 *
 * @param candidates M. Default: 4
 * @param law distribution of the directions
 */
public fun mezoGreedy(
    candidates: Int? = null,
    law: Part<DirectionLaw> = gaussian(),
): Part<Method> =
    Part("mezoGreedy(candidates = ${candidates ?: POOL}, law = $law)", given("candidates" to candidates)) {
        Method.mezoGreedy(candidates ?: POOL, law.build())
    }

/**
 * FZOO: steps along many directions at once, each weighted by the rise of the loss along it in units of the losses'
 * standard deviation.
 *
 * ```
 * lᵢ = f(θ + εuᵢ),  l₀ = f(θ),  σ the standard deviation of the lᵢ
 * θ ← θ − η/(σN)·Σ (lᵢ − l₀)uᵢ
 * ```
 *
 * η is a distance: on a linear loss the step is that of [oneSided] at η/‖∇f‖. The paper has slopes in place of rises,
 * so its η is ε times as large.
 *
 * Cost: N + 1 forward passes per step; no extra memory. Reference: arXiv 2506.09034.
 *
 * @param candidates N, the number of directions. Default: 8
 * @param law distribution of the directions
 */
public fun fzoo(
    candidates: Int? = null,
    law: Part<DirectionLaw> = rademacher(),
): Part<Method> {
    val n = candidates ?: 8
    return Part("fzoo(candidates = $n, law = $law)", given("candidates" to candidates)) { Method.fzoo(n, law.build()) }
}

/**
 * 1.5-SPSA: steps along many directions at once; the more curved the loss is along a direction, the less its slope
 * counts.
 *
 * ```
 * cᵢ = (f(θ + εzᵢ) − 2f(θ) + f(θ − εzᵢ))/ε²,  wᵢ = 1/max(1, |cᵢ|^α)
 * θ ← θ − η/n·Σ wᵢpᵢ·zᵢ,  pᵢ the slope along zᵢ
 * ```
 *
 * Cost: 2n + 1 forward passes per step; no extra memory. Reference: the code published as "1.5-SPSA for Large Language
 * Models", which uses the same number for η and ε.
 *
 * @param directions n. Default: 8
 * @param alpha α; 0 gives n-SPSA. Default: 0.1
 * @param law distribution of the directions
 */
public fun spsa15(
    directions: Int? = null,
    alpha: Double? = null,
    law: Part<DirectionLaw> = rademacher(),
): Part<Method> {
    val n = directions ?: 8
    val power = alpha ?: 0.1
    return Part(
        "spsa15(directions = $n, alpha = $power, law = $law)",
        given("directions" to directions, "alpha" to alpha),
    ) { Method.spsa15(n, power, law.build()) }
}

/**
 * ConMeZO: steps along directions from a cone around a momentum of the estimates, which is closer to the gradient than
 * noise is.
 *
 * ```
 * z = sin φ·u − cos φ·√d·m/‖m‖
 * θ ← θ − ηp·z,  p the slope along z
 * m ← βm + (1 − β)ĝ,  here ĝ = p·z
 * ```
 *
 * A step gains sin²φ + d·cos²(m, ∇f)·cos²φ times as much as MeZO's.
 *
 * Cost: 2 forward passes per step. Memory: m, as large as the model. Reference: arXiv 2511.02757. With another
 * [Zo.estimator], m averages the estimates of that one; [leaveOneOut] and [guided], in which the cone's axis cancels,
 * are refused.
 *
 * @param angle φ, in radians; π/2 is MeZO
 * @param beta β, the share of the momentum that is kept in each step
 * @param warmUp the number of steps over which φ falls from π/2 to [angle]
 * @param law of u
 */
public fun conMezo(
    angle: Double = 1.35,
    beta: Double = 0.99,
    warmUp: Int = 100,
    law: Part<DirectionLaw> = gaussian(),
): Part<Method> =
    Part("conMezo(angle = $angle, beta = $beta, warmUp = $warmUp, law = $law)") {
        Method.conMezo(Cone.Config(angle, beta, warmUp, law.build()))
    }

/**
 * HiZOO: steps along directions that are shorter where the loss is more curved, scaled by a diagonal Σ that is learned
 * from the curvature along them.
 *
 * ```
 * z = Σ^½u,  c = |f(θ + εz) − 2f(θ) + f(θ − εz)|/2ε²
 * θ ← θ − ηp·z,  p the slope along z
 * Σ⁻¹ ← (1 − α)Σ⁻¹ + α·c·Σ⁻¹u²
 * ```
 *
 * Cost: 3 forward passes per step. Memory: Σ^½, as large as the model. Reference: arXiv 2402.15173, where α is 1e-8.
 *
 * @param smoothing α
 * @param law of u
 */
public fun hizoo(
    smoothing: Double = 1e-6,
    law: Part<DirectionLaw> = gaussian(),
): Part<Method> =
    Part("hizoo(smoothing = $smoothing, law = $law)") {
        Method.hizoo(CurvatureScaled.Config(smoothing, law.build()))
    }

/**
 * ZO Fine-tuner: scales the noise of each tensor by a small net, whose inputs are that tensor and the last losses.
 *
 * ```
 * σᵢ = |netᵢ(mean θᵢ, var θᵢ, ℓ⁺, ℓ⁻, last σᵢ)|,   z = cσᵢ·noise in tensor i, c such that the noise keeps its energy
 * p = (f(θ + εz) − f(θ − εz)) / 2ε,   θ ← θ − ηp·z
 * ```
 *
 * Cost: 2 forward passes per step. Memory: 449 numbers per tensor. The nets are trained once per model: [trainScales].
 * Reference: arXiv 2510.00419.
 *
 * @param scales the nets, [trainedScales], or a baseline for them: [uniformScales] (which is MeZO), [untrainedScales],
 *     [proportionalScales]
 * @param energy the weight of each tensor in the energy. Default: the number of its elements that a batch touches;
 *     [publishedEnergy] is the published code's guess at it
 * @param law distribution of the noise
 */
public fun zoFinetuner(
    scales: Part<ScaleSource>,
    energy: Part<Energy> = touchedEnergy(),
    law: Part<DirectionLaw> = gaussian(),
): Part<Method> =
    Part("zoFinetuner($scales, energy = $energy, law = $law)") {
        Method.zoFinetuner(LearnedScales.Config(scales.build(), energy.build(), law.build()))
    }
