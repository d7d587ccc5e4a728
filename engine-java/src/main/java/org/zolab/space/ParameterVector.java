package org.zolab.space;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;

/**
 * Numbers laid out like the parameters: the parameters themselves, a learned mean, a momentum.
 *
 * <p>A vector counts its moves, so that a formula that refers to it can detect that it has changed since. In bf16 the count also addresses
 * the dither of a move, so repeating the same moves gives equal bits.
 */
public final class ParameterVector {

    /** Elements per task of a sweep: large enough to hide the hand-over, small enough to balance the load. */
    private static final int CHUNK = 1 << 16;

    private final ParameterSpace space;
    private final Storage storage;
    private volatile long version;
    private NoiseKey dither = new NoiseKey(0, 0, 0);

    public ParameterVector(ParameterSpace space, Storage storage) {
        this.space = space;
        this.storage = storage;
    }

    /** A vector of a single tensor with these coordinates, on the Java heap. */
    public static ParameterVector of(float... coordinates) {
        ParameterSpace space = ParameterSpace.flat(coordinates.length);
        ParameterVector vector = new ParameterVector(space, Storage.heap(space, Team.single()));
        vector.storage.of(0).put(0, coordinates);
        return vector;
    }

    /** A zero vector of the same space, in single precision. */
    public ParameterVector zeros() {
        return zeros(Precision.FP32);
    }

    /** A zero vector of the same space, in a given precision. */
    public ParameterVector zeros(Precision precision) {
        return new ParameterVector(space, storage.zeros(precision));
    }

    /** A zero vector of the same space in single precision on the Java heap, where nothing has to be closed. */
    public ParameterVector heapZeros() {
        return new ParameterVector(space, Storage.heap(space, storage.team()));
    }

    /** A zero vector on the Java heap, in the same precision as this one. */
    public ParameterVector heapAlike() {
        return new ParameterVector(
                space, Storage.heap(space, storage.team(), tensor -> storage.lanes(space.indexOf(tensor.name()))
                        .precision()));
    }

    /** The point this + distance·z. Nothing is computed until a loss is asked for there. */
    public Point along(Direction z, double distance) {
        return new Point(this, version, z, distance);
    }

    /** The point at this vector's present position. */
    public Point here() {
        return along(Direction.ZERO, 0);
    }

    /** this ← this + distance·z, in one pass. */
    public void move(Direction z, double distance) {
        update(Weighting.ONE, z, distance);
    }

    /** this ← scale·this + distance·z in one pass, as for momentum. */
    public void update(double scale, Direction z, double distance) {
        update(Weighting.of(space, i -> scale), z, distance);
    }

    /** this ← scale·this + distance·z in one pass, with one scale per tensor. */
    public void update(Weighting scale, Direction z, double distance) {
        Pass pass = Pass.of(List.of(along(z, distance))).scaled(scale);
        if (!pass.onDevice(this)) {
            sweep((tensor, from, count) ->
                    pass.write(tensor, from, count, (p, element, tile, at, n) -> write(tensor, element, tile, at, n)));
        }
        moved();
    }

    /**
     * Replaces all coordinates by what {@code fill} writes to their storage, as one move. In bf16 they are rounded to the nearest, as when
     * a model is loaded.
     */
    public void load(BiConsumer<ParameterSpace.Tensor, Lanes> fill) {
        for (int i = 0; i < space.tensors().size(); i++) {
            fill.accept(space.tensor(i), storage.lanes(i));
        }
        moved();
    }

    /**
     * Lets {@code fill} rewrite all coordinates in place, as one move; in bf16 the result is dithered like any move. Memory: for tensors
     * that Java cannot address in single precision, a copy of the largest.
     */
    public void set(BiConsumer<ParameterSpace.Tensor, FloatBuffer> fill) {
        int largest = IntStream.range(0, space.tensors().size())
                .filter(i -> !(storage.lanes(i) instanceof Lanes.Single))
                .map(i -> space.tensor(i).size())
                .max()
                .orElse(0);
        float[] copy = new float[largest];
        for (int i = 0; i < space.tensors().size(); i++) {
            ParameterSpace.Tensor tensor = space.tensor(i);
            if (storage.lanes(i) instanceof Lanes.Single) {
                fill.accept(tensor, storage.of(i));
            } else {
                storage.read(i, 0, copy, 0, tensor.size());
                fill.accept(tensor, FloatBuffer.wrap(copy, 0, tensor.size()).slice());
                if (storage.lanes(i).precision() == Precision.BF16) {
                    float[] tile = Workspace.of(0, 1).out[0];
                    Pass.forEachTile(0, tensor.size(), (element, at, n) -> {
                        System.arraycopy(copy, element, tile, at, n);
                        Noise.round(dither(), tensor, element, tile, at, n);
                        System.arraycopy(tile, at, copy, element, n);
                    });
                }
                storage.lanes(i).write(0, copy, 0, tensor.size());
            }
        }
        moved();
    }

    /** From now on the dither is addressed by the seed and draw of {@code key}, with the move count as its step. */
    public void dither(NoiseKey key) {
        dither = key;
    }

    /**
     * Writes elements {@code element} to {@code element + n} of a tensor, which lie in {@code tile} from {@code at} on. For bf16 they are
     * rounded there first.
     */
    void write(int tensor, int element, float[] tile, int at, int n) {
        if (storage.lanes(tensor).precision() == Precision.BF16) {
            Noise.round(dither(), space.tensor(tensor), element, tile, at, n);
        }
        storage.lanes(tensor).write(element, tile, at, n);
    }

    /** The key that addresses the dither of the next move. */
    NoiseKey dither() {
        return new NoiseKey(dither.seed(), Math.toIntExact(version), dither.draw());
    }

    /** Counts a move made by another kernel. */
    void moved() {
        version++;
    }

    /** Runs {@code work} on every piece of the vector, on all cores; a piece lies within one tensor and starts at a multiple of 1024. */
    void sweep(Piece work) {
        int[] first = new int[space.tensors().size() + 1];
        for (int i = 0; i < first.length - 1; i++) {
            first[i + 1] = first[i] + (space.tensor(i).size() + CHUNK - 1) / CHUNK;
        }
        storage.team().run(first[first.length - 1], task -> {
            int found = Arrays.binarySearch(first, task);
            int tensor = found >= 0 ? found : -found - 2;
            int from = (task - first[tensor]) * CHUNK;
            work.run(tensor, from, Math.min(CHUNK, space.tensor(tensor).size() - from));
        });
    }

    @FunctionalInterface
    interface Piece {
        void run(int tensor, int from, int count);
    }

    /** The space: the names and shapes of the tensors. */
    public ParameterSpace space() {
        return space;
    }

    /** Where the coordinates are stored. */
    public Storage storage() {
        return storage;
    }

    /** How often this vector has moved. */
    public long version() {
        return version;
    }

    /** A 64-bit fingerprint of all bits: equal vectors have equal fingerprints. */
    public long fingerprint() {
        long hash = 1;
        float[] tile = new float[CHUNK];
        for (int t = 0; t < space.tensors().size(); t++) {
            int size = space.tensor(t).size();
            for (int at = 0; at < size; at += tile.length) {
                int n = Math.min(tile.length, size - at);
                storage.read(t, at, tile, 0, n);
                for (int i = 0; i < n; i++) {
                    hash = (hash ^ Float.floatToRawIntBits(tile[i])) * 0x9E3779B97F4A7C15L;
                    hash ^= hash >>> 29;
                }
            }
        }
        return hash;
    }
}
