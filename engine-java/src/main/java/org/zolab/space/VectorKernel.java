package org.zolab.space;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The loops with the Vector API, for both 512 and 256 bits; every operation rounds exactly as its scalar twin does, so the bits are equal.
 *
 * <p>The long loops contain no helper methods: past a certain node count C2 stops inlining them (though not the API's own), boxes every
 * vector that crosses the call, and the loop becomes ten to thirty times slower.
 */
final class VectorKernel implements Kernel {

    private static final VectorSpecies<Float> F =
            FloatVector.SPECIES_PREFERRED.length() >= 16 ? FloatVector.SPECIES_512 : FloatVector.SPECIES_256;
    private static final VectorSpecies<Integer> I = F.length() == 16 ? IntVector.SPECIES_512 : IntVector.SPECIES_256;
    private static final VectorSpecies<Short> S = F.length() == 16 ? ShortVector.SPECIES_256 : ShortVector.SPECIES_128;
    private static final VectorSpecies<Long> L = F.length() == 16 ? LongVector.SPECIES_512 : LongVector.SPECIES_256;
    private static final int WIDTH = F.length();
    private static final int COUNTERS = L.length();
    private static final LongVector LANE = LongVector.zero(L).addIndex(1);

    private static final long LOW = 0xFFFFFFFFL;

    /** Where the words of the second, third and fourth vectors of counters begin, relative to the first's. */
    private static final int SECOND = COUNTERS == 8 ? 32 : 8;

    private static final int THIRD = COUNTERS == 8 ? 64 : 32;
    private static final int FOURTH = SECOND + THIRD;

    /** Whether this machine has vectors of at least 256 bits; narrower ones would be emulated. */
    static boolean fits() {
        return FloatVector.SPECIES_PREFERRED.length() >= 8;
    }

    @Override
    public String name() {
        return "vector-" + F.vectorBitSize();
    }

    /**
     * Works on four vectors of counters at a time: while one round waits for its products, the others fill the gap. Only the lower half of
     * a 64-bit lane counts; leftovers in the upper half are dropped by the next product and before words are stored. On AVX-512 this is
     * 1.7 times as fast as one vector at a time on JDK 25, and 1.9 times on 17. Indices are one variable plus constants: with anything
     * else JDK 17 keeps checks in the loop, which is then four times slower. The vectors are written out one by one, since a loop over
     * arrays of them boxes its contents: thirty times slower on both.
     */
    @Override
    public void philox(int[] words, int groups, long seed, int counter, int hash, int step, int stream) {
        LongVector m0 = LongVector.broadcast(L, 0xD2511F53L);
        LongVector m1 = LongVector.broadcast(L, 0xCD9E8D57L);
        int end = 8 * groups;
        for (int lane = 0; lane < end; lane += 4 * COUNTERS) {
            LongVector a0 = LANE.add((long) counter + lane);
            LongVector a1 = LongVector.broadcast(L, hash);
            LongVector a2 = LongVector.broadcast(L, step);
            LongVector a3 = LongVector.broadcast(L, stream);
            LongVector b0 = LANE.add((long) counter + lane + COUNTERS);
            LongVector b1 = LongVector.broadcast(L, hash);
            LongVector b2 = LongVector.broadcast(L, step);
            LongVector b3 = LongVector.broadcast(L, stream);
            LongVector c0 = LANE.add((long) counter + lane + 2 * COUNTERS);
            LongVector c1 = LongVector.broadcast(L, hash);
            LongVector c2 = LongVector.broadcast(L, step);
            LongVector c3 = LongVector.broadcast(L, stream);
            LongVector d0 = LANE.add((long) counter + lane + 3 * COUNTERS);
            LongVector d1 = LongVector.broadcast(L, hash);
            LongVector d2 = LongVector.broadcast(L, step);
            LongVector d3 = LongVector.broadcast(L, stream);
            int at = 4 * lane;
            int k0 = (int) seed;
            int k1 = (int) (seed >>> 32);
            for (int round = 0; round < 10; round++) {
                LongVector ap = a0.and(LOW).mul(m0);
                LongVector aq = a2.and(LOW).mul(m1);
                LongVector bp = b0.and(LOW).mul(m0);
                LongVector bq = b2.and(LOW).mul(m1);
                LongVector cp = c0.and(LOW).mul(m0);
                LongVector cq = c2.and(LOW).mul(m1);
                LongVector dp = d0.and(LOW).mul(m0);
                LongVector dq = d2.and(LOW).mul(m1);
                a0 = aq.lanewise(VectorOperators.LSHR, 32)
                        .lanewise(VectorOperators.XOR, a1)
                        .lanewise(VectorOperators.XOR, k0);
                a1 = aq;
                a2 = ap.lanewise(VectorOperators.LSHR, 32)
                        .lanewise(VectorOperators.XOR, a3)
                        .lanewise(VectorOperators.XOR, k1);
                a3 = ap;
                b0 = bq.lanewise(VectorOperators.LSHR, 32)
                        .lanewise(VectorOperators.XOR, b1)
                        .lanewise(VectorOperators.XOR, k0);
                b1 = bq;
                b2 = bp.lanewise(VectorOperators.LSHR, 32)
                        .lanewise(VectorOperators.XOR, b3)
                        .lanewise(VectorOperators.XOR, k1);
                b3 = bp;
                c0 = cq.lanewise(VectorOperators.LSHR, 32)
                        .lanewise(VectorOperators.XOR, c1)
                        .lanewise(VectorOperators.XOR, k0);
                c1 = cq;
                c2 = cp.lanewise(VectorOperators.LSHR, 32)
                        .lanewise(VectorOperators.XOR, c3)
                        .lanewise(VectorOperators.XOR, k1);
                c3 = cp;
                d0 = dq.lanewise(VectorOperators.LSHR, 32)
                        .lanewise(VectorOperators.XOR, d1)
                        .lanewise(VectorOperators.XOR, k0);
                d1 = dq;
                d2 = dp.lanewise(VectorOperators.LSHR, 32)
                        .lanewise(VectorOperators.XOR, d3)
                        .lanewise(VectorOperators.XOR, k1);
                d3 = dp;
                k0 += 0x9E3779B9;
                k1 += 0xBB67AE85;
            }
            a0.and(LOW)
                    .lanewise(VectorOperators.OR, a1.lanewise(VectorOperators.LSHL, 32))
                    .reinterpretAsInts()
                    .intoArray(words, at);
            a2.and(LOW)
                    .lanewise(VectorOperators.OR, a3.lanewise(VectorOperators.LSHL, 32))
                    .reinterpretAsInts()
                    .intoArray(words, at + 16);
            if (lane + COUNTERS < end) {
                b0.and(LOW)
                        .lanewise(VectorOperators.OR, b1.lanewise(VectorOperators.LSHL, 32))
                        .reinterpretAsInts()
                        .intoArray(words, at + SECOND);
                b2.and(LOW)
                        .lanewise(VectorOperators.OR, b3.lanewise(VectorOperators.LSHL, 32))
                        .reinterpretAsInts()
                        .intoArray(words, at + SECOND + 16);
            }
            if (lane + 2 * COUNTERS < end) {
                c0.and(LOW)
                        .lanewise(VectorOperators.OR, c1.lanewise(VectorOperators.LSHL, 32))
                        .reinterpretAsInts()
                        .intoArray(words, at + THIRD);
                c2.and(LOW)
                        .lanewise(VectorOperators.OR, c3.lanewise(VectorOperators.LSHL, 32))
                        .reinterpretAsInts()
                        .intoArray(words, at + THIRD + 16);
            }
            if (lane + 3 * COUNTERS < end) {
                d0.and(LOW)
                        .lanewise(VectorOperators.OR, d1.lanewise(VectorOperators.LSHL, 32))
                        .reinterpretAsInts()
                        .intoArray(words, at + FOURTH);
                d2.and(LOW)
                        .lanewise(VectorOperators.OR, d3.lanewise(VectorOperators.LSHL, 32))
                        .reinterpretAsInts()
                        .intoArray(words, at + FOURTH + 16);
            }
        }
    }

    @Override
    public void normals(int[] words, float[] tile, int at, int n) {
        for (int i = 0; i < n; i += (i & 31) + WIDTH == 16 ? 16 + WIDTH : WIDTH) {
            FloatVector u = ((FloatVector) IntVector.fromArray(I, words, i)
                            .lanewise(VectorOperators.LSHR, 8)
                            .add(1)
                            .convertShape(VectorOperators.I2F, F, 0))
                    .mul(0x1p-24f);
            IntVector bits = u.reinterpretAsInts();
            IntVector exponent = bits.sub(0x3F3504F3).lanewise(VectorOperators.ASHR, 23);
            FloatVector m = bits.sub(exponent.lanewise(VectorOperators.LSHL, 23))
                    .reinterpretAsFloats()
                    .sub(1f);
            FloatVector mm = m.mul(m);
            FloatVector p = FloatVector.broadcast(F, 7.0376836292E-2f)
                    .fma(m, FloatVector.broadcast(F, -1.1514610310E-1f))
                    .fma(m, FloatVector.broadcast(F, 1.1676998740E-1f))
                    .fma(m, FloatVector.broadcast(F, -1.2420140846E-1f))
                    .fma(m, FloatVector.broadcast(F, 1.4249322787E-1f))
                    .fma(m, FloatVector.broadcast(F, -1.6668057665E-1f))
                    .fma(m, FloatVector.broadcast(F, 2.0000714765E-1f))
                    .fma(m, FloatVector.broadcast(F, -2.4999993993E-1f))
                    .fma(m, FloatVector.broadcast(F, 3.3333331174E-1f));
            FloatVector ln = ((FloatVector) exponent.convertShape(VectorOperators.I2F, F, 0))
                    .fma(
                            FloatVector.broadcast(F, 0.693147181f),
                            m.add(p.mul(m).mul(mm).sub(mm.mul(0.5f))));
            FloatVector r = ln.mul(-2f).sqrt();
            IntVector h = IntVector.fromArray(I, words, i + 16);
            FloatVector t = ((FloatVector) h.lanewise(VectorOperators.LSHL, 2)
                            .lanewise(VectorOperators.ASHR, 8)
                            .convertShape(VectorOperators.I2F, F, 0))
                    .mul((float) (Math.PI / 4 * 0x1p-23));
            FloatVector t2 = t.mul(t);
            FloatVector c = FloatVector.broadcast(F, 2.443315711809948E-5f)
                    .fma(t2, FloatVector.broadcast(F, -1.388731625493765E-3f))
                    .fma(t2, FloatVector.broadcast(F, 4.166664568298827E-2f))
                    .fma(t2, FloatVector.broadcast(F, -0.5f))
                    .fma(t2, FloatVector.broadcast(F, 1f));
            FloatVector s = FloatVector.broadcast(F, -1.9515295891E-4f)
                    .fma(t2, FloatVector.broadcast(F, 8.3321608736E-3f))
                    .fma(t2, FloatVector.broadcast(F, -1.6666654611E-1f))
                    .mul(t2)
                    .fma(t, t);
            VectorMask<Float> swap = h.lanewise(VectorOperators.AND, 0x40000000)
                    .compare(VectorOperators.NE, 0)
                    .cast(F);
            IntVector cosSign = h.lanewise(VectorOperators.XOR, h.lanewise(VectorOperators.LSHL, 1))
                    .lanewise(VectorOperators.AND, 0x80000000);
            IntVector sinSign = h.lanewise(VectorOperators.AND, 0x80000000);
            c.blend(s, swap)
                    .reinterpretAsInts()
                    .lanewise(VectorOperators.XOR, cosSign)
                    .reinterpretAsFloats()
                    .mul(r)
                    .intoArray(tile, at + i);
            s.blend(c, swap)
                    .reinterpretAsInts()
                    .lanewise(VectorOperators.XOR, sinSign)
                    .reinterpretAsFloats()
                    .mul(r)
                    .intoArray(tile, at + i + 16);
        }
    }

    @Override
    public void signs(int[] words, int from, float[] tile, int at, int n) {
        IntVector one = IntVector.broadcast(I, 0x3F800000);
        for (int i = 0; i < n; i += WIDTH) {
            int e = from + i;
            IntVector.fromArray(I, words, (e >>> 9 << 4) + (e & 15))
                    .lanewise(VectorOperators.LSHL, e >>> 4 & 31)
                    .lanewise(VectorOperators.AND, 0x80000000)
                    .lanewise(VectorOperators.OR, one)
                    .reinterpretAsFloats()
                    .intoArray(tile, at + i);
        }
    }

    @Override
    public void round(int[] words, float[] tile, int at, int n) {
        for (int i = 0; i < n; i += WIDTH) {
            IntVector word = IntVector.fromArray(I, words, (i >>> 6 << 5) + (i & 31));
            IntVector dither = (i & 32) == 0 ? word.and(0xFFFF) : word.lanewise(VectorOperators.LSHR, 16);
            IntVector bits = FloatVector.fromArray(F, tile, at + i).reinterpretAsInts();
            IntVector magnitude = bits.and(0x7FFFFFFF);
            IntVector special = magnitude.blend(
                    magnitude.lanewise(VectorOperators.OR, 0x00400000),
                    magnitude.compare(VectorOperators.GT, 0x7F800000));
            magnitude
                    .add(dither)
                    .min(0x7F7FFFFF)
                    .blend(special, magnitude.compare(VectorOperators.GE, 0x7F800000))
                    .lanewise(VectorOperators.OR, bits.and(0x80000000))
                    .and(0xFFFF0000)
                    .reinterpretAsFloats()
                    .intoArray(tile, at + i);
        }
    }

    @Override
    public void narrow(float[] numbers, int at, short[] halves, int n) {
        int i = 0;
        for (int end = n - n % WIDTH; i < end; i += WIDTH) {
            IntVector bits = FloatVector.fromArray(F, numbers, at + i).reinterpretAsInts();
            IntVector upper = bits.lanewise(VectorOperators.LSHR, 16);
            ((ShortVector) bits.add(upper.and(1))
                            .add(0x7FFF)
                            .lanewise(VectorOperators.LSHR, 16)
                            .blend(
                                    upper.lanewise(VectorOperators.OR, 0x40),
                                    bits.and(0x7FFFFFFF).compare(VectorOperators.GT, 0x7F800000))
                            .convertShape(VectorOperators.I2S, S, 0))
                    .intoArray(halves, i);
        }
        for (; i < n; i++) {
            halves[i] = ScalarKernel.narrow(numbers[at + i]);
        }
    }

    @Override
    public void widen(short[] halves, float[] numbers, int at, int n) {
        int i = 0;
        for (int end = n - n % WIDTH; i < end; i += WIDTH) {
            ((IntVector) ShortVector.fromArray(S, halves, i).convertShape(VectorOperators.S2I, I, 0))
                    .lanewise(VectorOperators.LSHL, 16)
                    .reinterpretAsFloats()
                    .intoArray(numbers, at + i);
        }
        for (; i < n; i++) {
            numbers[at + i] = Float.intBitsToFloat(halves[i] << 16);
        }
    }

    @Override
    public void add(float c, float[] term, float[] x, float[] sum, int at, int n) {
        FloatVector coefficient = FloatVector.broadcast(F, c);
        int i = at;
        for (int end = at + n - n % WIDTH; i < end; i += WIDTH) {
            coefficient
                    .fma(FloatVector.fromArray(F, term, i), FloatVector.fromArray(F, x, i))
                    .intoArray(sum, i);
        }
        for (; i < at + n; i++) {
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
