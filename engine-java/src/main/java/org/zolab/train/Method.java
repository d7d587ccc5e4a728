package org.zolab.train;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Optional;
import java.util.function.DoubleFunction;
import java.util.stream.DoubleStream;
import org.zolab.estimator.BestOf;
import org.zolab.estimator.CentralDifference;
import org.zolab.estimator.GradientEstimator;
import org.zolab.estimator.GuidedDifference;
import org.zolab.estimator.Standardised;
import org.zolab.estimator.ThreePoint;
import org.zolab.model.Subset;
import org.zolab.model.adapter.Lora;
import org.zolab.model.adapter.Prefix;
import org.zolab.model.families.Models;
import org.zolab.sampler.Cone;
import org.zolab.sampler.CurvatureScaled;
import org.zolab.sampler.DirectionLaw;
import org.zolab.sampler.Isotropic;
import org.zolab.sampler.KeepsBest;
import org.zolab.sampler.LearnedMean;
import org.zolab.sampler.LearnedScales;
import org.zolab.sampler.SamplerConfig;
import org.zolab.space.Numbers;
import org.zolab.space.Problems;
import org.zolab.update.RuleConfig;
import org.zolab.update.Sgd;
import org.zolab.update.Sign;

/**
 * A published method: a direction policy, the estimator and rule it usually goes with, and settings that work on the embedded task.
 *
 * @param name         what it is called in figures
 * @param sampler      the policy's settings
 * @param estimator    makes the estimator for an ε
 * @param rule         what moves θ, unless a plan says otherwise
 * @param learningRate η of θ, unless a plan says otherwise
 * @param epsilon      ε, unless a plan says otherwise
 */
public record Method(
        String name,
        SamplerConfig sampler,
        DoubleFunction<GradientEstimator> estimator,
        RuleConfig rule,
        double learningRate,
        double epsilon) {

    /** The name of the embedded model, on which the methods' settings were found. */
    private static final String EMBEDDED = Models.opt(Models.EMBEDDED).name();

    /** MeZO: random directions, central difference. 2 forward passes a step, no memory. Reference: arXiv 2305.17333. */
    public static Method mezo(DirectionLaw law) {
        return new Method("mezo", new Isotropic.Config(law), CentralDifference::new, new Sgd(), 1e-4, 1e-3);
    }

    /** MeZO with Gaussian directions. */
    public static Method mezo() {
        return mezo(DirectionLaw.GAUSSIAN);
    }

    /**
     * LDSD: a learned mean of the directions, the best of K probes. K + 1 forward passes a step, K + 2 as published; memory: μ, as large as
     * θ. Reference: arXiv 2602.13659.
     *
     * @param mean       the policy's settings
     * @param candidates K
     */
    public static Method ldsd(LearnedMean.Config mean, int candidates) {
        return new Method(
                "ldsd", mean, epsilon -> new BestOf(candidates, mean.asPublished(), epsilon), new Sgd(), 1.5e-4, 1e-3);
    }

    /**
     * LDSD in its JAGUAR form: a learned mean in some tensors a step, and steps by the sign of a running mean. K + 1 forward passes a step;
     * memory: μ and that running mean, each as large as θ. Reference: arXiv 2602.13659.
     *
     * @param mean       the policy's settings, its law {@link org.zolab.sampler.SomeTensors}
     * @param candidates K
     * @param beta       β of the running mean
     */
    public static Method ldsdJaguar(LearnedMean.Config mean, int candidates, double beta) {
        return new Method("ldsd-jaguar", mean, epsilon -> new BestOf(candidates, epsilon), new Sign(beta), 2e-5, 1e-3);
    }

    /**
     * LDSD with K = 5, σ = 1 and the scale-free form of the mean.
     *
     * @param lr how far μ moves in a step, in units of σ; not η
     */
    public static Method ldsd(double lr) {
        return ldsd(new LearnedMean.Config(lr, 1, LearnedMean.Form.SCALE_FREE, DirectionLaw.GAUSSIAN), 5);
    }

    /**
     * MeZO-GV: the slope along the mean of the good directions of a pool minus the mean of the bad ones. M + 2 forward passes a step, no
     * memory. Reference: arXiv 2601.04710.
     *
     * @param candidates M
     * @param split      α, the share that counts as good
     * @param normalised whether the guiding vector is scaled to the length of a direction of the pool
     * @param history    whether the pool includes the best direction of the previous step
     * @param law        of the pool's directions
     */
    public static Method mezoGv(int candidates, double split, boolean normalised, boolean history, DirectionLaw law) {
        SamplerConfig sampler = new Isotropic.Config(law);
        return new Method(
                "mezo-gv",
                history ? new KeepsBest.Config(sampler) : sampler,
                epsilon -> new GuidedDifference(candidates, split, normalised, epsilon),
                new Sgd(),
                1e-4,
                1e-3);
    }

    /**
     * MeZO-Greedy: the slope along the best of M random directions. M + 1 forward passes a step, no memory. Reference: arXiv 2601.04710.
     *
     * @param candidates M
     * @param law        of the directions
     */
    public static Method mezoGreedy(int candidates, DirectionLaw law) {
        return new Method(
                "mezo-greedy",
                new Isotropic.Config(law),
                epsilon -> new BestOf(candidates, epsilon),
                new Sgd(),
                1e-4,
                1e-3);
    }

    /**
     * ZO Fine-tuner: noise scaled tensor by tensor, by nets that {@link MetaTrainer} trained. 2 forward passes a step; memory: 449 numbers
     * per tensor. Reference: arXiv 2510.00419.
     *
     * @param scales the policy's settings: nets, or a control arm
     */
    public static Method zoFinetuner(LearnedScales.Config scales) {
        return new Method("zo-finetuner", scales, CentralDifference::new, new Sgd(), 1e-4, 1e-3);
    }

    /**
     * FZOO: rises along N directions in units of the losses' standard deviation, so that η is a distance whatever the loss's scale is.
     * N + 1 forward passes a step, no memory. Reference: arXiv 2506.09034.
     *
     * @param candidates N
     * @param law        of the directions; the paper's are signs
     */
    public static Method fzoo(int candidates, DirectionLaw law) {
        return new Method(
                "fzoo",
                new Isotropic.Config(law),
                epsilon -> new Standardised(candidates, epsilon),
                new Sgd(),
                8e-3,
                1e-3);
    }

    /**
     * 1.5-SPSA: slopes along n directions, each with less weight the more the loss curves. 2n + 1 forward passes a step, no memory. See
     * {@link ThreePoint}.
     *
     * @param directions n
     * @param alpha      α, the power of the curvature that a slope is divided by
     * @param law        of the directions; the published code's are signs
     */
    public static Method spsa15(int directions, double alpha, DirectionLaw law) {
        return new Method(
                "1.5-spsa",
                new Isotropic.Config(law),
                epsilon -> new ThreePoint(directions, alpha, epsilon),
                new Sgd(),
                1.5e-3,
                1e-3);
    }

    /**
     * ConMeZO: directions from a cone around a momentum of the estimates. 2 forward passes a step; memory: the momentum, as large as θ.
     * Reference: arXiv 2511.02757.
     *
     * @param cone the policy's settings
     */
    public static Method conMezo(Cone.Config cone) {
        return new Method("conmezo", cone, CentralDifference::new, new Sgd(), 1e-4, 1e-3);
    }

    /**
     * HiZOO: directions scaled by a diagonal that learns from the curvature along them. 3 forward passes a step; memory: the diagonal, as large
     * as θ. Reference: arXiv 2402.15173.
     *
     * @param curvature the policy's settings
     */
    public static Method hizoo(CurvatureScaled.Config curvature) {
        return new Method("hizoo", curvature, epsilon -> new ThreePoint(1, 0, epsilon), new Sgd(), 1e-4, 1e-3);
    }

    /** η of θ where another rule moves it: what moves θ as far in the end, or what suits that rule, or else the method's own. */
    double learningRate(RuleConfig moves) {
        double asFar = learningRate * rule.gain() / moves.gain();
        return moves.equals(rule)
                ? learningRate
                : DoubleStream.of(asFar, moves.learningRate())
                        .filter(rate -> !Double.isNaN(rate))
                        .map(Method::rounded)
                        .findFirst()
                        .orElse(learningRate);
    }

    private static double rounded(double rate) {
        return new BigDecimal(rate).round(new MathContext(6)).doubleValue();
    }

    /** A note if the default η, which suits full tuning of the embedded model, is used for anything else; it says how to find another. */
    Optional<String> rateElsewhere(LanguageSubject subject, RuleConfig rule) {
        boolean embedded = subject.model().name().equals(EMBEDDED);
        if (embedded && subject.tune() instanceof Subset.Full) {
            return Optional.empty();
        }
        String published = subject.tune() instanceof Lora
                ? "MeZO took 1e-4 and 5e-5 for LoRA on OPT, at epsilon 1e-2"
                : subject.tune() instanceof Prefix
                        ? "MeZO took 1e-2 and 1e-3 for prefixes on OPT, at epsilon 1e-1"
                        : subject.tune() instanceof Subset.Full
                                ? "MeZO took 1e-6 and 1e-7 for all parameters of OPT, at epsilon 1e-3"
                                : "";
        return Optional.of("learningRate " + Numbers.plain("" + learningRate(rule))
                + " is the default of " + name + (rule.equals(this.rule) ? "" : " with " + rule)
                + ", which suits opt(\"nano\") with all its parameters; "
                + (Double.isNaN(rule.gain()) ? "ablate { … }" : "findLearningRate { … }")
                + " finds one for this block"
                + (published.isEmpty() ? "" : ", and " + published));
    }

    /** This method with another estimator, and with a learning rate that is changed as their {@link GradientEstimator#stride} is, if known. */
    public Method with(DoubleFunction<GradientEstimator> other) {
        double longer = stride(other) / stride(estimator);
        return new Method(
                name,
                sampler,
                other,
                rule,
                Double.isNaN(longer) ? learningRate : rounded(learningRate * longer),
                epsilon);
    }

    /** NaN if unknown, also because the estimator cannot be made. */
    private double stride(DoubleFunction<GradientEstimator> estimator) {
        GradientEstimator made = new Problems().get(() -> estimator.apply(epsilon));
        return made == null ? Double.NaN : made.stride();
    }
}
