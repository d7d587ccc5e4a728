package org.zolab.sampler;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.zolab.probe.Probe;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;
import org.zolab.space.Weighting;

/**
 * Draws directions from a cone around a momentum of the estimates (ConMeZO).
 *
 * <pre>
 *   z = sin φ·u − cos φ·√d·m/‖m‖,   u the law's noise;  z = u while m is 0
 *   m ← βm + (1 − β)·ĝ,             in the paper ĝ = p·z, p the slope along z
 *   φ falls evenly from π/2, where the cone is all of space, to its angle over the warm-up
 * </pre>
 *
 * <p>‖z‖² is d on average, like the noise's, so MeZO's η and ε still fit. On a linear loss a step gains
 *
 * <pre>
 *   sin²φ + d·cos²(m, ∇f)·cos²φ
 * </pre>
 *
 * <p>times what a MeZO step gains: more than 1 once m is closer to ∇f than a random direction, cos² &gt; 1/d, and sin²φ while m knows
 * nothing. If the noise is confined to some coordinates, so is the cone, and d is their number.
 *
 * <p>ĝ is the step's estimate, one-sided or two-sided, along one direction or several. In leave-one-out and in guided differences, whatever
 * the directions have in common cancels, and so would the axis; a plan refuses these estimators.
 *
 * <p>The axis is −m, where the loss falls, as with LDSD's mean; in the paper it is m. By the symmetry of u, a two-sided estimate cannot tell
 * one from the other, but with +m the best of several directions on one side of θ would be the one that follows m least.
 *
 * <p>Memory: m, as large as θ. Cost: no forward pass of its own; a sweep over m for its norm.
 *
 * <p>Reference: ConMeZO, arXiv 2511.02757.
 */
public final class Cone implements DirectionSampler {

    /**
     * Settings.
     *
     * @param angle  φ, between the axis and the draws, in radians; π/2: noise alone
     * @param beta   β
     * @param warmUp steps over which the cone narrows
     * @param law    of u
     */
    public record Config(double angle, double beta, int warmUp, DirectionLaw law) implements SamplerConfig {

        public Config {
            new Problems()
                    .require(angle > 0 && angle <= Math.PI / 2, "angle of the cone is not in (0, pi/2]", angle)
                    .require(beta >= 0 && beta < 1, "beta of the cone is not in [0, 1)", beta)
                    .require(warmUp >= 0, "warmUp of the cone is negative", warmUp)
                    .orThrow();
        }

        @Override
        public void check(ParameterSpace space, Problems problems) {
            law.check(space, problems);
        }

        @Override
        public DirectionSampler create(ParameterVector theta) {
            return new Cone(this, law.on(theta), theta.zeros());
        }

        @Override
        public boolean steers() {
            return true;
        }

        @Override
        public int keptVectors() {
            return 1;
        }

        @Override
        public String toString() {
            return "cone of " + angle + " around a momentum " + beta + ", warm-up " + warmUp + ", " + law;
        }
    }

    private final Config config;
    private final DirectionLaw.Draws noise;
    private final ParameterVector momentum;

    private Cone(Config config, DirectionLaw.Draws noise, ParameterVector momentum) {
        this.config = config;
        this.noise = noise;
        this.momentum = momentum;
    }

    @Override
    public List<Direction> propose(int count, ParameterVector theta, NoiseKey key) {
        Weighting support = noise.support(key);
        Direction m = Direction.of(momentum).times(support);
        double norm = Fold.norm(theta, m);
        double warm = config.warmUp() == 0 ? 1 : Math.min(1, (double) key.step() / config.warmUp());
        double rest = norm > 0 ? warm * (Math.PI / 2 - config.angle()) : 0; // π/2 − φ
        Direction axis =
                norm > 0 ? m.times(-Math.sin(rest) * Math.sqrt(support.reach(theta.space())) / norm) : Direction.ZERO;
        return IntStream.range(0, count)
                .mapToObj(i -> axis.plus(noise.at(key.draw(i)).times(Math.cos(rest))))
                .toList();
    }

    @Override
    public void observe(List<Probe> probes, Direction estimate) {
        momentum.update(config.beta(), estimate, 1 - config.beta()); // m ← βm + (1 − β)ĝ
    }

    @Override
    public Map<String, ParameterVector> kept() {
        return Map.of("momentum", momentum);
    }
}
