package org.zolab.space;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The loops with the Vector API, for 512 and 256 bits alike; every operation rounds as its scalar twin does, so the bits are equal.
 *
 * <p>There are no helper methods inside the long loops: past a node count C2 stops inlining them (not the API's own), boxes every
 * vector that crosses the call, and the loop is ten to thirty times slower.
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

    private static final VectorSpecies<Integer> EIGHT = IntVector.SPECIES_256;
    private static final IntVector COUNTER = IntVector.zero(EIGHT).addIndex(1);
    private static final VectorShuffle<Integer> LOWER =
            VectorShuffle.fromArray(EIGHT, new int[] {0, 0, 1, 1, 2, 2, 3, 3}, 0);
    private static final VectorShuffle<Integer> UPPER =
            VectorShuffle.fromArray(EIGHT, new int[] {4, 4, 5, 5, 6, 6, 7, 7}, 0);
    private static final VectorMask<Integer> ODD = VectorMask.fromLong(EIGHT, 0xAA);

    /** Whether this machine has vectors of 256 bits at least; narrower ones would be emulated. */
    static boolean fits() {
        return FloatVector.SPECIES_PREFERRED.length() >= 8;
    }

    @Override
    public String name() {
        return "vector-" + F.vectorBitSize();
    }

    @Override
    public void philox(int[] words, int groups, long seed, int counter, int hash, int step, int stream) {
        if (WIDTH == 16) {
            philoxByLongs(words, groups, seed, counter, hash, step, stream);
        } else {
            philoxByInts(words, groups, seed, counter, hash, step, stream);
        }
    }

    /**
     * Eight counters at once. The upper half of a product is put together from products of 16 bits, which 256 bits hold twice as many
     * of as products of 64: on AVX2 2.3 times as fast as by longs on JDK 17, which expands those, and 1.5 times on JDK 25.
     */
    static void philoxByInts(int[] words, int groups, long seed, int counter, int hash, int step, int stream) {
        for (int group = 0; group < groups; group++) {
            IntVector c0 = COUNTER.add(counter + 8 * group);
            IntVector c1 = IntVector.broadcast(EIGHT, hash);
            IntVector c2 = IntVector.broadcast(EIGHT, step);
            IntVector c3 = IntVector.broadcast(EIGHT, stream);
            int k0 = (int) seed;
            int k1 = (int) (seed >>> 32);
            for (int round = 0; round < 10; round++) {
                // x·m = (h·2^16 + l)(mh·2^16 + ml); no sum of the middle terms reaches 2^32. Written out for both
                // halves: as a method of its own, which JDK 17 does not always inline, Gaussian passes took a fifth
                // longer
                IntVector l0 = c0.and(0xFFFF);
                IntVector h0 = c0.lanewise(VectorOperators.LSHR, 16);
                IntVector right0 = h0.mul(0x1F53);
                IntVector middle0 = l0.mul(0x1F53)
                        .lanewise(VectorOperators.LSHR, 16)
                        .add(right0.and(0xFFFF))
                        .add(l0.mul(0xD251));
                IntVector upper0 = h0.mul(0xD251)
                        .add(right0.lanewise(VectorOperators.LSHR, 16))
                        .add(middle0.lanewise(VectorOperators.LSHR, 16));
                IntVector l2 = c2.and(0xFFFF);
                IntVector h2 = c2.lanewise(VectorOperators.LSHR, 16);
                IntVector right2 = h2.mul(0x8D57);
                IntVector middle2 = l2.mul(0x8D57)
                        .lanewise(VectorOperators.LSHR, 16)
                        .add(right2.and(0xFFFF))
                        .add(l2.mul(0xCD9E));
                IntVector upper2 = h2.mul(0xCD9E)
                        .add(right2.lanewise(VectorOperators.LSHR, 16))
                        .add(middle2.lanewise(VectorOperators.LSHR, 16));
                IntVector lower0 = c0.mul(0xD2511F53);
                IntVector lower2 = c2.mul(0xCD9E8D57);
                c0 = upper2.lanewise(VectorOperators.XOR, c1).lanewise(VectorOperators.XOR, k0);
                c1 = lower2;
                c2 = upper0.lanewise(VectorOperators.XOR, c3).lanewise(VectorOperators.XOR, k1);
                c3 = lower0;
                k0 += 0x9E3779B9;
                k1 += 0xBB67AE85;
            }
            int at = 32 * group;
            c0.rearrange(LOWER).blend(c1.rearrange(LOWER), ODD).intoArray(words, at);
            c0.rearrange(UPPER).blend(c1.rearrange(UPPER), ODD).intoArray(words, at + 8);
            c2.rearrange(LOWER).blend(c3.rearrange(LOWER), ODD).intoArray(words, at + 16);
            c2.rearrange(UPPER).blend(c3.rearrange(UPPER), ODD).intoArray(words, at + 24);
        }
    }

    /** As many counters at once as there are 64-bit lanes. */
    static void philoxByLongs(int[] words, int groups, long seed, int counter, int hash, int step, int stream) {
        LongVector a = LongVector.broadcast(L, 0xD2511F53L);
        LongVector b = LongVector.broadcast(L, 0xCD9E8D57L);
        for (int lane = 0; lane < 8 * groups; lane += COUNTERS) {
            LongVector c0 = LANE.add((long) counter + lane).and(0xFFFFFFFFL);
            LongVector c1 = LongVector.broadcast(L, hash & 0xFFFFFFFFL);
            LongVector c2 = LongVector.broadcast(L, step & 0xFFFFFFFFL);
            LongVector c3 = LongVector.broadcast(L, stream & 0xFFFFFFFFL);
            int k0 = (int) seed;
            int k1 = (int) (seed >>> 32);
            for (int round = 0; round < 10; round++) {
                LongVector p0 = c0.and(0xFFFFFFFFL).mul(a);
                LongVector p1 = c2.and(0xFFFFFFFFL).mul(b);
                c0 = p1.lanewise(VectorOperators.LSHR, 32)
                        .lanewise(VectorOperators.XOR, c1)
                        .lanewise(VectorOperators.XOR, k0 & 0xFFFFFFFFL);
                c2 = p0.lanewise(VectorOperators.LSHR, 32)
                        .lanewise(VectorOperators.XOR, c3)
                        .lanewise(VectorOperators.XOR, k1 & 0xFFFFFFFFL);
                c1 = p1.and(0xFFFFFFFFL);
                c3 = p0.and(0xFFFFFFFFL);
                k0 += 0x9E3779B9;
                k1 += 0xBB67AE85;
            }
            int at = (lane >>> 3 << 5) + ((lane & 7) << 1);
            c0.lanewise(VectorOperators.OR, c1.lanewise(VectorOperators.LSHL, 32))
                    .reinterpretAsInts()
                    .intoArray(words, at);
            c2.lanewise(VectorOperators.OR, c3.lanewise(VectorOperators.LSHL, 32))
                    .reinterpretAsInts()
                    .intoArray(words, at + 16);
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
    public void add(float c, float[] term, float[] acc, int at, int n) {
        FloatVector coefficient = FloatVector.broadcast(F, c);
        int i = at;
        for (int end = at + n - n % WIDTH; i < end; i += WIDTH) {
            coefficient
                    .fma(FloatVector.fromArray(F, term, i), FloatVector.fromArray(F, acc, i))
                    .intoArray(acc, i);
        }
        for (; i < at + n; i++) {
            acc[i] = Math.fma(c, term[i], acc[i]);
        }
    }

    @Override
    public void scale(float c, float[] x, int at, int n) {
        for (int i = at; i < at + n; i++) {
            x[i] = c * x[i];
        }
    }
}
