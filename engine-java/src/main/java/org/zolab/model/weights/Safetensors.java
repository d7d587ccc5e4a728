package org.zolab.model.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.zolab.model.weights.StoredTensors.Entry;

/**
 * Weights in the safetensors format: eight bytes of header length, a JSON header, the tensors end to end.
 *
 * <pre>
 *   u64 n · n bytes {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...} · data
 * </pre>
 *
 * <p>The file is not trusted. Every number in the header is checked against the size of the file before it is used for an allocation,
 * tensors must lie end to end without gaps or overlaps, and anything wrong is a {@link ModelFileException}.
 *
 * <p>Memory: the header; tensors are read a megabyte at a time.
 *
 * <p>Reference: the format's specification, github.com/huggingface/safetensors.
 */
public final class Safetensors {

    /** The name of the file when a model's weights are in a single one. */
    public static final String ONE_FILE = "model.safetensors";

    /** The name of the index of a model's shards. */
    public static final String INDEX = "model.safetensors.index.json";

    private static final long LONGEST_HEADER = 100_000_000; // the format's own limit
    private static final String AGAIN = StoredTensors.AGAIN;
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private Safetensors() {}

    /** The tensors of one file. */
    public static Weights file(Path path) {
        return StoredTensors.file(path, Safetensors::read);
    }

    /** The tensors of one file of a model. */
    public static Weights read(ModelFiles files, String name) {
        return new StoredTensors(files, files.where(name), header(files, name));
    }

    /** The tensors of all shards listed in an index. */
    public static Weights sharded(ModelFiles files, String index) {
        return StoredTensors.sharded(files, index, Safetensors::header);
    }

    private static Map<String, Entry> header(ModelFiles files, String name) {
        String where = files.where(name);
        long size = files.size(name);
        if (size < 8) {
            throw new ModelFileException(where + " is too short for a safetensors file: " + size + " bytes" + AGAIN);
        }
        long length = files.region(name, 0, 8).getLong();
        if (length < 0 || length > LONGEST_HEADER) {
            throw new ModelFileException(where + " has a header length that is not between 0 and " + LONGEST_HEADER
                    + ": " + Long.toUnsignedString(length) + "; is it a safetensors file?");
        }
        if (length > size - 8) {
            throw new ModelFileException(
                    where + " has a header length that is beyond its " + size + " bytes: " + length + AGAIN);
        }
        byte[] json = new byte[(int) length];
        files.region(name, 8, json.length).get(json);
        List<Map.Entry<String, Raw>> tensors;
        try (JsonParser parser = FACTORY.createParser(json)) {
            tensors = tensors(parser);
        } catch (IOException e) {
            throw new ModelFileException(where + " has a header that is not valid JSON: " + Json.reason(e) + AGAIN, e);
        } catch (Malformed e) {
            throw new ModelFileException(where + ": " + e.getMessage() + AGAIN, e);
        }
        return checked(tensors, name, where, 8 + length, size - 8 - length);
    }

    /** The header's claims about a tensor, not yet verified. */
    private record Raw(String dtype, long[] shape, long begin, long end) {}

    private static final class Malformed extends Exception {
        private static final long serialVersionUID = 1L;

        Malformed(String message) {
            super(message);
        }
    }

    private static Map<String, Entry> checked(
            List<Map.Entry<String, Raw>> tensors, String file, String where, long start, long data) {
        Map<String, Entry> entries = new LinkedHashMap<>();
        for (Map.Entry<String, Raw> item : tensors) {
            String tensor = where + ": tensor " + item.getKey();
            Raw raw = item.getValue();
            Dtype dtype;
            try {
                dtype = Dtype.named(raw.dtype);
            } catch (IllegalArgumentException e) {
                throw new ModelFileException(tensor + ": " + e.getMessage() + "; convert it to F32, F16 or BF16", e);
            }
            if (raw.begin < 0 || raw.end < raw.begin) {
                throw new ModelFileException(tensor + " has offsets that are not 0 <= begin <= end: [" + raw.begin
                        + ", " + raw.end + "]" + AGAIN);
            }
            if (raw.end > data) {
                throw new ModelFileException(tensor + " has offsets outside of the file's " + data + " bytes of data: ["
                        + raw.begin + ", " + raw.end + "]" + AGAIN);
            }
            long elements = 1;
            long bytes;
            try {
                for (long extent : raw.shape) {
                    if (extent < 0) {
                        throw new ModelFileException(
                                tensor + " has a negative shape: " + Arrays.toString(raw.shape) + AGAIN);
                    }
                    elements = Math.multiplyExact(elements, extent);
                }
                bytes = Math.multiplyExact(elements, (long) dtype.bytes());
            } catch (ArithmeticException e) {
                throw new ModelFileException(
                        tensor + " has a shape too large to be counted: " + Arrays.toString(raw.shape) + AGAIN, e);
            }
            if (bytes != raw.end - raw.begin) {
                throw new ModelFileException(tensor + " needs " + bytes + " bytes for " + dtype + " "
                        + Arrays.toString(raw.shape) + ", its offsets hold " + (raw.end - raw.begin) + AGAIN);
            }
            entries.put(item.getKey(), Entry.rowMajor(file, dtype, raw.shape, start + raw.begin, elements));
        }
        List<Map.Entry<String, Raw>> inOrder = new ArrayList<>(tensors);
        inOrder.sort(Comparator.comparingLong((Map.Entry<String, Raw> item) -> item.getValue().begin)
                .thenComparingLong(item -> item.getValue().end));
        long end = 0;
        String before = "the start of the data";
        for (Map.Entry<String, Raw> item : inOrder) {
            long begin = item.getValue().begin;
            if (begin < end) {
                throw new ModelFileException(where + ": tensor " + item.getKey() + " overlaps " + before
                        + ": it begins at " + begin + ", before " + end + AGAIN);
            }
            if (begin > end) {
                throw new ModelFileException(where + ": there is a hole between " + before + " and tensor "
                        + item.getKey() + ": bytes " + end + " to " + begin + AGAIN);
            }
            end = item.getValue().end;
            before = "tensor " + item.getKey();
        }
        if (end != data) {
            throw new ModelFileException(
                    where + " has " + (data - end) + " bytes after " + before + " that belong to no tensor" + AGAIN);
        }
        return entries;
    }

    private static List<Map.Entry<String, Raw>> tensors(JsonParser parser) throws IOException, Malformed {
        expect(parser.nextToken(), JsonToken.START_OBJECT, "header");
        List<Map.Entry<String, Raw>> tensors = new ArrayList<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            expect(parser.nextToken(), JsonToken.START_OBJECT, "header entry " + name);
            if (name.equals("__metadata__")) {
                parser.skipChildren();
            } else {
                tensors.add(Map.entry(name, tensor(parser, name)));
            }
        }
        JsonToken after = parser.nextToken();
        if (after != null) {
            throw new Malformed("header goes on after its end: " + after);
        }
        return tensors;
    }

    private static Raw tensor(JsonParser parser, String name) throws IOException, Malformed {
        String dtype = null;
        long[] shape = null;
        long[] offsets = null;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = parser.currentName();
            JsonToken value = parser.nextToken();
            switch (key) {
                case "dtype" -> {
                    expect(value, JsonToken.VALUE_STRING, "dtype of " + name);
                    dtype = parser.getText();
                }
                case "shape" -> shape = integers(parser, "shape of " + name);
                case "data_offsets" -> offsets = integers(parser, "data_offsets of " + name);
                default -> parser.skipChildren();
            }
        }
        if (dtype == null || shape == null || offsets == null || offsets.length != 2) {
            throw new Malformed("tensor " + name + " has no dtype, shape, or pair of data_offsets: dtype " + dtype
                    + ", shape " + Arrays.toString(shape) + ", data_offsets " + Arrays.toString(offsets));
        }
        return new Raw(dtype, shape, offsets[0], offsets[1]);
    }

    private static long[] integers(JsonParser parser, String what) throws IOException, Malformed {
        expect(parser.currentToken(), JsonToken.START_ARRAY, what);
        List<Long> values = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            expect(parser.currentToken(), JsonToken.VALUE_NUMBER_INT, what);
            values.add(parser.getLongValue());
        }
        return values.stream().mapToLong(Long::longValue).toArray();
    }

    private static void expect(@Nullable JsonToken found, JsonToken wanted, String what) throws Malformed {
        if (found != wanted) {
            throw new Malformed(what + " is not " + words(wanted) + ": " + (found == null ? "nothing" : words(found)));
        }
    }

    private static String words(JsonToken token) {
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT -> "an integer";
            case VALUE_NUMBER_FLOAT -> "a number with a fraction or exponent";
            case VALUE_NULL -> "null";
            case VALUE_TRUE, VALUE_FALSE -> "a boolean";
            default -> "the end of an object or array";
        };
    }
}
