package org.zolab.space;

/** The loops in plain Java: the definition of noise version 1 (docs/noise-v1.md), and the fallback on any JVM. */
final class ScalarKernel implements Kernel {

    @Override
    public String name() {
        return "scalar";
    }

    /** Ten rounds of Philox4x32 on the counter (c0, c1, c2, c3). Reference: Salmon et al., SC 2011. */
    static void philox(int c0, int c1, int c2, int c3, int k0, int k1, int[] out) {
        for (int round = 0; round < 10; round++) {
            long a = (c0 & 0xFFFFFFFFL) * 0xD2511F53L;
            long b = (c2 & 0xFFFFFFFFL) * 0xCD9E8D57L;
            c0 = (int) (b >>> 32) ^ c1 ^ k0;
            c1 = (int) b;
            c2 = (int) (a >>> 32) ^ c3 ^ k1;
            c3 = (int) a;
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }
        out[0] = c0;
        out[1] = c1;
        out[2] = c2;
        out[3] = c3;
    }

    @Override
    public void philox(int[] words, int groups, long seed, int counter, int hash, int step, int stream) {
        int[] four = new int[4];
        for (int group = 0; group < groups; group++) {
            for (int lane = 0; lane < 8; lane++) {
                philox(counter + 8 * group + lane, hash, step, stream, (int) seed, (int) (seed >>> 32), four);
                int at = 32 * group + 2 * lane;
                words[at] = four[0];
                words[at + 1] = four[1];
                words[at + 16] = four[2];
                words[at + 17] = four[3];
            }
        }
    }

    @Override
    public void normals(int[] words, float[] tile, int at, int n) {
        for (int block = 0; block < n; block += NORMALS) {
            for (int i = 0; i < 16; i++) {
                float r = radius(words[block + i]);
                int h = words[block + 16 + i];
                tile[at + block + i] = cosine(h) * r;
                tile[at + block + 16 + i] = sine(h) * r;
            }
        }
    }

    /** √(−2 ln u) with u = (⌊h/2^8⌋ + 1)·2^−24; the logarithm is a fixed polynomial. */
    static float radius(int h) {
        float u = (float) ((h >>> 8) + 1) * 0x1p-24f;
        int bits = Float.floatToRawIntBits(u);
        int exponent = (bits - 0x3F3504F3) >> 23;
        float m = Float.intBitsToFloat(bits - (exponent << 23)) - 1f; // u = 2^exponent·(1 + m), 1 + m near 1
        float mm = m * m;
        float p = 7.0376836292E-2f;
        p = Math.fma(p, m, -1.1514610310E-1f);
        p = Math.fma(p, m, 1.1676998740E-1f);
        p = Math.fma(p, m, -1.2420140846E-1f);
        p = Math.fma(p, m, 1.4249322787E-1f);
        p = Math.fma(p, m, -1.6668057665E-1f);
        p = Math.fma(p, m, 2.0000714765E-1f);
        p = Math.fma(p, m, -2.4999993993E-1f);
        p = Math.fma(p, m, 3.3333331174E-1f);
        float ln = Math.fma((float) exponent, 0.693147181f, m + (p * m * mm - mm * 0.5f));
        return (float) Math.sqrt(ln * -2f);
    }

    /** The angle encoded by a word: two bits select the quadrant, the rest is an offset within it in [−π/4, π/4). */
    private static float angle(int h) {
        return (float) ((h << 2) >> 8) * (float) (Math.PI / 4 * 0x1p-23);
    }

    private static float cosPolynomial(float t) {
        float t2 = t * t;
        float c = 2.443315711809948E-5f;
        c = Math.fma(c, t2, -1.388731625493765E-3f);
        c = Math.fma(c, t2, 4.166664568298827E-2f);
        c = Math.fma(c, t2, -0.5f);
        return Math.fma(c, t2, 1f);
    }

    private static float sinPolynomial(float t) {
        float t2 = t * t;
        float s = -1.9515295891E-4f;
        s = Math.fma(s, t2, 8.3321608736E-3f);
        s = Math.fma(s, t2, -1.6666654611E-1f);
        return Math.fma(s * t2, t, t);
    }

    static float cosine(int h) {
        float value = (h & 0x40000000) != 0 ? sinPolynomial(angle(h)) : cosPolynomial(angle(h));
        return Float.intBitsToFloat(Float.floatToRawIntBits(value) ^ ((h ^ (h << 1)) & 0x80000000));
    }

    static float sine(int h) {
        float value = (h & 0x40000000) != 0 ? cosPolynomial(angle(h)) : sinPolynomial(angle(h));
        return Float.intBitsToFloat(Float.floatToRawIntBits(value) ^ (h & 0x80000000));
    }

    @Override
    public void signs(int[] words, int from, float[] tile, int at, int n) {
        for (int i = 0; i < n; i++) {
            int e = from + i;
            int word = words[(e >>> 9 << 4) + (e & 15)];
            tile[at + i] = Float.intBitsToFloat(0x3F800000 | (word << (e >>> 4 & 31)) & 0x80000000);
        }
    }

    @Override
    public void round(int[] words, float[] tile, int at, int n) {
        for (int block = 0; block < n; block += DITHERS) {
            for (int i = 0; i < 32; i++) {
                int word = words[block / 2 + i];
                tile[at + block + i] = round(tile[at + block + i], word & 0xFFFF);
                tile[at + block + 32 + i] = round(tile[at + block + 32 + i], word >>> 16);
            }
        }
    }

    /**
     * Rounds {@code x} to one of the two neighbouring bf16 numbers: to the one further from 0 for a share of the 2^16 dithers equal to the
     * distance of {@code x} from the other, in units of the gap.
     */
    static float round(float x, int dither) {
        int bits = Float.floatToRawIntBits(x);
        int magnitude = bits & 0x7FFFFFFF;
        int rounded = magnitude < 0x7F800000
                ? Math.min(magnitude + dither, 0x7F7FFFFF) // a finite number stays finite
                : magnitude | (magnitude > 0x7F800000 ? 0x00400000 : 0); // a NaN stays a NaN
        return Float.intBitsToFloat((rounded | bits & 0x80000000) & 0xFFFF0000);
    }

    @Override
    public void narrow(float[] numbers, int at, short[] halves, int n) {
        for (int i = 0; i < n; i++) {
            halves[i] = narrow(numbers[at + i]);
        }
    }

    static short narrow(float x) {
        int bits = Float.floatToRawIntBits(x);
        return (short)
                ((bits & 0x7FFFFFFF) > 0x7F800000 ? bits >>> 16 | 0x40 : bits + 0x7FFF + (bits >>> 16 & 1) >>> 16);
    }

    @Override
    public void widen(short[] halves, float[] numbers, int at, int n) {
        for (int i = 0; i < n; i++) {
            numbers[at + i] = Float.intBitsToFloat(halves[i] << 16);
        }
    }

    @Override
    public void add(float c, float[] term, float[] x, float[] sum, int at, int n) {
        for (int i = at; i < at + n; i++) {
            sum[i] = Math.fma(c, term[i], x[i]);
        }
    }

    @Override
    public void scale(float c, float[] x, int at, int n) {
        for (int i = at; i < at + n; i++) {
            x[i] = c * x[i];
        }
    }
}
