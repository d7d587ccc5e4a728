package org.zolab.space;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MutableCallSite;
import java.util.concurrent.TimeUnit;

/**
 * The inner loops over one tile of numbers, small enough to stay in the first-level cache.
 *
 * <p>Two implementations give equal bits: {@link ScalarKernel}, the definition, and {@code VectorKernel}, for JVMs that offer the Vector
 * API. Until it is compiled the vector kernel is a thousand times slower than afterwards, so the first formulas use the scalar one while a
 * background thread warms the other up; it takes over once it is faster.
 */
interface Kernel {

    /** Elements of a tile, and the most that any of these loops runs over. */
    int TILE = 1024;

    /** Elements that one group of eight Philox counters yields: normals, dithers and signs. */
    int NORMALS = 32;

    int DITHERS = 64;

    int SIGNS = 1024;

    /**
     * The faster kernel at this moment. The compiler sees a constant: if two possible kernels were inlined at one call, vectors would be
     * boxed.
     */
    static Kernel best() {
        try {
            return (Kernel) Choice.NOW.invokeExact();
        } catch (Throwable e) {
            throw new AssertionError(e); // a constant throws nothing
        }
    }

    /** The kernel's name in reports. */
    String name();

    /**
     * The words of consecutive groups of eight counters, 32 words per group: first words 0 and 1 of each counter, interleaved, then words
     * 2 and 3.
     */
    void philox(int[] words, int groups, long seed, int counter, int hash, int step, int stream);

    /**
     * Box-Muller: {@code tile[at + i]} for i below {@code n}, from words made by {@link #philox}; {@code at} and {@code n} are multiples
     * of 32.
     */
    void normals(int[] words, float[] tile, int at, int n);

    /** Writes signs {@code from} to {@code from + n} of a block of 1024 to {@code tile} from {@code at} on, from one group of words. */
    void signs(int[] words, int from, float[] tile, int at, int n);

    /**
     * Rounds {@code tile[at + i]} for i below {@code n} to bf16, dithered by words made by {@link #philox}; {@code at} and {@code n} are
     * multiples of 64.
     */
    void round(int[] words, float[] tile, int at, int n);

    /** Rounds to the nearest bf16, ties to even: {@code halves[i]} from {@code numbers[at + i]} for i below {@code n}; a NaN stays a NaN. */
    void narrow(float[] numbers, int at, short[] halves, int n);

    /** Widens bf16 exactly: {@code numbers[at + i]} from {@code halves[i]} for i below {@code n}. */
    void widen(short[] halves, float[] numbers, int at, int n);

    /** sum ← fma(c, term, x) on [at, at + n); {@code sum} may be {@code x}. */
    void add(float c, float[] term, float[] x, float[] sum, int at, int n);

    /** x ← c·x on [at, at + n). */
    void scale(float c, float[] x, int at, int n);

    /** Accumulates the products x·y on [at, at + n), at most a tile, in 16 double sums: element i in sum i mod 16. */
    default void products(float[] x, float[] y, int at, int n, double[] sums) {
        for (int i = 0; i < n; i++) {
            sums[i & 15] += (double) x[at + i] * y[at + i];
        }
    }

    /** The choice of kernel, made when the first formula is evaluated. */
    final class Choice {
        private static final int IN_A_ROW = 20;
        private static final long LONGEST = TimeUnit.SECONDS.toNanos(60);

        private static final Kernel PLAIN = new ScalarKernel();

        /** The kernel this JVM settles on. {@code -Dzo.kernel=scalar} selects the scalar one. */
        static final Kernel LASTING = lasting();

        private static final Thread COMPILING = new Thread(Choice::compile, "zo-kernel");

        private static final MutableCallSite SITE = new MutableCallSite(MethodHandles.constant(Kernel.class, PLAIN));
        private static final MethodHandle NOW = SITE.dynamicInvoker();

        static {
            COMPILING.setDaemon(true);
            COMPILING.start();
        }

        private Choice() {}

        private static Kernel lasting() {
            boolean module =
                    ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
            return module && !"scalar".equals(System.getProperty("zo.kernel")) && VectorKernel.fits()
                    ? new VectorKernel()
                    : PLAIN;
        }

        /**
         * Times both kernels until the lasting one has been faster several times in a row. If it never is, as in an interpret-only JVM,
         * nothing changes.
         */
        private static void compile() {
            Round round = new Round();
            long start = System.nanoTime();
            for (int quick = 0; LASTING != PLAIN && System.nanoTime() - start < LONGEST; ) {
                quick = round.nanos(LASTING) < round.nanos(PLAIN) ? quick + 1 : 0;
                if (quick == IN_A_ROW) {
                    SITE.setTarget(MethodHandles.constant(Kernel.class, LASTING));
                    MutableCallSite.syncAll(new MutableCallSite[] {SITE});
                    return;
                }
            }
        }

        /** Waits until the choice has been made. */
        static void settle() throws InterruptedException {
            COMPILING.join();
        }
    }

    /** A timing round: every loop, over one tile. */
    final class Round {
        private final int[] words = new int[TILE];
        private final float[] a = new float[TILE];
        private final float[] b = new float[TILE];
        private final short[] halves = new short[TILE];
        private final double[] sums = new double[16];

        private long nanos(Kernel kernel) {
            long start = System.nanoTime();
            kernel.philox(words, TILE / NORMALS, 1, 2, 3, 4, 5);
            kernel.normals(words, a, 0, TILE);
            kernel.signs(words, 0, b, 0, TILE);
            kernel.round(words, a, 0, TILE);
            kernel.narrow(a, 0, halves, TILE);
            kernel.widen(halves, b, 0, TILE);
            kernel.add(0.5f, a, b, b, 0, TILE);
            kernel.scale(0.5f, b, 0, TILE);
            kernel.products(a, b, 0, TILE, sums);
            return System.nanoTime() - start;
        }
    }
}
