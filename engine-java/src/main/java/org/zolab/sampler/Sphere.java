package org.zolab.sampler;

import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.Law;
import org.zolab.space.ParameterVector;

/**
 * Uniform on the sphere of radius √d: Gaussian noise, scaled to that length.
 *
 * <pre>
 *   z = √d/‖noise‖ · noise
 * </pre>
 *
 * <p>Cost: one more pass of noise for each direction, for its norm; no memory.
 */
public record Sphere() implements DirectionLaw {
    @Override
    public DirectionLaw noise() {
        return this;
    }

    @Override
    public Draws on(ParameterVector theta) {
        double radius = Math.sqrt(theta.space().dimension());
        return key -> {
            Direction noise = Direction.noise(key, Law.GAUSSIAN);
            return noise.times(radius / Fold.norm(theta, noise));
        };
    }

    @Override
    public String toString() {
        return "sphere";
    }
}
