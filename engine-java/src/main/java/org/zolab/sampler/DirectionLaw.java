package org.zolab.sampler;

import java.util.function.Function;
import org.zolab.space.Direction;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;
import org.zolab.space.Weighting;

/**
 * The law of the noise in a direction: mean 0, and variance 1 in every coordinate that it reaches. Settings, shared and immutable; the
 * draws that {@link #on} makes may keep something of θ.
 *
 * <p>Any policy that draws noise can draw it from any of these.
 */
@FunctionalInterface
public interface DirectionLaw {

    /** Independent standard normal coordinates. */
    DirectionLaw GAUSSIAN = independent(Law.GAUSSIAN);

    /** Independent fair signs. */
    DirectionLaw RADEMACHER = independent(Law.RADEMACHER);

    /** Notes what would keep it from drawing directions of {@code space}. */
    default void check(ParameterSpace space, Problems problems) {}

    /** The law of the noise in the coordinates that it reaches, from which a plan estimates how long draws take; default: Gaussian. */
    default DirectionLaw noise() {
        return GAUSSIAN;
    }

    /** How many bytes {@link #on} keeps of parameters of {@code space}. */
    default long keptBytes(ParameterSpace space) {
        return 0;
    }

    /** What draws directions of {@code theta}'s space. */
    Draws on(ParameterVector theta);

    /** From keys to noise. */
    @FunctionalInterface
    interface Draws {
        /** The noise of {@code key}. */
        Direction at(NoiseKey key);

        /** The coordinates that all draws of the key's step are confined to; a mean that is added to them is confined likewise. */
        default Weighting support(NoiseKey key) {
            return Weighting.ONE;
        }
    }

    /** Draws whose noise is kept only where {@code choice} says; it is asked once every {@code refresh} steps, at the first of them. */
    static Draws confined(Draws draws, int refresh, Function<NoiseKey, Weighting> choice) {
        return new Confined(draws, refresh, choice);
    }

    /** Independent coordinates. */
    static DirectionLaw independent(Law law) {
        return new Independent(law);
    }

    /** See {@link #independent}. */
    record Independent(Law law) implements DirectionLaw {
        @Override
        public DirectionLaw noise() {
            return this;
        }

        @Override
        public Draws on(ParameterVector theta) {
            return key -> Direction.noise(key, law);
        }

        @Override
        public String toString() {
            return law.toString();
        }
    }
}
