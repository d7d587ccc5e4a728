package org.zolab.sampler;

import java.util.List;
import java.util.stream.IntStream;
import org.zolab.probe.Probe;
import org.zolab.space.Direction;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;

/**
 * Draws z ~ N(μ, σ²I) and learns μ, so that probes lean towards directions that lowered the loss (LDSD).
 *
 * <pre>
 *   aᵢ = fᵢ − mean of the other losses
 *   ĝ  = 1/(Kσ²) Σ aᵢ (zᵢ − μ)          an estimate of ε∇f: leave-one-out REINFORCE on E f(θ + εz)
 *   μ ← μ − γ·ĝ                          the paper's form
 *   μ ← μ − γ·σ²/s·ĝ                     the scale-free form, s a running standard deviation of the losses
 * </pre>
 *
 * <p>In the scale-free form μ moves about γσ a step along −∇f/‖∇f‖, whatever the scale of f, ε and d are. On a linear loss both
 * forms learn at cos(μ, −∇f) = √(T(K−1)/(d + T(K−1))) after T steps.
 *
 * <p>Memory: μ, as large as θ. The noise is drawn again from its keys, all K streams in one pass. Cost: no forward pass of its own.
 *
 * <p>Reference: LDSD, arXiv 2602.13659. The published code pairs losses with noise that they were not measured at, so that its mean
 * does not learn; this is the formula.
 */
public final class LearnedMean implements DirectionSampler {

    /** What γ is measured in. */
    public enum Form {
        /** γ multiplies the policy gradient, which scales with f and ε. */
        PAPER,
        /** γ is the distance that μ moves in a step, in units of σ. */
        SCALE_FREE
    }

    /**
     * Settings.
     *
     * @param learningRate γ, of the policy; 0 freezes μ
     * @param sigma        σ, the standard deviation of a coordinate
     * @param form         what γ is measured in
     * @param law          the law of the noise
     */
    public record Config(double learningRate, double sigma, Form form, Law law) implements SamplerConfig {

        public Config {
            new Problems()
                    .require(
                            learningRate >= 0 && learningRate < Double.POSITIVE_INFINITY,
                            "lr of the sampler is not zero or positive and finite",
                            learningRate)
                    .require(
                            sigma > 0 && sigma < Double.POSITIVE_INFINITY,
                            "sigma is not strictly positive and finite",
                            sigma)
                    .orThrow();
        }

        @Override
        public DirectionSampler create(ParameterVector theta) {
            return new LearnedMean(this, theta.zeros());
        }

        @Override
        public String toString() {
            return "learned mean, " + (form == Form.PAPER ? "gamma " : "lr ") + learningRate + ", sigma " + sigma + ", "
                    + law;
        }

        @Override
        public boolean learns() {
            return true;
        }

        @Override
        public int keptVectors() {
            return 1;
        }
    }

    /** How much of the running variance of the losses a step keeps. */
    private static final double MEMORY = 0.95;

    private final Config config;
    private final ParameterVector mean;
    private double variance; // running mean of the losses' variance within a step, and of its weights
    private double weight;

    private LearnedMean(Config config, ParameterVector mean) {
        this.config = config;
        this.mean = mean;
    }

    /** μ. */
    public ParameterVector mean() {
        return mean;
    }

    @Override
    public List<Direction> propose(int count, ParameterVector theta, NoiseKey key) {
        return IntStream.range(0, count)
                .mapToObj(i -> Direction.of(mean)
                        .plus(Direction.noise(key.draw(i), config.law()).times(config.sigma())))
                .toList();
    }

    @Override
    public void observe(List<Probe> probes) {
        List<Probe> draws =
                probes.stream().filter(probe -> probe.distance() > 0).toList(); // what lies behind θ is no draw of π
        int k = draws.size();
        if (k < 2) {
            throw new IllegalArgumentException("draws is less than 2, no other loss to compare with: " + k);
        }
        double total = draws.stream().mapToDouble(Probe::loss).sum();
        double square = draws.stream()
                .mapToDouble(Probe::loss)
                .map(f -> (f - total / k) * (f - total / k))
                .sum();
        variance = MEMORY * variance + (1 - MEMORY) * square / (k - 1);
        weight = MEMORY * weight + (1 - MEMORY);
        double rate = config.learningRate();
        if (config.form() == Form.SCALE_FREE) {
            double deviation = Math.sqrt(variance / weight);
            rate *= deviation > 0 ? config.sigma() * config.sigma() / deviation : 0; // equal losses teach nothing
        }
        if (rate == 0) {
            return;
        }
        Direction gradient = Direction.ZERO;
        for (Probe probe : draws) {
            double advantage = probe.loss() - (total - probe.loss()) / (k - 1);
            Direction deviation = probe.direction().minus(Direction.of(mean)); // z − μ = σ·noise
            gradient = gradient.plus(deviation.times(advantage / (k * config.sigma() * config.sigma())));
        }
        mean.move(gradient, -rate); // μ ← μ − γĝ
    }
}
