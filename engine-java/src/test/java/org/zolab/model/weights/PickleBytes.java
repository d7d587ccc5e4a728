package org.zolab.model.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes pickles of protocol 2 opcode by opcode, and the two layouts of torch.save around them. */
final class PickleBytes {

    private static final long[] TWO = {2};
    private static final long[] ONE = {1};

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    PickleBytes() {
        raw("\u0080\u0002");
    }

    /** Bytes as the characters 0 to 255. */
    PickleBytes raw(String latin1) {
        out.writeBytes(latin1.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    PickleBytes name(String module, String name) {
        return raw("c" + module + "\n" + name + "\n");
    }

    PickleBytes text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        raw("X").little(bytes.length, 4);
        out.writeBytes(bytes);
        return this;
    }

    /** A non-negative integer, in the shortest opcode. */
    PickleBytes integer(long value) {
        if (value < 256) {
            return raw("K").little(value, 1);
        }
        return value <= Integer.MAX_VALUE
                ? raw("J").little(value, 4)
                : raw("\u008a\u0009").little(value, 8).raw("\0");
    }

    PickleBytes tuple(long... values) {
        raw("(");
        for (long value : values) {
            integer(value);
        }
        return raw("t");
    }

    /** _rebuild_tensor_v2 of a storage; {@code tail} ends the persistent id. */
    PickleBytes tensor(String type, String key, long elements, long offset, long[] shape, long[] strides, String tail) {
        return name("torch._utils", "_rebuild_tensor_v2")
                .raw("((")
                .text("storage")
                .name("torch", type)
                .text(key)
                .text("cpu")
                .integer(elements)
                .raw(tail + "tQ")
                .integer(offset)
                .tuple(shape)
                .tuple(strides)
                .raw("\u0089}tR");
    }

    PickleBytes tensor(String type, String key, long elements, long offset, long[] shape, long[] strides) {
        return tensor(type, key, elements, offset, shape, strides, "");
    }

    byte[] end() {
        return raw(".").out.toByteArray();
    }

    private PickleBytes little(long value, int bytes) {
        for (int i = 0; i < bytes; i++) {
            out.write((int) (value >>> 8 * i));
        }
        return this;
    }

    /** A file of the zip layout. */
    static byte[] zip(byte[] pickle, Map<String, byte[]> entries) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            stored(zip, "x/data.pkl", pickle);
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                stored(zip, "x/" + entry.getKey(), entry.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void stored(ZipOutputStream zip, String name, byte[] content) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        CRC32 crc = new CRC32();
        crc.update(content);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
    }

    static byte[] floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }

    /** A dict, open for its items. */
    static PickleBytes dict() {
        return new PickleBytes().raw("}(");
    }

    /** A dict of one tensor, a. */
    static PickleBytes one(String key, long elements, long offset, long[] shape, long[] strides) {
        return dict().text("a")
                .tensor("FloatStorage", key, elements, offset, shape, strides)
                .raw("u");
    }

    /** A file of the zip layout whose storage 0 is 1 and 2. */
    static byte[] zip(PickleBytes pickle) {
        return zip(pickle.end(), Map.of("data/0", floats(1, 2)));
    }

    /** The layout before torch 1.6, from its definition: five pickles, then each storage with its length before it. */
    static byte[] old(byte[] pickle, String[] keys, byte[]... numbers) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new PickleBytes()
                .raw("\u008a\nl\u00fc\u009cF\u00f9 j\u00a8P\u0019")
                .end());
        out.writeBytes(new PickleBytes().integer(1001).end());
        out.writeBytes(new PickleBytes()
                .raw("}(")
                .text("protocol_version")
                .integer(1001)
                .text("little_endian")
                .raw("\u0088u")
                .end());
        out.writeBytes(pickle);
        PickleBytes list = new PickleBytes().raw("](");
        for (String key : keys) {
            list.text(key);
        }
        out.writeBytes(list.raw("e").end());
        for (byte[] storage : numbers) {
            out.writeBytes(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(storage.length / 4)
                    .array());
            out.writeBytes(storage);
        }
        return out.toByteArray();
    }

    /** Three tensors of the storages 94 and 31, two of which are one, as the old layout refers to them. */
    static byte[] oldPickle() {
        return dict().text("a")
                .tensor("FloatStorage", "94", 2, 0, TWO, ONE, "N")
                .text("b")
                .tensor("FloatStorage", "31", 3, 1, TWO, ONE, "N")
                .text("c")
                .tensor("FloatStorage", "94", 2, 0, TWO, ONE, "N")
                .raw("u")
                .end();
    }
}
