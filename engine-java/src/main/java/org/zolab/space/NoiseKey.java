package org.zolab.space;

/**
 * The address of one noise vector; it identifies the numbers without storing them.
 *
 * @param seed the seed of the run
 * @param step the step that draws
 * @param draw the index of the draw within the step, below 2^24
 */
public record NoiseKey(long seed, int step, int draw) {

    public NoiseKey {
        if (!(step >= 0)) {
            throw new IllegalArgumentException("step is negative: " + step);
        }
        if (!(draw >= 0 && draw < 1 << 24)) {
            throw new IllegalArgumentException("draw is not in 0 to 2^24 - 1: " + draw);
        }
    }

    /** The key {@code i} draws later in the same step. */
    public NoiseKey draw(int i) {
        return new NoiseKey(seed, step, draw + i);
    }
}
