package org.zolab.model.weights;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.zolab.space.Lanes;

/** Tensors that are regions of files, whichever format says where they lie. */
final class StoredTensors implements Weights {

    static final String AGAIN = "; the file is damaged or not complete, copy or download it again";

    /** Bytes read at a time: few enough to be copied, since mapped pages stay with the process until they are collected. */
    static final int WINDOW = 1 << 20;

    private static final int TILE = 1 << 12;

    /**
     * A tensor, checked against its file.
     *
     * @param offset  where its first element begins in the file, in bytes
     * @param strides the distances in the file between elements along each dimension; empty for row-major order
     */
    record Entry(String file, Dtype dtype, long[] shape, long[] strides, long offset, long elements) {

        static Entry rowMajor(String file, Dtype dtype, long[] shape, long offset, long elements) {
            return new Entry(file, dtype, shape, new long[0], offset, elements);
        }
    }

    private final ModelFiles files;
    private final String location;
    private final Map<String, Entry> entries;

    StoredTensors(ModelFiles files, String location, Map<String, Entry> entries) {
        this.files = files;
        this.location = location;
        this.entries = entries;
    }

    /** Applies {@code reader} to a file given by its path. */
    static Weights file(Path path, BiFunction<ModelFiles, String, Weights> reader) {
        Path absolute = path.toAbsolutePath();
        Path folder = absolute.getParent();
        Path name = absolute.getFileName();
        if (folder == null || name == null) {
            throw new ModelFileException("file of tensors is not a file: " + path + "; give the file's own path");
        }
        if (!Files.exists(absolute)) {
            throw new ModelFileException(
                    "file of tensors does not exist: " + path + "; give the path of one that is there");
        }
        return reader.apply(ModelFiles.folder(folder), name.toString());
    }

    /** The shard of each tensor listed in an index. */
    static Map<String, String> shards(ModelFiles files, String index) {
        JsonNode map = files.json(index).path("weight_map");
        if (!map.isObject() || map.isEmpty()) {
            throw new ModelFileException(files.where(index) + " lists no tensors: weight_map is "
                    + (map.isMissingNode() ? "missing" : map) + "; copy or download it again");
        }
        Map<String, String> shards = new LinkedHashMap<>();
        map.properties().forEach(item -> {
            if (!item.getValue().isTextual()) {
                throw new ModelFileException(files.where(index) + " names no file for " + item.getKey() + ": "
                        + item.getValue() + "; copy or download it again");
            }
            shards.put(item.getKey(), item.getValue().textValue());
        });
        return shards;
    }

    /** The tensors of all shards listed in an index; {@code header} reads the contents of one shard. */
    static Weights sharded(ModelFiles files, String index, BiFunction<ModelFiles, String, Map<String, Entry>> header) {
        Map<String, Map<String, Entry>> shards = new LinkedHashMap<>();
        Map<String, Entry> all = new LinkedHashMap<>();
        shards(files, index).forEach((tensor, shard) -> {
            if (!shards.containsKey(shard)) {
                if (!files.has(shard)) {
                    throw new ModelFileException("shard is missing: " + files.where(shard) + ", listed in " + index
                            + "; download the rest of the model");
                }
                shards.put(shard, header.apply(files, shard));
            }
            Entry entry = shards.getOrDefault(shard, Map.of()).get(tensor);
            if (entry == null) {
                throw new ModelFileException(files.where(index) + " says that " + shard + " holds " + tensor
                        + ", which it does not; index and shards are of different models, download both again");
            }
            all.put(tensor, entry);
        });
        return new StoredTensors(files, files.where(index), all);
    }

    @Override
    public String location() {
        return location;
    }

    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(entries.keySet());
    }

    @Override
    public long[] shape(String name) {
        return entry(name).shape.clone();
    }

    @Override
    public Dtype dtype(String name) {
        return entry(name).dtype;
    }

    @Override
    public void read(String name, long from, FloatBuffer destination) {
        Entry entry = floating(name);
        if (from < 0 || from > entry.elements - destination.remaining()) {
            throw new IllegalArgumentException("range is not inside the " + entry.elements + " elements of " + name
                    + ": " + from + " to " + (from + destination.remaining()));
        }
        read(entry, from, destination.remaining(), (tile, n) -> destination.put(tile, 0, n));
    }

    @Override
    public void read(String name, Lanes into) {
        int[] at = {0};
        read(floating(name), 0, arrayLength(this, name), (tile, n) -> {
            into.write(at[0], tile, 0, n);
            at[0] += n;
        });
    }

    private interface TileReader {
        void accept(float[] tile, int n);
    }

    private void read(Entry entry, long from, int elements, TileReader reader) {
        float[] tile = new float[Math.min(elements, Lanes.RUN)];
        windows(entry, from, elements, window -> {
            for (int n; window.hasRemaining(); window.position(window.position() + n * entry.dtype.bytes())) {
                n = Math.min(tile.length, window.remaining() / entry.dtype.bytes());
                if (entry.dtype == Dtype.F32) {
                    window.asFloatBuffer().get(tile, 0, n);
                } else {
                    ShortBuffer bits = window.asShortBuffer();
                    boolean half = entry.dtype == Dtype.F16;
                    for (int i = 0; i < n; i++) {
                        tile[i] = half ? Half.fromFp16(bits.get(i)) : Half.fromBf16(bits.get(i));
                    }
                }
                reader.accept(tile, n);
            }
        });
    }

    @Override
    public long[] longs(String name) {
        Entry entry = entry(name);
        long[] values = new long[arrayLength(this, name)];
        int[] at = {0};
        windows(entry, 0, values.length, window -> {
            while (window.hasRemaining()) {
                values[at[0]++] = switch (entry.dtype) {
                    case I64 -> window.getLong();
                    case I32 -> window.getInt();
                    case U32 -> Integer.toUnsignedLong(window.getInt());
                    case I16 -> window.getShort();
                    case U16 -> Short.toUnsignedInt(window.getShort());
                    case I8 -> window.get();
                    case U8, BOOL -> Byte.toUnsignedInt(window.get());
                    default -> throw wrongDtype(name, "an integer type up to I64", entry.dtype);
                };
            }
        });
        return values;
    }

    @Override
    public double[] doubles(String name) {
        Entry entry = entry(name);
        double[] values = new double[arrayLength(this, name)];
        int[] at = {0};
        windows(entry, 0, values.length, window -> {
            while (window.hasRemaining()) {
                values[at[0]++] = switch (entry.dtype) {
                    case F64 -> window.getDouble();
                    case F32 -> window.getFloat();
                    case F16 -> Half.fromFp16(window.getShort());
                    case BF16 -> Half.fromBf16(window.getShort());
                    default -> throw wrongDtype(name, "F64, F32, F16 or BF16", entry.dtype);
                };
            }
        });
        return values;
    }

    /** The number of a tensor's elements, as an array length. */
    static int arrayLength(Weights weights, String name) {
        long elements = weights.elements(name);
        if (elements > Integer.MAX_VALUE - 8) {
            throw new ModelFileException("tensor is too large for one array: " + name + " of " + weights.location()
                    + " with " + elements + " elements; read it in parts");
        }
        return (int) elements;
    }

    private interface WindowReader {
        void accept(ByteBuffer window);
    }

    private void windows(Entry entry, long from, long elements, WindowReader reader) {
        if (entry.strides.length > 0) {
            gather(entry, from, elements, reader);
            return;
        }
        int size = entry.dtype.bytes();
        long at = entry.offset + from * size;
        for (long left = elements * size; left > 0; ) {
            int length = (int) Math.min(left, WINDOW);
            reader.accept(files.region(entry.file, at, length));
            at += length;
            left -= length;
        }
    }

    /** Reads elements that are not contiguous, such as those of a transposed matrix. */
    private void gather(Entry entry, long from, long elements, WindowReader reader) {
        int size = entry.dtype.bytes();
        long span = elements == 0 ? 0 : size;
        for (int d = 0; d < entry.shape.length && elements > 0; d++) {
            span += (entry.shape[d] - 1) * entry.strides[d] * size;
        }
        if (span > Integer.MAX_VALUE) {
            throw new ModelFileException("tensor of " + entry.file + " in " + location
                    + " is not stored row by row and spans more than 2 GiB: " + span
                    + " bytes; save it with .contiguous()");
        }
        ByteBuffer all = files.region(entry.file, entry.offset, (int) span);
        byte[] tile = new byte[TILE * size];
        for (long at = from, end = from + elements; at < end; ) {
            int n = (int) Math.min(TILE, end - at);
            for (int i = 0; i < n; i++, at++) {
                long index = 0;
                long rest = at;
                for (int d = entry.shape.length - 1; d >= 0; d--) {
                    index += rest % entry.shape[d] * entry.strides[d];
                    rest /= entry.shape[d];
                }
                all.get((int) index * size, tile, i * size, size);
            }
            reader.accept(ByteBuffer.wrap(tile, 0, n * size).slice().order(ByteOrder.LITTLE_ENDIAN));
        }
    }

    private Entry floating(String name) {
        Entry entry = entry(name);
        if (!entry.dtype.fitsFloat()) {
            throw wrongDtype(name, "F32, F16 or BF16", entry.dtype);
        }
        return entry;
    }

    private Entry entry(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw new ModelFileException("tensor is missing: " + name + " in " + location
                    + "; it has "
                    + String.join(", ", entries.keySet().stream().limit(5).toList())
                    + (entries.size() > 5 ? " and " + (entries.size() - 5) + " more" : "")
                    + ". Is it a file of this model?");
        }
        return entry;
    }

    private ModelFileException wrongDtype(String name, String wanted, Dtype found) {
        return new ModelFileException("dtype of " + name + " in " + location + " is not " + wanted + ": " + found
                + "; convert the file, or use another copy of the model");
    }
}
