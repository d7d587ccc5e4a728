package org.zolab.space;

/**
 * The address of one noise vector: which numbers, never the numbers.
 *
 * @param seed the seed of the run
 * @param step the step that draws
 * @param draw which of the step's draws, below 2^24
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

    /** The key {@code i} draws further on in the same step. */
    public NoiseKey draw(int i) {
        return new NoiseKey(seed, step, draw + i);
    }
}
