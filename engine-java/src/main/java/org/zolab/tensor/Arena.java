package org.zolab.tensor;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.TensorMemory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.zolab.space.Lanes;
import org.zolab.space.Precision;

/** Native memory: what is allocated here lives until it, or the arena, is closed. */
public final class Arena implements AutoCloseable {

    private final Device device;
    private final @Nullable Gpu gpu;
    private final PtNDManager manager;
    private final Queue<Numbers> made = new ConcurrentLinkedQueue<>();

    /** An arena in the processor's memory. */
    public Arena() {
        this(Device.CPU);
    }

    /**
     * An arena in the memory of {@code device}.
     *
     * @throws IllegalArgumentException that says what is missing to use it
     */
    public Arena(Device device) {
        this.device = device;
        this.gpu = device.gpu().orElse(null);
        this.manager = Torch.manager(device);
    }

    /** The operations that DJL lacks. */
    private static final class Made {
        static final Program PROGRAM = Program.load(LinearKernel.ATEN, Arena.class, "memory.py");

        private Made() {}
    }

    /** A flat tensor, initially zero, and its memory as seen from Java. */
    public static final class Numbers implements AutoCloseable {
        private final @Nullable Gpu gpu;
        private final PtNDArray array;
        private final Value value;
        private final long size;
        private final Precision precision;

        private Numbers(@Nullable Gpu gpu, PtNDArray array, long size, Precision precision) {
            this.gpu = gpu;
            this.array = array;
            this.value = new Value(IValue.from(array));
            this.size = size;
            this.precision = precision;
        }

        /** The tensor, as an argument for programs. */
        public Value value() {
            return value;
        }

        /** How many numbers. */
        public long size() {
            return size;
        }

        /** Numbers {@code from} to {@code from + count}; programs see what is written to them. */
        public Lanes view(long from, int count) {
            return gpu == null ? here(from, count) : new Lanes.Remote(gpu, address(from), precision);
        }

        private Lanes here(long from, int count) {
            try (NDArray slice = array.get(from + ":" + (from + count))) {
                ByteBuffer memory = TensorMemory.of((PtNDArray) slice).order(ByteOrder.nativeOrder());
                return precision == Precision.FP32
                        ? Lanes.of(memory.asFloatBuffer())
                        : Lanes.of(memory.asShortBuffer());
            }
        }

        private long address(long from) {
            try (NDArray one =
                    array.get(from + ":" + (from + 1))) { // a buffer has room for one, however many numbers there are
                return Pointer.nativeValue(Native.getDirectBufferPointer(TensorMemory.of((PtNDArray) one)));
            }
        }

        /** All the numbers as a matrix, for programs; it shares their memory. */
        public Value matrix(int rows, int columns) {
            return new Value(IValue.from((PtNDArray) array.reshape(rows, columns)));
        }

        @Override
        public void close() {
            value.close();
            array.close();
        }
    }

    /** Allocates one flat tensor of zeros. */
    public Numbers numbers(long size, Precision precision) {
        Numbers numbers = new Numbers(gpu, zeros(size, precision), size, precision);
        made.add(numbers);
        return numbers;
    }

    private PtNDArray zeros(long size, Precision precision) {
        try {
            return made(size, precision);
        } catch (EngineException | IllegalStateException e) {
            throw new IllegalStateException(
                    String.format(
                            Locale.ROOT,
                            "there is no room for %d MB more on %s: %s",
                            size * precision.bytes() >> 20,
                            device,
                            e.getMessage()),
                    e);
        }
    }

    private PtNDArray made(long size, Precision precision) {
        if (precision == Precision.FP32) {
            return (PtNDArray) manager.zeros(new Shape(size), DataType.FLOAT32);
        }
        try (PtNDArray like = (PtNDArray) manager.zeros(new Shape(0), DataType.FLOAT32);
                Value there = new Value(IValue.from(like));
                Value count = Value.of(size);
                Value halves = Made.PROGRAM.call("halves", there, count)) {
            return halves.handle.toTensor(manager);
        }
    }

    /** A tensor of integers, copied from {@code numbers}. */
    public Value longs(long[] numbers, long... shape) {
        return copied(DataType.INT64, shape, memory -> memory.asLongBuffer().put(numbers));
    }

    /** A tensor in double precision, copied from {@code numbers}. */
    public Value doubles(double[] numbers, long... shape) {
        return copied(DataType.FLOAT64, shape, memory -> memory.asDoubleBuffer().put(numbers));
    }

    /** A tensor in single precision, copied from {@code numbers}. */
    public Value floats(float[] numbers, long... shape) {
        return copied(DataType.FLOAT32, shape, memory -> memory.asFloatBuffer().put(numbers));
    }

    /** Fills Torch's own memory, since a tensor over a Java buffer would outlive the buffer. */
    private Value copied(DataType type, long[] shape, Consumer<ByteBuffer> fill) {
        try (NDManager passing = manager.newSubManager(ai.djl.Device.cpu())) { // and all that DJL makes on the way
            PtNDArray array = (PtNDArray) passing.create(new Shape(shape), type);
            if (array.size() > 0) {
                fill.accept(TensorMemory.of(array).order(ByteOrder.nativeOrder()));
            }
            return new Value(IValue.from(array.toDevice(device.torch(), false)));
        }
    }

    /** A copy of a tensor's numbers. */
    public float[] toArray(Value value) {
        try (Value here = here(value);
                PtNDArray array = here.handle.toTensor(manager)) {
            return array.toFloatArray();
        }
    }

    /** A copy of the numbers of each tensor in a list. */
    public List<float[]> toArrays(Value list) {
        return Arrays.stream(list.handle.toTensorArray(manager))
                .map(array -> {
                    try (array;
                            Value value = new Value(IValue.from(array))) {
                        return toArray(value);
                    }
                })
                .toList();
    }

    /** The tensor, in the processor's memory. */
    private static Value here(Value value) {
        return Made.PROGRAM.call("here", value);
    }

    /** The memory of the contiguous tensors in a list, valid while the list is open; for a GPU, a copy. */
    public List<FloatBuffer> views(Value list) {
        if (gpu != null) {
            return toArrays(list).stream().map(FloatBuffer::wrap).toList();
        }
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
        made.forEach(Numbers::close); // the manager knows the tensor, but not the value that shares its memory
        manager.close();
        if (gpu != null) {
            Torch.forget();
        }
    }
}
