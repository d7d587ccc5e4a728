package org.zolab.sampler;

import org.zolab.space.ParameterSpace;
import org.zolab.space.Problems;

/** Another law's noise, in some coordinates only: what holds of that law holds of this one. */
interface WithinLaw extends DirectionLaw {

    /** The law of the noise. */
    DirectionLaw law();

    @Override
    default void check(ParameterSpace space, Problems problems) {
        law().check(space, problems);
    }

    @Override
    default DirectionLaw noise() {
        return law().noise();
    }

    @Override
    default long keptBytes(ParameterSpace space) {
        return law().keptBytes(space);
    }
}
