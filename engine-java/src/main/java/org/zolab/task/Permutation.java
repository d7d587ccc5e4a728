package org.zolab.task;

/**
 * The permutation that Python's {@code numpy.random.seed(seed); numpy.random.permutation(n)} gives, which is how MeZO samples its
 * examples: Fisher-Yates from the end, with bounded draws by masking and rejecting words of the Mersenne Twister MT19937.
 *
 * <p>It exists only so that a task has the same examples as published results; the noise and order of a run are addressed.
 *
 * <p>Reference: Matsumoto and Nishimura, 1998, seeded as in their program of 2002; legacy RandomState of numpy.
 */
final class Permutation {

    private static final int WORDS = 624;
    private static final int MIDDLE = 397;

    private final int[] state = new int[WORDS];
    private int next = WORDS;

    private Permutation(int seed) {
        state[0] = seed;
        for (int i = 1; i < WORDS; i++) {
            state[i] = 1812433253 * (state[i - 1] ^ state[i - 1] >>> 30) + i;
        }
    }

    /** 0 to {@code n} − 1 in the order given by {@code seed}, which is taken as an unsigned 32-bit number. */
    static int[] of(int seed, int n) {
        Permutation words = new Permutation(seed);
        int[] order = new int[n];
        for (int i = 0; i < n; i++) {
            order[i] = i;
        }
        for (int i = n - 1; i > 0; i--) {
            int j = words.upTo(i);
            int swap = order[i];
            order[i] = order[j];
            order[j] = swap;
        }
        return order;
    }

    private int upTo(int most) {
        int mask = -1 >>> Integer.numberOfLeadingZeros(most);
        int value = word() & mask;
        while (value > most) {
            value = word() & mask;
        }
        return value;
    }

    private int word() {
        if (next == WORDS) {
            for (int i = 0; i < WORDS; i++) {
                int y = state[i] & 0x80000000 | state[(i + 1) % WORDS] & 0x7fffffff;
                state[i] = state[(i + MIDDLE) % WORDS] ^ y >>> 1 ^ ((y & 1) == 0 ? 0 : 0x9908b0df);
            }
            next = 0;
        }
        int y = state[next++];
        y ^= y >>> 11;
        y ^= y << 7 & 0x9d2c5680;
        y ^= y << 15 & 0xefc60000;
        return y ^ y >>> 18;
    }
}
