package org.zolab.model.weights;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.zolab.space.Lanes;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;

/**
 * Named tensors on disk.
 *
 * <p>Opening reads only names and shapes, and checks all of them against the size of the file; a tensor is read in place when it is asked
 * for. Nothing stays open.
 */
public interface Weights {

    /** Where the tensors come from, for messages. */
    String location();

    /** The names, in the order of the file. */
    Set<String> names();

    /** The shape of a tensor; empty for a scalar. */
    long[] shape(String name);

    /** The element type in the file. */
    Dtype dtype(String name);

    /**
     * Reads elements {@code from} to {@code from + destination.remaining()} of a tensor as fp32, in row-major order.
     *
     * @throws ModelFileException if the tensor is missing or is neither F32, F16 nor BF16
     */
    void read(String name, long from, FloatBuffer destination);

    /** Reads a whole tensor into {@code into}, which must be large enough, a run at a time. */
    void read(String name, Lanes into);

    /** The elements of an integer or boolean tensor. */
    long[] longs(String name);

    /** The elements of a floating point tensor in fp64. */
    double[] doubles(String name);

    /**
     * The tensors in a model's folder: {@code model.safetensors}, or the shards listed in {@code model.safetensors.index.json}, or their
     * {@code pytorch_model.bin} counterparts.
     *
     * @throws ModelFileException if there are none, or they are damaged
     */
    static Weights of(ModelFiles files) {
        if (files.has(Safetensors.ONE_FILE)) {
            return Safetensors.read(files, Safetensors.ONE_FILE);
        }
        if (files.has(Safetensors.INDEX)) {
            return Safetensors.sharded(files, Safetensors.INDEX);
        }
        if (files.has(TorchFile.ONE_FILE)) {
            return TorchFile.read(files, TorchFile.ONE_FILE);
        }
        if (files.has(TorchFile.INDEX)) {
            return TorchFile.sharded(files, TorchFile.INDEX);
        }
        throw new ModelFileException("weights are not there: neither " + Safetensors.ONE_FILE + " nor "
                + TorchFile.ONE_FILE + ", whole or in shards, in " + files.location()
                + "; copy or download the whole model folder");
    }

    /**
     * The files that hold a model's weights: one file, or the shards listed in an index; empty if there are neither.
     *
     * @param files the available files of the model; of its weights only the index is read
     * @param there whether the model has a file with this name, here or elsewhere
     */
    static List<String> files(ModelFiles files, Predicate<String> there) {
        for (List<String> format : List.of(
                List.of(Safetensors.ONE_FILE, Safetensors.INDEX), List.of(TorchFile.ONE_FILE, TorchFile.INDEX))) {
            if (there.test(format.get(0))) {
                return List.of(format.get(0));
            }
            if (there.test(format.get(1))) {
                return StoredTensors.shards(files, format.get(1)).values().stream()
                        .distinct()
                        .toList();
            }
        }
        return List.of();
    }

    /** Whether there is a tensor with this name. */
    default boolean has(String name) {
        return names().contains(name);
    }

    /** The file's name for the tensor that a family calls {@code name}; see {@link #called(Set, String)}. */
    default String called(String name) {
        return called(names(), name);
    }

    /**
     * The one among {@code names} that corresponds to a family's {@code name}: older files omit its first part, such as {@code model.},
     * and BERT's call the weight and bias of a {@code LayerNorm} {@code gamma} and {@code beta}.
     */
    static String called(Set<String> names, String name) {
        String stripped = name.substring(name.indexOf('.') + 1);
        return Stream.of(name, stripped)
                .flatMap(each -> Stream.of(
                        each,
                        each.replace("LayerNorm.weight", "LayerNorm.gamma")
                                .replace("LayerNorm.bias", "LayerNorm.beta")))
                .filter(names::contains)
                .findFirst()
                .orElse(name);
    }

    /** The number of elements of a tensor. */
    default long elements(String name) {
        return Arrays.stream(shape(name)).reduce(1, Math::multiplyExact);
    }

    /** Reads a whole tensor as fp32; the destination's position moves past it. */
    default void read(String name, FloatBuffer destination) {
        long elements = elements(name);
        if (destination.remaining() < elements) {
            throw new IllegalArgumentException("destination is not as large as " + name + " with its " + elements
                    + " elements: " + destination.remaining());
        }
        int limit = destination.limit();
        destination.limit(destination.position() + (int) elements);
        read(name, 0, destination);
        destination.limit(limit);
    }

    /** The elements of an F32, F16 or BF16 tensor. */
    default float[] floats(String name) {
        float[] values = new float[StoredTensors.arrayLength(this, name)];
        read(name, FloatBuffer.wrap(values));
        return values;
    }

    /**
     * A checksum that distinguishes weights stored in the same place. It covers names, types, shapes, and all values of tensors of up to
     * 65,536 elements; of larger ones sixteen evenly spread stretches of 4,096, so that it is cheap. Training, merging or rounding a
     * tensor changes some of these.
     */
    default String fingerprint() {
        int stretch = 4096;
        int most = 16; // for a large tensor
        CRC32 crc = new CRC32();
        ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * stretch);
        for (String name : names()) {
            String head = name + dtype(name) + Arrays.toString(shape(name));
            crc.update(head.getBytes(StandardCharsets.UTF_8));
            long size = dtype(name).fitsFloat() ? elements(name) : 0;
            long step = Math.max(stretch, (size - stretch) / (most - 1));
            for (long from = 0; from < size; from += step) {
                int count = (int) Math.min(stretch, size - from);
                read(name, from, bytes.asFloatBuffer().limit(count));
                crc.update(bytes.array(), 0, Float.BYTES * count);
            }
        }
        return String.format(Locale.ROOT, "crc32 %08x", crc.getValue());
    }

    /**
     * Checks, for all tensors at once, that these are the weights of a model.
     *
     * @param shapes what the model needs, by name
     * @throws ModelFileException that names every tensor that is missing or has another shape, with the expected and the found one
     */
    default void require(Map<String, long[]> shapes) {
        List<String> problems = new ArrayList<>();
        shapes.forEach((name, shape) -> {
            if (!has(name)) {
                problems.add("tensor is missing: " + name + " " + Arrays.toString(shape));
            } else if (!Arrays.equals(shape(name), shape)) {
                problems.add(
                        "shape of " + name + " is not " + Arrays.toString(shape) + ": " + Arrays.toString(shape(name)));
            } else if (!dtype(name).fitsFloat()) {
                problems.add("dtype of " + name + " is not F32, F16 or BF16: " + dtype(name));
            }
        });
        if (!problems.isEmpty()) {
            int shown = Math.min(problems.size(), 12);
            String more = problems.size() > shown ? "\n  and " + (problems.size() - shown) + " more" : "";
            throw new ModelFileException(location() + " does not fit its config.json; are both of the same model?\n  "
                    + String.join("\n  ", problems.subList(0, shown)) + more + "\n  the file has "
                    + names().size() + " tensors: "
                    + String.join(", ", names().stream().limit(5).toList())
                    + (names().size() > 5 ? ", ..." : ""));
        }
    }

    /** Checks that these are a vector of {@code space}, as {@link #require(Map)} does. */
    default void require(ParameterSpace space) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        space.tensors()
                .forEach(tensor -> shapes.put(
                        tensor.name(),
                        tensor.shape().stream().mapToLong(extent -> extent).toArray()));
        require(shapes);
    }

    /** vector ← these weights, rounded to the nearest; what does not fit is refused as by {@link #require(ParameterSpace)}. */
    default void loadInto(ParameterVector vector) {
        require(vector.space());
        vector.load((tensor, into) -> read(tensor.name(), into));
    }
}
