package org.zolab.sampler;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.zolab.probe.LossOracle;
import org.zolab.probe.Probe;
import org.zolab.space.Direction;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;
import org.zolab.space.Weighting;

/**
 * Draws noise that is scaled tensor by tensor, by nets that were trained beforehand and look at θ and the last losses (ZO Fine-tuner).
 *
 * <pre>
 *   aᵢ = [mean(θᵢ), var(θᵢ), ℓ⁺, ℓ⁻, σᵢ]      losses and raw scales of the step before; at first 0, 0 and 1
 *   σᵢ = |netᵢ(aᵢ)|
 *   c  = √(Σ fᵢ / Σ fᵢσᵢ²)                   so that the energy Σ fᵢ(cσᵢ)² is that of the unscaled noise
 *   zᵢ = cσᵢ·uᵢ
 * </pre>
 *
 * <p>E[zzᵀ] = diag((cσᵢ)²), so a step follows the preconditioned gradient: (cσᵢ)² is a learning rate for each tensor.
 *
 * <p>Cost: no forward pass of its own; two sweeps over θ for means and variances where nets are used. Memory: a few numbers a tensor.
 *
 * <p>If the estimator measures on one side of θ only, that loss stands for both sides, and if it measures at θ alone, the loss there does.
 * Over several directions the losses are averaged.
 *
 * <p>Reference: arXiv 2510.00419. The formula, not the published code.
 */
public final class LearnedScales implements DirectionSampler {

    /**
     * Settings.
     *
     * @param scales what σ is
     * @param energy the weight of each tensor
     * @param law    of u
     */
    public record Config(ScaleSource scales, Energy energy, DirectionLaw law) implements SamplerConfig {

        /** Scales with {@link Energy#TOUCHED} as the weights. */
        public Config(ScaleSource scales, DirectionLaw law) {
            this(scales, Energy.TOUCHED, law);
        }

        @Override
        public void check(ParameterSpace space, Problems problems) {
            law.check(space, problems);
            problems.gather(() -> scales.on(space));
        }

        @Override
        public boolean differentiates() {
            return scales.differentiates();
        }

        @Override
        public int forwardsBefore() {
            return scales.differentiates() ? 1 : 0;
        }

        @Override
        public DirectionSampler create(ParameterVector theta) {
            return new LearnedScales(this, theta);
        }

        @Override
        public String toString() {
            return "scales " + scales + ", " + energy + ", " + law;
        }
    }

    private final DirectionLaw.Draws draws;
    private @Nullable ScaleSource unmeasured;
    private Function<Supplier<double[][]>, double[]> source;
    private final Energy weights;
    private final ScaleState state;
    private double[] energy;
    private @Nullable Scales scales;
    private Weighting support = Weighting.ONE;

    private LearnedScales(Config config, ParameterVector theta) {
        this.draws = config.law().on(theta);
        this.unmeasured = config.scales().differentiates() ? config.scales() : null;
        this.source = config.scales().on(theta.space());
        this.weights = config.energy();
        this.energy = weights.of(theta.space(), Map::of);
        this.state = new ScaleState(energy.length);
    }

    /** σ and f of the last proposed directions; null before the first. */
    public @Nullable Scales scales() {
        return scales;
    }

    /** The coordinates that the last proposed directions are confined to. */
    public Weighting support() {
        return support;
    }

    @Override
    public void prepare(LossOracle f, ParameterVector theta, NoiseKey key) {
        energy = weights.of(theta.space(), f::partial);
        if (unmeasured != null) {
            source = unmeasured.at(f, theta).on(theta.space());
            unmeasured = null;
        }
    }

    @Override
    public List<Direction> propose(int count, ParameterVector theta, NoiseKey key) {
        support = draws.support(key);
        scales = new Scales(source.apply(() -> state.inputs(theta)), energy);
        Weighting weighting = scales.weighting(theta.space());
        return IntStream.range(0, count)
                .mapToObj(i -> draws.at(key.draw(i)).times(weighting))
                .toList();
    }

    @Override
    public void observe(List<Probe> probes) {
        if (scales != null && !probes.isEmpty()) {
            state.after(loss(probes, 1), loss(probes, -1), scales.sigma());
        }
    }

    /** The mean of the losses on one side; without any, of those on the other side; and if all are at θ, of these. */
    private static double loss(List<Probe> probes, int side) {
        return IntStream.of(side, -side, 0)
                .mapToObj(wanted -> probes.stream()
                        .filter(probe -> Math.signum(probe.distance()) == wanted)
                        .mapToDouble(Probe::loss)
                        .average())
                .filter(OptionalDouble::isPresent)
                .findFirst()
                .orElseThrow()
                .getAsDouble();
    }
}
