package org.zolab.sampler;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.zolab.probe.Probe;
import org.zolab.probe.Sides;
import org.zolab.space.Direction;
import org.zolab.space.Direction.Scaled;
import org.zolab.space.ElementMap;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;

/**
 * Draws directions that are short where the loss is curved, by a diagonal that learns from the curvature along them (HiZOO).
 *
 * <pre>
 *   z = Σ^½·u,   u the law's noise, Σ diagonal, I at first
 *   c = |ℓ⁺ − 2ℓ₀ + ℓ⁻| / 2ε²                            ½|zᵀ∇²f z|
 *   Σ⁻¹ ← (1 − α)Σ⁻¹ + α·c·Σ⁻¹u²,  elementwise;  kept as s = Σ^½:  s ← s/√(1 + α(c·u² − 1))
 * </pre>
 *
 * <p>For a diagonal Hessian this comes to rest, on average, where every σᵢ²·hᵢ is 2/(d + 2): Σ is then proportional to the inverse Hessian,
 * and so small that zᵀ∇²f z is about 2. While it is above 2, all of Σ shrinks as if η fell; differences between coordinates are learned d
 * times more slowly.
 *
 * <p>Memory: s, as large as θ; relative changes below 6·10⁻⁸ are lost. Cost: the estimator's loss at θ, and a sweep over s for each direction.
 *
 * <p>Reference: HiZOO, arXiv 2402.15173.
 */
public final class CurvatureScaled implements DirectionSampler {

    /**
     * Settings.
     *
     * @param smoothing α, how much of Σ⁻¹ a step replaces
     * @param law       of u
     */
    public record Config(double smoothing, DirectionLaw law) implements SamplerConfig {

        public Config {
            new Problems()
                    .require(smoothing >= 0 && smoothing < 1, "smoothing of the curvature is not in [0, 1)", smoothing)
                    .orThrow();
        }

        @Override
        public void check(ParameterSpace space, Problems problems) {
            law.check(space, problems);
        }

        @Override
        public DirectionSampler create(ParameterVector theta) {
            ParameterVector scale = theta.zeros();
            scale.set((tensor, values) -> {
                for (int i = 0; i < tensor.size(); i++) {
                    values.put(i, 1);
                }
            });
            return new CurvatureScaled(this, law.on(theta), scale);
        }

        @Override
        public boolean needsCurvatures() {
            return true;
        }

        @Override
        public int keptVectors() {
            return 1;
        }

        @Override
        public String toString() {
            return "scaled by curvature, smoothing " + smoothing + ", " + law;
        }
    }

    private final double alpha;
    private final DirectionLaw.Draws noise;
    private final ParameterVector scale;

    private CurvatureScaled(Config config, DirectionLaw.Draws noise, ParameterVector scale) {
        this.alpha = config.smoothing();
        this.noise = noise;
        this.scale = scale;
    }

    @Override
    public List<Direction> propose(int count, ParameterVector theta, NoiseKey key) {
        return IntStream.range(0, count)
                .mapToObj(i -> noise.at(key.draw(i)).times(scale))
                .toList();
    }

    @Override
    public void observe(List<Probe> probes) {
        double here = Sides.here(probes);
        for (Sides along : Sides.among(probes)) {
            double c = Math.abs(along.curvature(here)) / 2;
            ElementMap.update(List.of(scale), noise(along.direction()), (x, u, at, n) -> {
                float[] s = x[0];
                for (int i = at; i < at + n; i++) {
                    if (u[i] != 0) {
                        s[i] = (float) (s[i] / Math.sqrt(1 + alpha * (c * u[i] * u[i] - 1)));
                    }
                }
            });
        }
    }

    /** u of z = Σ^½·u. */
    private static Direction noise(Direction z) {
        return new Direction(z.terms().stream()
                .map(term -> term.source() instanceof Scaled scaled
                        ? new Direction.Term(scaled.source(), term.weighting(), term.coefficient())
                        : term)
                .toList());
    }

    @Override
    public Map<String, ParameterVector> kept() {
        return Map.of("scale", scale);
    }
}
