package org.zolab.model.weights;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.zolab.model.weights.StoredTensors.Entry;
import org.zolab.model.weights.Unpickler.Stored;
import org.zolab.model.weights.ZipEntries.Place;

/**
 * Weights in a file of torch.save, such as {@code pytorch_model.bin}: tensors by name, or layers by name.
 *
 * <pre>
 *   zip layout (torch 1.6 and later)    ROOT/data.pkl, a pickle · ROOT/data/KEY, the numbers of each storage, not packed
 *   old layout                          magic · version · system · the pickle · keys, each a pickle · for each key u64 n, n numbers
 * </pre>
 *
 * <p>A layer pickled as a whole (Sequential, Linear, Tanh) contributes its tensors, under the names of its state dict. Several names may
 * share a storage.
 *
 * <p>The file is not trusted. Nothing that its pickle names is run or looked up; anything other than data and torch's own few calls is
 * refused by name. Every number is checked against the size of the file before it is used for an allocation, and anything wrong is a
 * {@link ModelFileException}.
 *
 * <p>Memory: the pickle, at most 8 MiB; tensors are read a megabyte at a time, or, if not stored row by row, mapped as a whole.
 *
 * <p>Reference: torch/serialization.py of PyTorch 2.7 for the layouts; this is not a copy of it.
 */
public final class TorchFile {

    /** The name of the file when a model's weights are in a single one. */
    public static final String ONE_FILE = "pytorch_model.bin";

    /** The name of the index of a model's shards. */
    public static final String INDEX = "pytorch_model.bin.index.json";

    private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
    private static final long OLD_VERSION = 1001;
    private static final int LARGEST_PICKLE = 8 << 20;
    private static final int DEEPEST = 16; // layers within layers
    private static final String AGAIN = StoredTensors.AGAIN;

    private TorchFile() {}

    /** The tensors of one file. */
    public static Weights file(Path path) {
        return StoredTensors.file(path, TorchFile::read);
    }

    /** The tensors of one file of a model. */
    public static Weights read(ModelFiles files, String name) {
        return new StoredTensors(files, files.where(name), entries(files, name));
    }

    /** The tensors of all shards listed in an index. */
    public static Weights sharded(ModelFiles files, String index) {
        return StoredTensors.sharded(files, index, TorchFile::entries);
    }

    private static Map<String, Entry> entries(ModelFiles files, String name) {
        long size = files.size(name);
        boolean zip = size >= 4 && files.region(name, 0, 4).getInt() == 0x04034b50;
        return zip ? zip(files, name) : old(files, name, size);
    }

    private static Map<String, Entry> zip(ModelFiles files, String name) {
        String where = files.where(name);
        Map<String, Place> places = ZipEntries.read(files, name);
        List<String> pickles = places.keySet().stream()
                .filter(key -> key.endsWith("/data.pkl"))
                .toList();
        if (pickles.size() != 1) {
            throw new ModelFileException(where + " is not a file of torch.save: it has " + pickles.size()
                    + " entries data.pkl; give a file of tensors");
        }
        String root = pickles.get(0).substring(0, pickles.get(0).length() - "data.pkl".length());
        Place order = places.get(root + "byteorder");
        if (order != null && order.size() < 16) {
            byte[] text = new byte[(int) order.size()];
            files.region(name, order.offset(), text.length).get(text);
            if (!new String(text, StandardCharsets.UTF_8).equals("little")) {
                throw new ModelFileException(where + " is not little-endian; save it again on another machine");
            }
        }
        Place pickle = places.getOrDefault(pickles.get(0), new Place(0, 0));
        if (pickle.size() > LARGEST_PICKLE) {
            throw new ModelFileException(where + " has a pickle larger than the " + LARGEST_PICKLE
                    + " bytes that a file of tensors needs: " + pickle.size() + "; save the tensors alone");
        }
        ByteBuffer bytes = files.region(name, pickle.offset(), (int) pickle.size());
        Unpickler unpickler = new Unpickler(where, bytes);
        Object value = unpickler.load();
        Map<String, Place> numbers = new HashMap<>();
        for (String key : unpickler.stored().keySet()) {
            Place place = places.get(root + "data/" + key);
            if (place != null) {
                numbers.put(key, place);
            }
        }
        return new Walk(name, where, numbers, 4L * bytes.capacity()).all(value);
    }

    private static Map<String, Entry> old(ModelFiles files, String name, long size) {
        String where = files.where(name);
        ByteBuffer start = files.region(name, 0, (int) Math.min(size, LARGEST_PICKLE));
        boolean magic = start.remaining() > 14
                && start.get(0) == (byte) 0x80
                && start.get(2) == (byte) 0x8A
                && start.get(4) == 0x6C;
        Unpickler unpickler = new Unpickler(where, start);
        if (!magic || !unpickler.load().equals(MAGIC)) {
            throw new ModelFileException(
                    where + " is not a file of torch.save: it begins neither as a zip file nor with the"
                            + " magic number of the old layout; give a file of tensors");
        }
        Object version = unpickler.load();
        if (!(version instanceof Long number) || number != OLD_VERSION) {
            throw new ModelFileException(where + " has a version that is not " + OLD_VERSION + AGAIN);
        }
        if (!(unpickler.load() instanceof Map<?, ?> system) || !Boolean.TRUE.equals(system.get("little_endian"))) {
            throw new ModelFileException(where + " is not little-endian; save it again on another machine");
        }
        Object value = unpickler.load();
        if (!(unpickler.load() instanceof List<?> keys)) {
            throw new ModelFileException(where + " has no list of its storages" + AGAIN);
        }
        Map<String, Place> numbers = new HashMap<>();
        long at = unpickler.position();
        for (Object key : keys) {
            Stored stored = key instanceof String text ? unpickler.stored().get(text) : null;
            if (stored == null || numbers.containsKey(stored.key())) {
                throw new ModelFileException(where + " lists a storage that no tensor has, or lists it twice" + AGAIN);
            }
            long bytes = Math.multiplyHigh(stored.elements(), stored.dtype().bytes()) == 0
                    ? stored.elements() * stored.dtype().bytes()
                    : -1;
            if (bytes < 0 || at > size - Long.BYTES || bytes > size - Long.BYTES - at) {
                throw new ModelFileException(where + " ends before storage " + stored.key() + " does" + AGAIN);
            }
            long elements = files.region(name, at, Long.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .getLong();
            if (elements != stored.elements()) {
                throw new ModelFileException(where + " has storage " + stored.key() + " with " + elements
                        + " elements, its pickle says " + stored.elements() + AGAIN);
            }
            numbers.put(stored.key(), new Place(at + Long.BYTES, bytes));
            at += Long.BYTES + bytes;
        }
        return new Walk(name, where, numbers, 4L * unpickler.position()).all(value);
    }

    /** Collects the tensors of a pickle by name. The names take no more memory than a small multiple of the pickle itself. */
    private static final class Walk {
        private final String file;
        private final String where;
        private final Map<String, Place> numbers;
        private final Map<String, Entry> entries = new LinkedHashMap<>();
        private long room;

        Walk(String file, String where, Map<String, Place> numbers, long room) {
            this.file = file;
            this.where = where;
            this.numbers = numbers;
            this.room = room;
        }

        Map<String, Entry> all(Object value) {
            if (value instanceof Map<?, ?> dict) {
                parts("", dict, DEEPEST);
            } else {
                add("", value, DEEPEST);
            }
            if (entries.isEmpty()) {
                String first = value instanceof Map<?, ?> dict && !dict.isEmpty()
                        ? ", its first key is "
                                + shortened(dict.keySet().iterator().next())
                        : "";
                throw new ModelFileException(
                        where + " holds no tensors by name at its top" + first + "; save the state dict alone");
            }
            return entries;
        }

        /** Adds a tensor or a layer; anything else is skipped. */
        private void add(String name, Object value, int depth) {
            if (value instanceof Unpickler.Tensor tensor) {
                entries.put(name, entry(name, tensor));
            } else if (value instanceof Unpickler.Module module) {
                for (String kind : List.of("_parameters", "_buffers", "_modules")) {
                    if (module.attributes.get(kind) instanceof Map<?, ?> parts) {
                        parts(name, parts, depth - 1);
                    }
                }
            }
        }

        private void parts(String name, Map<?, ?> parts, int depth) {
            parts.forEach((key, part) -> {
                String last = key instanceof String text ? text : "";
                room -= name.length() + last.length() + 1;
                if (room < 0 || depth == 0) {
                    throw new ModelFileException(
                            where + " has layers within layers without end, at " + shortened(name) + AGAIN);
                }
                if (key instanceof String) {
                    add(name.isEmpty() ? last : name + "." + last, part, depth);
                }
            });
        }

        private Entry entry(String name, Unpickler.Tensor tensor) {
            Stored stored = tensor.stored();
            Place place = numbers.get(stored.key());
            long[] shape = tensor.shape();
            long[] strides = tensor.strides();
            int size = stored.dtype().bytes();
            if (place == null) {
                throw problem(name, "has its numbers in an entry that is missing: " + shortened(stored.key()));
            }
            if (stored.elements() > place.size() / size) {
                throw problem(
                        name,
                        "needs " + stored.elements() + " numbers of " + size + " bytes, the file has " + place.size()
                                + " bytes of them");
            }
            if (shape.length != strides.length) {
                throw problem(name, "has " + shape.length + " dimensions and " + strides.length + " strides");
            }
            long elements = 1;
            long last = tensor.offset();
            long rowMajor = 1;
            boolean inRows = true;
            try {
                for (int d = shape.length - 1; d >= 0; d--) {
                    inRows &= shape[d] <= 1 || strides[d] == rowMajor;
                    rowMajor = Math.multiplyExact(rowMajor, shape[d]);
                    elements = Math.multiplyExact(elements, shape[d]);
                    last = Math.addExact(last, Math.multiplyExact(Math.max(0, shape[d] - 1), strides[d]));
                }
            } catch (ArithmeticException e) {
                throw problem(name, "has a shape too large to be counted");
            }
            if (elements > 0 && last >= stored.elements() || elements > stored.elements()) {
                throw problem(
                        name,
                        "lies outside its " + stored.elements() + " stored numbers: it has " + elements
                                + ", the last is number " + last);
            }
            long offset = elements == 0 ? place.offset() : place.offset() + tensor.offset() * size;
            return inRows || elements == 0
                    ? Entry.rowMajor(file, stored.dtype(), shape, offset, elements)
                    : new Entry(file, stored.dtype(), shape, strides, offset, elements);
        }

        private ModelFileException problem(String name, String text) {
            return new ModelFileException(where + ": tensor " + shortened(name) + " " + text + AGAIN);
        }

        private static String shortened(Object text) {
            String all =
                    text instanceof String string ? string : text.getClass().getSimpleName();
            return all.length() <= 200 ? all : all.substring(0, 200) + "...";
        }
    }
}
