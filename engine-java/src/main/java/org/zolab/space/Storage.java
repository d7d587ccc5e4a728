package org.zolab.space;

import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/** Where the numbers of a vector live. */
public interface Storage {

    /**
     * The elements of tensor {@code i}: a view, so what is written is seen. Never move its position; use absolute access.
     *
     * @throws IllegalStateException if they are not kept in single precision; what only reads them calls {@link #read}
     */
    FloatBuffer of(int i);

    /** Storage of the same space and kind, all zero. */
    Storage zeros(Precision precision);

    /** The threads that sweep over this storage. */
    Team team();

    /** What {@link #write} keeps of a number. */
    default Precision precision() {
        return Precision.FP32;
    }

    /** Copies elements {@code from} to {@code from + n} of tensor {@code i}, exactly, to {@code into[at…]}. */
    default void read(int i, int from, float[] into, int at, int n) {
        of(i).get(from, into, at, n);
    }

    /** Replaces them by {@code numbers[at…]}; of a number that {@link #precision} does not have, the lower bits are cut off. */
    default void write(int i, int from, float[] numbers, int at, int n) {
        of(i).put(from, numbers, at, n);
    }

    /** Storage on the Java heap, for toy objectives and tests. */
    static Storage heap(ParameterSpace space, Team team) {
        FloatBuffer[] tensors = space.tensors().stream()
                .map(tensor -> FloatBuffer.allocate(tensor.size()))
                .toArray(FloatBuffer[]::new);
        return new Storage() {
            @Override
            public FloatBuffer of(int i) {
                return tensors[i];
            }

            @Override
            public Storage zeros(Precision precision) {
                return precision == Precision.FP32
                        ? heap(space, team)
                        : new Bf16Storage(
                                this,
                                space.tensors().stream()
                                        .map(tensor -> ShortBuffer.allocate(tensor.size()))
                                        .toList());
            }

            @Override
            public Team team() {
                return team;
            }
        };
    }
}
