package org.zolab.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/** Native memory: what is made here lives until the arena, or the thing itself, is closed. */
public final class Arena implements AutoCloseable {

    private final PtNDManager manager = Torch.manager();
    private final Queue<Floats> made = new ConcurrentLinkedQueue<>();

    /** A zeroed tensor of single-precision numbers, and its memory as seen from Java. */
    public static final class Floats implements AutoCloseable {
        private final PtNDArray array;
        private final Value value;
        private final long size;

        private Floats(PtNDArray array, long size) {
            this.array = array;
            this.value = new Value(IValue.from(array));
            this.size = size;
        }

        /** The tensor, for programs. */
        public Value value() {
            return value;
        }

        /** How many numbers. */
        public long size() {
            return size;
        }

        /** Numbers {@code from} to {@code from + count}: what is written is seen by programs. */
        public FloatBuffer view(long from, int count) {
            try (NDArray slice = array.get(from + ":" + (from + count))) {
                return slice.toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer();
            }
        }

        @Override
        public void close() {
            value.close();
            array.close();
        }
    }

    /** Zeros, as one flat tensor. */
    public Floats floats(long size) {
        Floats floats = new Floats((PtNDArray) manager.zeros(new Shape(size), DataType.FLOAT32), size);
        made.add(floats);
        return floats;
    }

    /** Zeroed memory for 16-bit numbers, which no program sees. */
    public ShortBuffer shorts(int size) {
        NDArray pairs = manager.zeros(new Shape((size + 1L) / 2), DataType.FLOAT32);
        return pairs.toByteBuffer(true).order(ByteOrder.nativeOrder()).asShortBuffer();
    }

    /** A tensor of whole numbers with a copy of {@code numbers}. */
    public Value longs(long[] numbers, long... shape) {
        return copied(DataType.INT64, shape, memory -> memory.asLongBuffer().put(numbers));
    }

    /** A tensor of single-precision numbers with a copy of {@code numbers}. */
    public Value floats(float[] numbers, long... shape) {
        return copied(DataType.FLOAT32, shape, memory -> memory.asFloatBuffer().put(numbers));
    }

    /** Torch's own memory, filled: a tensor over a Java buffer would outlive the buffer. */
    private Value copied(DataType type, long[] shape, Consumer<ByteBuffer> fill) {
        try (PtNDArray array = (PtNDArray) manager.zeros(new Shape(shape), type)) {
            if (array.size() > 0) {
                fill.accept(array.toByteBuffer(true).order(ByteOrder.nativeOrder()));
            }
            return new Value(IValue.from(array));
        }
    }

    /** The numbers of a tensor, copied. */
    public float[] toArray(Value value) {
        try (PtNDArray array = value.handle.toTensor(manager)) {
            return array.toFloatArray();
        }
    }

    /** The numbers of each tensor in a list, copied. */
    public List<float[]> toArrays(Value list) {
        return Arrays.stream(list.handle.toTensorArray(manager))
                .map(array -> {
                    try (array) {
                        return array.toFloatArray();
                    }
                })
                .toList();
    }

    /** The memory of contiguous tensors in a list, for as long as the list is open. */
    public List<FloatBuffer> views(Value list) {
        return Arrays.stream(list.handle.toTensorArray(manager))
                .map(array -> {
                    try (array) {
                        return array.toByteBuffer(true)
                                .order(ByteOrder.nativeOrder())
                                .asFloatBuffer();
                    }
                })
                .toList();
    }

    @Override
    public void close() {
        made.forEach(Floats::close); // the manager knows the tensor, not the value that shares its memory
        manager.close();
    }
}
