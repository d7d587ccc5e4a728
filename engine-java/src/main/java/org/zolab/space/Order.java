package org.zolab.space;

/** Addressed permutations: the order of examples in an epoch, from the same counters as the noise, with a purpose of its own. */
public final class Order {

    private static final int PURPOSE = 5;

    private Order() {}

    /** A uniform permutation of 0 to {@code n} − 1 by Fisher-Yates; swap i takes the words of counter i, 64 bits of them. */
    public static int[] permutation(long seed, int epoch, int n) {
        int[] order = new int[n];
        for (int i = 0; i < n; i++) {
            order[i] = i;
        }
        int[] words = new int[4];
        for (int i = n - 1; i > 0; i--) {
            ScalarKernel.philox(i, 0, epoch, PURPOSE << 24, (int) seed, (int) (seed >>> 32), words);
            long bits = (words[0] & 0xFFFFFFFFL) << 32 | words[1] & 0xFFFFFFFFL;
            int j = (int) Long.remainderUnsigned(bits, i + 1L);
            int swap = order[i];
            order[i] = order[j];
            order[j] = swap;
        }
        return order;
    }
}
