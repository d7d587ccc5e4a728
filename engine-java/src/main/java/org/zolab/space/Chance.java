package org.zolab.space;

/** Addressed uniform random numbers, generated from the same counters as the noise but under a purpose of their own. */
public final class Chance {

    private Chance() {}

    /** u ~ U[0, 1), used to sample token {@code number} of a text: the upper 53 bits of the first two words, times 2⁻⁵³. */
    public static double token(long seed, int number) {
        int[] words = new int[4];
        ScalarKernel.philox(0, 0, number, Purpose.NEW_TOKEN.word(0), (int) seed, (int) (seed >>> 32), words);
        return (((long) words[0] << 32 | words[1] & 0xFFFFFFFFL) >>> 11) * 0x1p-53;
    }
}
