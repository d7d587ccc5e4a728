package org.zolab.space;

/**
 * The inner loops over one tile of numbers, small enough to stay in the first-level cache.
 *
 * <p>There are two, which give equal bits: {@link ScalarKernel}, the definition, and {@code VectorKernel}, for JVMs that offer
 * the Vector API. One is chosen when the first formula is evaluated.
 */
interface Kernel {

    /** Elements of a tile; all loops run over at most so many. */
    int TILE = 1024;

    /** Elements that one group of eight Philox counters makes: normals, dithers and signs. */
    int NORMALS = 32;

    int DITHERS = 64;

    int SIGNS = 1024;

    /** The kernel of this JVM. {@code -Dzo.kernel=scalar} asks for the plain one. */
    static Kernel best() {
        return Choice.BEST;
    }

    /** What it is called in reports. */
    String name();

    /**
     * The words of consecutive groups of eight counters, 32 a group: first words 0 and 1 of each counter, interleaved, then words
     * 2 and 3.
     */
    void philox(int[] words, int groups, long seed, int counter, int hash, int step, int stream);

    /** Box-Muller: {@code tile[at + i]} for i below {@code n}, from words made by {@link #philox}; both multiples of 32. */
    void normals(int[] words, float[] tile, int at, int n);

    /** Signs {@code from} to {@code from + n} of a block of 1024, from one group of words. */
    void signs(int[] words, int from, float[] tile, int at, int n);

    /** Rounds {@code tile[at + i]} for i below {@code n}, with words made by {@link #philox}, to bf16; both multiples of 64. */
    void round(int[] words, float[] tile, int at, int n);

    /** The nearest numbers of bf16, ties to even: {@code halves[i]} of {@code numbers[at + i]} for i below {@code n}; a NaN stays one. */
    void narrow(float[] numbers, int at, short[] halves, int n);

    /** The reverse, exactly: {@code numbers[at + i]} of {@code halves[i]} for i below {@code n}. */
    void widen(short[] halves, float[] numbers, int at, int n);

    /** acc ← fma(c, term, acc) on [at, at + n). */
    void add(float c, float[] term, float[] acc, int at, int n);

    /** x ← c·x on [at, at + n). */
    void scale(float c, float[] x, int at, int n);

    /** Adds the products x·y on [at, at + n), at most a tile, into 16 double sums, element i into sum i mod 16. */
    default void products(float[] x, float[] y, int at, int n, double[] sums) {
        for (int i = 0; i < n; i++) {
            sums[i & 15] += (double) x[at + i] * y[at + i];
        }
    }

    /** Chosen once, lazily. */
    final class Choice {
        static final Kernel BEST = choose();

        private Choice() {}

        private static Kernel choose() {
            boolean module =
                    ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
            return module && !"scalar".equals(System.getProperty("zo.kernel")) && VectorKernel.fits()
                    ? new VectorKernel()
                    : new ScalarKernel();
        }
    }
}
