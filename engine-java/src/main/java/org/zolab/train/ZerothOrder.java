package org.zolab.train;

import java.util.List;
import java.util.function.BiConsumer;
import org.zolab.estimator.Estimate;
import org.zolab.estimator.GradientEstimator;
import org.zolab.probe.CountingOracle;
import org.zolab.probe.LossOracle;
import org.zolab.probe.Probe;
import org.zolab.sampler.DirectionSampler;
import org.zolab.space.Direction;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterVector;
import org.zolab.update.LearningRate;
import org.zolab.update.UpdateRule;

/**
 * Zeroth-order descent with a direction policy. Every method of this engine is a combination of these parts.
 *
 * @param sampler      π, which proposes directions
 * @param estimator    what makes a gradient estimate from losses
 * @param rule         what moves θ
 * @param learningRate η of each step
 * @param seed         of all noise
 */
public record ZerothOrder(
        DirectionSampler sampler, GradientEstimator estimator, UpdateRule rule, LearningRate learningRate, long seed) {

    /** The first draw of noise that no step's directions use; a policy's own measurements do. */
    static final int APART = 1 << 23;

    /** Takes step {@code t}, counted from 0, on the loss {@code f} of one batch. */
    public Estimate step(int t, LossOracle f, ParameterVector theta) {
        return step(t, f, theta, (zs, g) -> {});
    }

    /** Takes step {@code t}, and shows {@code watch} the directions and the estimate before anything moves. */
    public Estimate step(int t, LossOracle f, ParameterVector theta, BiConsumer<List<Direction>, Estimate> watch) {
        sampler.prepare(f, theta, new NoiseKey(seed, t, APART));
        List<Direction> zs = sampler.propose(estimator.directions(), theta, new NoiseKey(seed, t, 0)); // zᵢ ~ π
        CountingOracle asked = new CountingOracle(f);
        requireProposed(zs);
        Estimate g = estimator.estimate(asked, theta, zs); // ĝ from f(θ + εz)
        requireWhole(g, asked.losses().size());
        watch.accept(zs, g);
        rule.apply(f, theta, g.gradient(), learningRate.applyAsDouble(t)); // θ ← θ − ηĝ
        sampler.observe(g.probes(), g.gradient()); // π learns
        learningRate.observe(
                g.probes().stream().mapToDouble(Probe::loss).average().orElseThrow());
        return g;
    }

    /** Refuses other than as many directions as were asked for, as a sampler of one's own may give. */
    private void requireProposed(List<Direction> zs) {
        if (zs.size() != estimator.directions()) {
            throw new IllegalArgumentException("the sampler's propose gave " + zs.size() + " directions of "
                    + estimator.directions() + "; it must give as many as its count says");
        }
    }

    /** Refuses an estimate that spent other than what the estimator says, or that a step's record cannot hold. */
    private void requireWhole(Estimate g, int spent) {
        if (spent != estimator.forwards()) {
            throw new IllegalArgumentException("the estimator says "
                    + estimator.forwards() + (estimator.forwards() == 1 ? " forward pass" : " forward passes")
                    + " a step and spent " + spent
                    + "; steps are paid for by what its forwards() says, so let that give what estimate(…) asks for");
        }
        if (g.probes().isEmpty() || g.slopes().isEmpty()) {
            throw new IllegalArgumentException(
                    "the estimator gave " + g.probes().size() + " probes and "
                            + g.slopes().size() + " slopes; a step's record needs one of each at least");
        }
    }
}
