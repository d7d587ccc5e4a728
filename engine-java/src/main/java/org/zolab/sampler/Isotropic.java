package org.zolab.sampler;

import java.util.List;
import java.util.stream.IntStream;
import org.zolab.space.Direction;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;

/**
 * Draws noise and does not learn: z ~ N(0, I), fair signs, or any other law of mean 0.
 *
 * <p>Memory: the law's; z is drawn again wherever it is needed.
 *
 * <p>Reference: MeZO, arXiv 2305.17333 (Gaussian); SPSA (Spall, 1992; Rademacher).
 */
public final class Isotropic implements DirectionSampler {

    /**
     * Settings.
     *
     * @param law of the noise
     */
    public record Config(DirectionLaw law) implements SamplerConfig {
        @Override
        public void check(ParameterSpace space, Problems problems) {
            law.check(space, problems);
        }

        @Override
        public DirectionSampler create(ParameterVector theta) {
            return new Isotropic(law.on(theta));
        }

        @Override
        public String toString() {
            return "isotropic, " + law;
        }
    }

    private final DirectionLaw.Draws draws;

    private Isotropic(DirectionLaw.Draws draws) {
        this.draws = draws;
    }

    @Override
    public List<Direction> propose(int count, ParameterVector theta, NoiseKey key) {
        return IntStream.range(0, count).mapToObj(i -> draws.at(key.draw(i))).toList();
    }
}
