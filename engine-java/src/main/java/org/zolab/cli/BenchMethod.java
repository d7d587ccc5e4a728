package org.zolab.cli;

import java.util.Locale;
import org.zolab.estimator.BestOf;
import org.zolab.estimator.CentralDifference;
import org.zolab.estimator.GradientEstimator;
import org.zolab.estimator.GuidedDifference;
import org.zolab.sampler.DirectionLaw;
import org.zolab.sampler.Isotropic;
import org.zolab.sampler.LearnedMean;
import org.zolab.sampler.SamplerConfig;
import org.zolab.space.ParameterVector;
import org.zolab.train.ZerothOrder;
import org.zolab.update.Sgd;

/** The methods whose steps are measured, with the settings that their papers' scripts have. */
enum BenchMethod {
    /** Two sides of one direction. */
    MEZO("MeZO", new CentralDifference(BenchMethod.EPSILON)),
    /** The mean of four. */
    N_SPSA("n-SPSA, q = 4", new CentralDifference(4, BenchMethod.EPSILON)),
    /** The best of five about a learned mean. */
    LDSD("LDSD, K = 5", new BestOf(5, BenchMethod.EPSILON)),
    /** Four probes, then two sides of what they say. */
    GV("MeZO-GV, M = 4", new GuidedDifference(4, 0.5, false, BenchMethod.EPSILON));

    private static final double EPSILON = 1e-3;
    /** Small, so that the weights stay what they are however often a step is taken. */
    private static final double LEARNING_RATE = 1e-9;

    private final String title;
    private final GradientEstimator estimator;

    BenchMethod(String title, GradientEstimator estimator) {
        this.title = title;
        this.estimator = estimator;
    }

    /** How it is called in a table. */
    String title() {
        return title;
    }

    /** Forward passes of a step. */
    int forwards() {
        return estimator.forwards();
    }

    /** Its step on {@code theta}, with noise of a law. */
    ZerothOrder on(ParameterVector theta, DirectionLaw law) {
        SamplerConfig sampler = this == LDSD
                ? new LearnedMean.Config(1e-3, 1, LearnedMean.Form.SCALE_FREE, law)
                : new Isotropic.Config(law);
        return new ZerothOrder(sampler.create(theta), estimator, new Sgd().create(theta), t -> LEARNING_RATE, 1);
    }

    /** As it is written on the command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
