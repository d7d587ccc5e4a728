package org.zolab.sampler;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.zolab.space.Direction;
import org.zolab.space.NoiseKey;
import org.zolab.space.Weighting;

/** Draws whose noise is kept in some coordinates only; a choice of them holds for all draws of a number of steps. */
final class Confined implements DirectionLaw.Draws {

    private final DirectionLaw.Draws draws;
    private final int refresh;
    private final Function<NoiseKey, Weighting> choice;
    private @Nullable NoiseKey start;
    private Weighting current = Weighting.ONE;

    Confined(DirectionLaw.Draws draws, int refresh, Function<NoiseKey, Weighting> choice) {
        this.draws = draws;
        this.refresh = refresh;
        this.choice = choice;
    }

    @Override
    public Direction at(NoiseKey key) {
        return draws.at(key).times(chosen(key));
    }

    @Override
    public Weighting support(NoiseKey key) {
        return draws.support(key).times(chosen(key));
    }

    private Weighting chosen(NoiseKey key) {
        NoiseKey wanted = new NoiseKey(key.seed(), key.step() - key.step() % refresh, 0);
        if (!wanted.equals(start)) {
            current = choice.apply(key);
            start = wanted;
        }
        return current;
    }
}
