package org.zolab.space;

/**
 * Addressed permutations: the order of examples in an epoch, of tensors or layers in a step, of blocks or data sets in a round. Generated
 * from the same counters as the noise but under purposes of their own.
 */
public final class Order {

    private Order() {}

    /** The order in which an epoch visits {@code n} examples. */
    public static int[] examples(long seed, int epoch, int n) {
        return permutation(seed, epoch, Purpose.ORDER_OF_EXAMPLES, n);
    }

    /** A step's order of preference among {@code n} tensors. */
    public static int[] tensors(long seed, int step, int n) {
        return permutation(seed, step, Purpose.CHOICE_OF_TENSORS, n);
    }

    /** The order in which a step drops {@code n} layers. */
    public static int[] layers(long seed, int step, int n) {
        return permutation(seed, step, Purpose.CHOICE_OF_LAYERS, n);
    }

    /** The order in which a round visits {@code n} blocks. */
    public static int[] blocks(long seed, int round, int n) {
        return permutation(seed, round, Purpose.ORDER_OF_BLOCKS, n);
    }

    /** The order in which a round visits {@code n} data sets. */
    public static int[] dataSets(long seed, int round, int n) {
        return permutation(seed, round, Purpose.ORDER_OF_DATA_SETS, n);
    }

    /** A uniform permutation of 0 to {@code n} − 1 by Fisher-Yates; swap i uses 64 bits from the words of counter i. */
    private static int[] permutation(long seed, int epoch, Purpose purpose, int n) {
        int[] order = new int[n];
        for (int i = 0; i < n; i++) {
            order[i] = i;
        }
        int[] words = new int[4];
        for (int i = n - 1; i > 0; i--) {
            ScalarKernel.philox(i, 0, epoch, purpose.word(0), (int) seed, (int) (seed >>> 32), words);
            long bits = (words[0] & 0xFFFFFFFFL) << 32 | words[1] & 0xFFFFFFFFL;
            int j = (int) Long.remainderUnsigned(bits, i + 1L);
            int swap = order[i];
            order[i] = order[j];
            order[j] = swap;
        }
        return order;
    }
}
