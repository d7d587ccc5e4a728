package org.zolab.space;

import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/** Contiguous numbers in some memory, in either precision. Reads are exact; writes round to the nearest. */
public sealed interface Lanes {

    /** The most numbers copied at once. */
    int RUN = 1 << 16;

    /** Numbers in single precision. */
    static Lanes of(FloatBuffer memory) {
        return new Single(memory);
    }

    /** Numbers in bf16, the upper half of single precision. */
    static Lanes of(ShortBuffer memory) {
        return new Half(memory);
    }

    /** The precision in which the numbers are kept. */
    Precision precision();

    /**
     * A live view of all the numbers: writes to it change them. Never move its position; use absolute access.
     *
     * @throws IllegalStateException if Java cannot address them in single precision; code that only reads should call {@link #read}
     */
    FloatBuffer floats();

    /** Copies numbers {@code from} to {@code from + n} to {@code into[at…]}. */
    void read(int from, float[] into, int at, int n);

    /** Overwrites numbers {@code from} to {@code from + n} with {@code numbers[at…]}, rounded to the nearest; ties go to the even last bit. */
    void write(int from, float[] numbers, int at, int n);

    /** Overwrites numbers {@code at} to {@code at + n} with those of {@code other} from {@code from} on. */
    default void copy(Lanes other, int from, int at, int n) {
        float[] tile = new float[Math.min(n, RUN)];
        for (int done = 0; done < n; done += tile.length) {
            int run = Math.min(tile.length, n - done);
            other.read(from + done, tile, 0, run);
            write(at + done, tile, 0, run);
        }
    }

    /** Single precision, four bytes each. */
    record Single(FloatBuffer floats) implements Lanes {
        @Override
        public Precision precision() {
            return Precision.FP32;
        }

        @Override
        public void read(int from, float[] into, int at, int n) {
            floats.get(from, into, at, n);
        }

        @Override
        public void write(int from, float[] numbers, int at, int n) {
            floats.put(from, numbers, at, n);
        }
    }

    /** bf16, two bytes each. */
    record Half(ShortBuffer halves) implements Lanes {
        @Override
        public Precision precision() {
            return Precision.BF16;
        }

        @Override
        public FloatBuffer floats() {
            throw new IllegalStateException(
                    "numbers are kept in bf16, which no view in single precision shows; read them");
        }

        @Override
        public void read(int from, float[] into, int at, int n) {
            short[] tile = Workspace.here().halves;
            for (int done = 0; done < n; done += tile.length) {
                int run = Math.min(tile.length, n - done);
                halves.get(from + done, tile, 0, run);
                Kernel.best().widen(tile, into, at + done, run);
            }
        }

        @Override
        public void write(int from, float[] numbers, int at, int n) {
            short[] tile = Workspace.here().halves;
            for (int done = 0; done < n; done += tile.length) {
                int run = Math.min(tile.length, n - done);
                Kernel.best().narrow(numbers, at + done, tile, run);
                halves.put(from + done, tile, 0, run);
            }
        }
    }

    /**
     * Numbers in an accelerator's memory; Java sees copies only. Copying a few costs as much as copying thousands, so an operation on all
     * of them should be a {@link Pass} on the accelerator.
     */
    record Remote(Accelerator accelerator, long address, Precision precision) implements Lanes {
        @Override
        public FloatBuffer floats() {
            throw new IllegalStateException(
                    "numbers lie in the memory of a GPU, which Java has no view of; read and write copies");
        }

        @Override
        public void read(int from, float[] into, int at, int n) {
            if (precision == Precision.FP32) {
                accelerator.read(address(from), into, at, n);
                return;
            }
            short[] halves = new short[Math.min(n, RUN)];
            for (int done = 0, run; done < n; done += run) {
                run = Math.min(halves.length, n - done);
                accelerator.read(address(from + done), halves, 0, run);
                Lanes.of(ShortBuffer.wrap(halves)).read(0, into, at + done, run);
            }
        }

        @Override
        public void write(int from, float[] numbers, int at, int n) {
            if (precision == Precision.FP32) {
                accelerator.write(address(from), numbers, at, n);
                return;
            }
            short[] halves = new short[Math.min(n, RUN)];
            for (int done = 0, run; done < n; done += run) {
                run = Math.min(halves.length, n - done);
                Lanes.of(ShortBuffer.wrap(halves)).write(0, numbers, at + done, run);
                accelerator.write(address(from + done), halves, 0, run);
            }
        }

        /** These numbers from number {@code i} on. */
        public Remote from(int i) {
            return new Remote(accelerator, address(i), precision);
        }

        /** The address of number {@code i}. */
        long address(int i) {
            return address + (long) i * precision.bytes();
        }
    }
}
