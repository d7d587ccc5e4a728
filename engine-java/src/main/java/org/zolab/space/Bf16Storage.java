package org.zolab.space;

import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.List;

/** Numbers in bf16, the upper half of single precision: two bytes each, read exactly. */
public final class Bf16Storage implements Storage {

    private static final ThreadLocal<short[]> HALVES = ThreadLocal.withInitial(() -> new short[Kernel.TILE]);

    private final Storage single;
    private final List<ShortBuffer> tensors;

    /**
     * Storage in memory that somebody else made.
     *
     * @param single  the kind that this is of, in single precision
     * @param tensors the bits of each tensor
     */
    public Bf16Storage(Storage single, List<ShortBuffer> tensors) {
        this.single = single;
        this.tensors = List.copyOf(tensors);
    }

    @Override
    public FloatBuffer of(int i) {
        throw new IllegalStateException("numbers are kept in bf16, which no view in single precision shows; read them");
    }

    @Override
    public Storage zeros(Precision precision) {
        return single.zeros(precision);
    }

    @Override
    public Team team() {
        return single.team();
    }

    @Override
    public Precision precision() {
        return Precision.BF16;
    }

    @Override
    public void read(int i, int from, float[] into, int at, int n) {
        short[] halves = HALVES.get();
        for (int done = 0; done < n; done += halves.length) {
            int run = Math.min(halves.length, n - done);
            tensors.get(i).get(from + done, halves, 0, run);
            for (int e = 0; e < run; e++) {
                into[at + done + e] = Float.intBitsToFloat(halves[e] << 16);
            }
        }
    }

    @Override
    public void write(int i, int from, float[] numbers, int at, int n) {
        short[] halves = HALVES.get();
        for (int done = 0; done < n; done += halves.length) {
            int run = Math.min(halves.length, n - done);
            for (int e = 0; e < run; e++) {
                halves[e] = (short) (Float.floatToRawIntBits(numbers[at + done + e]) >>> 16);
            }
            tensors.get(i).put(from + done, halves, 0, run);
        }
    }
}
