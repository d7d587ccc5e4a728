package org.zolab.train;

import java.util.function.DoubleFunction;
import org.zolab.estimator.BestOf;
import org.zolab.estimator.CentralDifference;
import org.zolab.estimator.GradientEstimator;
import org.zolab.sampler.Isotropic;
import org.zolab.sampler.LearnedMean;
import org.zolab.sampler.SamplerConfig;
import org.zolab.space.Law;

/**
 * A method of the field: a direction policy, the estimator it usually goes with, and settings that work on the embedded task.
 *
 * @param name         what it is called in figures
 * @param sampler      the policy's settings
 * @param estimator    from ε to the estimator
 * @param learningRate η of θ, unless a plan says otherwise
 * @param epsilon      ε, unless a plan says otherwise
 */
public record Method(
        String name,
        SamplerConfig sampler,
        DoubleFunction<GradientEstimator> estimator,
        double learningRate,
        double epsilon) {

    /** MeZO: Gaussian directions, central difference. 2 forward passes a step, no memory. Reference: arXiv 2305.17333. */
    public static Method mezo() {
        return new Method("mezo", new Isotropic.Config(Law.GAUSSIAN), CentralDifference::new, 5e-5, 1e-3);
    }

    /**
     * LDSD: a learned mean of the directions, the best of K probes. K + 1 forward passes a step; memory: μ, as large as θ.
     * Reference: arXiv 2602.13659.
     *
     * @param learningRate of the policy, see {@link LearnedMean.Form}
     * @param sigma        σ, the standard deviation of a direction's coordinate
     * @param candidates   K
     * @param form         what the policy's learning rate is measured in
     */
    public static Method ldsd(double learningRate, double sigma, int candidates, LearnedMean.Form form) {
        return new Method(
                "ldsd",
                new LearnedMean.Config(learningRate, sigma, form, Law.GAUSSIAN),
                epsilon -> new BestOf(candidates, epsilon),
                5e-5,
                1e-3);
    }

    /** The same with another estimator. */
    public Method with(DoubleFunction<GradientEstimator> estimator) {
        return new Method(name, sampler, estimator, learningRate, epsilon);
    }
}
