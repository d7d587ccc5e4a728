package org.zolab.diagnose;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Weighting;

/**
 * How well directions align with an exact gradient g = ∇f(θ). Every number costs one or two reads of each vector, and no memory.
 *
 * <p>The alignment of a policy is C = E cos²(z, g), which is 1/d for isotropic draws. The quantity to plot is C·d: how many times as much
 * of g a draw captures as one of MeZO's. The formulas take the expectations of numerator and denominator separately, with an error of
 * order 1/d.
 *
 * @param gradient g, as {@link org.zolab.probe.DifferentiableOracle} returns it
 */
public record Alignment(ParameterVector gradient) {

    private Direction g() {
        return Direction.of(gradient);
    }

    /** cos(x, g). For an estimate, call this before its sampler has observed it. */
    public double cosine(Direction x) {
        return Fold.product(gradient, x, g()) / (Fold.norm(gradient, x) * Fold.norm(gradient, g()));
    }

    /**
     * C·d of draws from N(μ, σ²I) confined to a set S of d_S coordinates.
     *
     * <pre>
     *   d (⟨μ_S, g⟩² + σ²‖g_S‖²) / (‖g‖² (‖μ_S‖² + σ²d_S))
     * </pre>
     */
    public double ofGaussian(ParameterVector mean, double sigma, Weighting support) {
        ParameterSpace space = gradient.space();
        Direction mu = Direction.of(mean).times(support);
        double along = Fold.product(gradient, mu, g());
        double seen = Fold.product(gradient, g().times(support), g());
        double square = Fold.product(gradient, mu, mu) + sigma * sigma * support.reach(space);
        return space.dimension() * (along * along + sigma * sigma * seen) / (Fold.product(gradient, g(), g()) * square);
    }

    /**
     * C·d of draws σᵢz with one scale per tensor, in the order of the space, confined to a set S with nᵢ coordinates in tensor i.
     *
     * <pre>
     *   d Σ σᵢ²‖gᵢ_S‖² / (‖g‖² Σ nᵢσᵢ²)
     * </pre>
     */
    public double ofScales(double[] sigma, Weighting support) {
        ParameterSpace space = gradient.space();
        if (sigma.length != space.tensors().size()) {
            throw new IllegalArgumentException(
                    "sigma is not one number for each of the " + space.tensors().size() + " tensors: " + sigma.length);
        }
        double[] squares = Fold.products(gradient, g().times(support), g());
        double seen = 0;
        double energy = 0;
        for (int t = 0; t < sigma.length; t++) {
            seen += sigma[t] * sigma[t] * squares[t];
            energy += sigma[t] * sigma[t] * support.reach(space, t);
        }
        return space.dimension() * seen / (Fold.product(gradient, g(), g()) * energy);
    }

    /** cos(μ, −g): whether a learned mean points downhill. */
    public double downhill(ParameterVector mean) {
        return -cosine(Direction.of(mean));
    }

    /** ‖μ_S‖ / (σ√d_S): the length of a learned mean relative to the noise around it, both confined to the set S of d_S coordinates. */
    public static double length(ParameterVector mean, double sigma, Weighting support) {
        return Fold.norm(mean, Direction.of(mean).times(support)) / (sigma * Math.sqrt(support.reach(mean.space())));
    }

    /** Each layer's share of ‖x‖², none if x is 0; {@code layer} maps a tensor to the name of its layer. */
    public Map<String, Double> shares(Direction x, Function<ParameterSpace.Tensor, String> layer) {
        double[] squares = Fold.products(gradient, x, x);
        double all = Fold.product(gradient, x, x);
        if (all == 0) {
            return Map.of();
        }
        Map<String, Double> shares = new TreeMap<>();
        for (int t = 0; t < squares.length; t++) {
            shares.merge(layer.apply(gradient.space().tensor(t)), squares[t] / all, Double::sum);
        }
        return shares;
    }
}
