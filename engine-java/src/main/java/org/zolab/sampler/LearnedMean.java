package org.zolab.sampler;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.zolab.probe.LossOracle;
import org.zolab.probe.Probe;
import org.zolab.space.Direction;
import org.zolab.space.Direction.Drawn;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.OneStream;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Precision;
import org.zolab.space.Problems;
import org.zolab.space.Weighting;

/**
 * Draws z = μ + σ·noise and learns μ, so that probes lean towards directions that lowered the loss (LDSD).
 *
 * <pre>
 *   aᵢ = fᵢ − mean of the other losses
 *   ĝ  = 1/(Kσ²) Σ aᵢ (zᵢ − μ)          an estimate of ε∇f: leave-one-out REINFORCE on E f(θ + εz)
 *   μ ← (1 − λ)μ − γ·ĝ                   the paper's form
 *   μ ← (1 − λ)μ − γ·σ²/s·ĝ               the scale-free form, s a running standard deviation of the losses
 * </pre>
 *
 * <p>In the scale-free form μ moves about γσ a step along −∇f/‖∇f‖, whatever the scale of f, ε and d are. On a linear loss both
 * forms reach cos(μ, −∇f) = √(T(K−1)/(d + T(K−1))) after T steps. In a step whose noise is confined to some tensors, so is the mean.
 *
 * <p>Memory: μ, as large as θ, or half of that in bf16, where every move of μ is rounded without bias. The noise is drawn again from its
 * keys, all K streams in one pass. Cost: no forward pass of its own, except those of its start.
 *
 * <p>Reference: LDSD, arXiv 2602.13659. The published code pairs losses with noise that they were not measured at, so that its mean
 * does not learn; this is the formula, and {@code asPublished} is that code, to compare with.
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
     * @param decay        λ, how much of μ a step forgets
     * @param start        what μ is before the first step
     * @param asPublished  whether μ is updated with the noise that the published code draws, which was never measured
     * @param precision    of μ
     */
    public record Config(
            double learningRate,
            double sigma,
            Form form,
            DirectionLaw law,
            double decay,
            MeanStart start,
            boolean asPublished,
            Precision precision)
            implements SamplerConfig {

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
                    .require(decay >= 0 && decay < 1, "decay of the mean is not in [0, 1)", decay)
                    .orThrow();
        }

        /** A mean that starts at 0 and forgets nothing. */
        public Config(double learningRate, double sigma, Form form, DirectionLaw law) {
            this(learningRate, sigma, form, law, 0, MeanStart.ZERO, false);
        }

        /** A mean in single precision. */
        public Config(
                double learningRate,
                double sigma,
                Form form,
                DirectionLaw law,
                double decay,
                MeanStart start,
                boolean asPublished) {
            this(learningRate, sigma, form, law, decay, start, asPublished, Precision.FP32);
        }

        @Override
        public void check(ParameterSpace space, Problems problems) {
            law.check(space, problems);
            start.check(space, problems);
        }

        @Override
        public DirectionSampler create(ParameterVector theta) {
            return new LearnedMean(this, law.on(theta), theta.zeros(precision));
        }

        @Override
        public String toString() {
            return "learned mean, " + (form == Form.PAPER ? "gamma " : "lr ") + learningRate + ", sigma " + sigma + ", "
                    + law + (decay > 0 ? ", decay " + decay : "")
                    + (start == MeanStart.ZERO ? "" : ", from " + start) + (asPublished ? ", as published" : "")
                    + (precision == Precision.FP32 ? "" : ", in bf16");
        }

        @Override
        public boolean comparesDraws() {
            return true;
        }

        @Override
        public int forwardsBefore() {
            return start.forwards();
        }

        @Override
        public int keptVectors() {
            return 1;
        }

        @Override
        public int keptBytes() {
            return precision.bytes();
        }
    }

    /** The share of the losses' running variance that a step keeps. */
    private static final double MEMORY = 0.95;

    private final Config config;
    private final DirectionLaw.Draws noise;
    private final ParameterVector mean;
    private Weighting support = Weighting.ONE;
    private double variance; // running mean of the losses' variance within a step, and of its weights
    private double weight;

    private LearnedMean(Config config, DirectionLaw.Draws noise, ParameterVector mean) {
        this.config = config;
        this.noise = noise;
        this.mean = mean;
    }

    /** μ. */
    public ParameterVector mean() {
        return mean;
    }

    /** σ. */
    public double sigma() {
        return config.sigma();
    }

    /** The coordinates that the last proposed directions are confined to. */
    public Weighting support() {
        return support;
    }

    @Override
    public Map<String, ParameterVector> kept() {
        return Map.of("mean", mean);
    }

    @Override
    public void prepare(LossOracle f, ParameterVector theta, NoiseKey key) {
        mean.dither(new NoiseKey(key.seed(), 0, 0));
        if (key.step() == 0) {
            double reach = config.sigma() * Math.sqrt(noise.support(key).reach(theta.space()));
            config.start().write(mean, reach, f, theta, i -> noise.at(key.draw(i)));
        }
    }

    @Override
    public List<Direction> propose(int count, ParameterVector theta, NoiseKey key) {
        support = noise.support(key);
        return IntStream.range(0, count)
                .mapToObj(i -> mu().plus(noise.at(key.draw(i)).times(config.sigma())))
                .toList();
    }

    private Direction mu() {
        return Direction.of(mean).times(support);
    }

    @Override
    public void observe(List<Probe> probes) {
        List<Probe> draws =
                probes.stream().filter(probe -> probe.distance() > 0).toList(); // a point behind θ is not a draw of π
        int k = draws.size();
        if (k < 2) {
            throw new IllegalArgumentException("draws is less than 2, no other loss to compare with: " + k);
        }
        double total = draws.stream().mapToDouble(Probe::loss).sum();
        double rate = rate(draws, total / k);
        if (rate == 0) {
            return;
        }
        int best = IntStream.range(0, k)
                .reduce(0, (a, b) -> draws.get(b).loss() < draws.get(a).loss() ? b : a);
        Direction gradient = Direction.ZERO;
        for (int i = 0; i < k; i++) {
            double loss = draws.get(i).loss();
            double advantage = loss - (total - loss) / (k - 1);
            Direction deviation = config.asPublished()
                    ? readOn(draws.get(best).direction().minus(mu()), i, k)
                    : draws.get(i).direction().minus(mu()); // z − μ = σ·noise
            gradient = gradient.plus(deviation.times(advantage / (k * config.sigma() * config.sigma())));
        }
        mean.update(1 - config.decay(), gradient, -rate); // μ ← (1 − λ)μ − γĝ
    }

    /** γ, in the paper's form. */
    private double rate(List<Probe> draws, double average) {
        double square = draws.stream()
                .mapToDouble(Probe::loss)
                .map(f -> (f - average) * (f - average))
                .sum();
        variance = MEMORY * variance + (1 - MEMORY) * square / (draws.size() - 1);
        weight = MEMORY * weight + (1 - MEMORY);
        if (config.form() == Form.PAPER) {
            return config.learningRate();
        }
        double deviation = Math.sqrt(variance / weight);
        return deviation > 0 // equal losses teach nothing
                ? config.learningRate() * config.sigma() * config.sigma() / deviation
                : 0;
    }

    /** What the published code takes for candidate i's noise: the best one's stream, read on. */
    private Direction readOn(Direction noise, int i, int k) {
        return new Direction(noise.terms().stream()
                .map(term -> term.source() instanceof Drawn drawn
                        ? new Direction.Term(
                                new Drawn(drawn.key(), readOn(drawn.law(), i, k)), term.weighting(), term.coefficient())
                        : term)
                .toList());
    }

    private Law readOn(Law law, int i, int k) {
        return new OneStream(law, mean.space(), i, k);
    }
}
