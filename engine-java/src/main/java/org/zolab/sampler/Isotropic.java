package org.zolab.sampler;

import java.util.List;
import java.util.stream.IntStream;
import org.zolab.space.Direction;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterVector;

/**
 * Draws directions with independent coordinates of mean 0 and variance 1: z ~ N(0, I), or fair signs.
 *
 * <p>Memory: none; z is drawn again wherever it is needed.
 *
 * <p>Reference: MeZO, arXiv 2305.17333 (Gaussian); SPSA (Spall, 1992; Rademacher).
 */
public final class Isotropic implements DirectionSampler {

    /**
     * Settings.
     *
     * @param law the law of a coordinate
     */
    public record Config(Law law) implements SamplerConfig {
        @Override
        public DirectionSampler create(ParameterVector theta) {
            return new Isotropic(law);
        }

        @Override
        public String toString() {
            return "isotropic, " + law;
        }
    }

    private final Law law;

    private Isotropic(Law law) {
        this.law = law;
    }

    @Override
    public List<Direction> propose(int count, ParameterVector theta, NoiseKey key) {
        return IntStream.range(0, count)
                .mapToObj(i -> Direction.noise(key.draw(i), law))
                .toList();
    }
}
