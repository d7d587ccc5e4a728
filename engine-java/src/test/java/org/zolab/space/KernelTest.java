package org.zolab.space;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.zolab.model.weights.Half;

/** The vector kernel gives the scalar kernel's bits. */
class KernelTest {

    private final Kernel scalar = new ScalarKernel();
    private final Kernel vector = new VectorKernel();
    private final Random random = new Random(1);

    /**
     * The guard against what makes the compiler stop inlining: boxed vectors are ten to thirty times slower than the plain loops, and the vector
     * kernel takes over only once it has been faster twenty times in a row.
     */
    @Test
    void theVectorKernelTakesOverOnceItIsCompiled() {
        Kernels.settle();
        assertThat(Kernel.best()).isSameAs(Kernel.Choice.LASTING);
        assertThat(Kernel.best().name()).isEqualTo(Kernels.name());
    }

    @Test
    void philoxWords() {
        for (int trial = 0; trial < 200; trial++) {
            int[] a = new int[Kernel.TILE];
            int[] b = new int[Kernel.TILE];
            int groups = 1 + random.nextInt(32);
            long seed = random.nextLong();
            int counter = 8 * random.nextInt();
            int hash = random.nextInt();
            int step = random.nextInt() >>> 1;
            int stream = random.nextInt();
            scalar.philox(a, groups, seed, counter, hash, step, stream);
            vector.philox(b, groups, seed, counter, hash, step, stream);
            assertThat(b).containsExactly(a);
        }
    }

    @Test
    void normalsOfRandomAndOfExtremeWords() {
        int[] extremes = {0, -1, 1, 255, 256, 0x3FFFFFFF, 0x40000000, 0x7FFFFFFF, 0x80000000, 0xBFFFFFFF, 0xC0000000};
        for (int trial = 0; trial < 300; trial++) {
            int[] words = random.ints(Kernel.TILE).toArray();
            for (int i = 0; i < 64; i++) {
                words[random.nextInt(words.length)] = extremes[random.nextInt(extremes.length)];
            }
            float[] a = new float[Kernel.TILE];
            float[] b = new float[Kernel.TILE];
            scalar.normals(words, a, 0, Kernel.TILE);
            vector.normals(words, b, 0, Kernel.TILE);
            assertThat(bits(b)).containsExactly(bits(a));
            for (float z : a) {
                assertThat(z).isBetween(-5.78f, 5.78f); // √(−2 ln 2^−24) = 5.768
            }
        }
    }

    @Test
    void signs() {
        int[] words = random.ints(32).toArray();
        for (int from = 0; from < Kernel.SIGNS; from += 16) {
            float[] a = new float[Kernel.TILE];
            float[] b = new float[Kernel.TILE];
            scalar.signs(words, from, a, from, Kernel.SIGNS - from);
            vector.signs(words, from, b, from, Kernel.SIGNS - from);
            assertThat(bits(b)).containsExactly(bits(a));
        }
    }

    @Test
    void sumsAndScaling() {
        for (int trial = 0; trial < 100; trial++) {
            int at = random.nextInt(64);
            int n = random.nextInt(Kernel.TILE - at);
            float[] term = gaussians();
            float[] a = gaussians();
            float[] b = a.clone();
            scalar.add(0.37f, term, a, a, at, n);
            vector.add(0.37f, term, b, b, at, n);
            float[] x = gaussians();
            scalar.add(0.41f, term, x, a, at, n / 2);
            vector.add(0.41f, term, x, b, at, n / 2);
            scalar.scale(-1.7f, a, at, n);
            vector.scale(-1.7f, b, at, n);
            assertThat(bits(b)).containsExactly(bits(a));
        }
    }

    @Test
    void roundingOfAnyBits() {
        int[] extremes = {0, 0x80000000, 0x7F800000, 0x7F7FFFFF, 0x7F7F0001, 0x7F800001, 0xFFFFFFFF, 1, 0x007FFFFF};
        for (int trial = 0; trial < 100; trial++) {
            int[] words = random.ints(Kernel.TILE).toArray();
            float[] a = new float[Kernel.TILE];
            for (int i = 0; i < a.length; i++) {
                int bits = i % 10 == 0 ? extremes[random.nextInt(extremes.length)] : random.nextInt();
                a[i] = Float.intBitsToFloat(bits);
            }
            float[] b = a.clone();
            int at = 64 * random.nextInt(16);
            scalar.round(words, a, at, Kernel.TILE - at);
            vector.round(words, b, at, Kernel.TILE - at);
            assertThat(bits(b)).containsExactly(bits(a));
        }
    }

    @Test
    void bf16OfAnyBitsAndBack() {
        int[] extremes = {0x80000000, 0x7F800000, 0x7F7FFFFF, 0x7F800001, 0xFFFFFFFF, 0x3F808000, 0x3F818000, 0x3F808001
        };
        for (int trial = 0; trial < 100; trial++) {
            float[] numbers = new float[Kernel.TILE];
            for (int i = 0; i < numbers.length; i++) {
                int bits = i % 10 == 0 ? extremes[random.nextInt(extremes.length)] : random.nextInt();
                numbers[i] = Float.intBitsToFloat(bits);
            }
            int at = random.nextInt(64);
            int n = random.nextInt(Kernel.TILE - at);
            short[] a = new short[Kernel.TILE];
            short[] b = new short[Kernel.TILE];
            scalar.narrow(numbers, at, a, n);
            vector.narrow(numbers, at, b, n);
            assertThat(b).containsExactly(a);
            for (int i = 0; i < n; i++) {
                assertThat(a[i]).isEqualTo(Half.toBf16(numbers[at + i]));
            }
            float[] c = numbers.clone();
            float[] d = numbers.clone();
            scalar.widen(a, c, at, n);
            vector.widen(a, d, at, n);
            assertThat(bits(d)).containsExactly(bits(c));
            scalar.narrow(c, at, b, n);
            assertThat(b).containsExactly(a);
        }
    }

    private float[] gaussians() {
        float[] values = new float[Kernel.TILE];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(values[i]);
        }
        return bits;
    }
}
