package org.zolab.model.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Writes safetensors files: to a temporary file beside the target, forced to the disk, and then moved over the target in one step.
 *
 * <p>The target is therefore always either the old file or the new one, even when the disk is full or the process is killed; after an
 * error no temporary file is left.
 *
 * <p>Memory: 512 KiB, since values are converted as they are written.
 */
public final class SafetensorsWriter {

    private static final int TILE = 1 << 18;
    /** The leading bytes of a header within which its metadata begins. */
    private static final int HEADER_BEGINS = 256;

    /** The disk operations that the writer needs. */
    interface Disk {

        /** Bytes that can still be written to a folder. */
        long free(Path folder) throws IOException;

        /** Creates a file. */
        FileChannel create(Path file) throws IOException;

        /** The file system. */
        Disk REAL = new Disk() {
            @Override
            public long free(Path folder) throws IOException {
                return Files.getFileStore(folder).getUsableSpace();
            }

            @Override
            public FileChannel create(Path file) throws IOException {
                return FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            }
        };
    }

    /**
     * A tensor to write.
     *
     * @param dtype  F32, F16 or BF16
     * @param values the elements, which are requested in order
     */
    public record Tensor(String name, Dtype dtype, long[] shape, Values values) {

        public Tensor {
            shape = shape.clone();
            if (!dtype.fitsFloat()) {
                throw new IllegalArgumentException("dtype is not F32, F16 or BF16: " + dtype);
            }
        }

        /** A tensor with the elements of a buffer from its position to its limit; the position is not moved. */
        public Tensor(String name, Dtype dtype, long[] shape, FloatBuffer values) {
            this(name, dtype, shape, (from, into, count) -> values.get(values.position() + from, into, 0, count));
            if (elements() != values.remaining()) {
                throw new IllegalArgumentException("values is not as large as the shape " + Arrays.toString(shape)
                        + " of " + name + ": " + values.remaining());
            }
        }

        @Override
        public long[] shape() {
            return shape.clone();
        }

        long bytes() {
            return elements() * dtype.bytes();
        }

        long elements() {
            return Arrays.stream(shape).reduce(1, Math::multiplyExact);
        }
    }

    /** The elements of a tensor, wherever they come from. */
    @FunctionalInterface
    public interface Values {
        /** Copies {@code count} elements from {@code from} on to the beginning of {@code into}. */
        void read(int from, float[] into, int count);
    }

    private SafetensorsWriter() {}

    /**
     * Writes a file, replacing any existing one.
     *
     * @param metadata text stored with the tensors, such as {@code format}
     * @throws ModelFileException if the folder is not writable or has too little space; the old file is left as it was
     */
    public static void write(Path file, List<Tensor> tensors, Map<String, String> metadata) {
        write(file, tensors, metadata, Disk.REAL);
    }

    /** The metadata for a model's or an adapter's tensors: what Python's readers look for, and who wrote them. */
    public static Map<String, String> signed() {
        return Map.of("format", "pt", "written_by", "ZoLab");
    }

    /** Whether {@code file} carries the metadata of {@link #signed}. */
    static boolean wrote(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            in.skipNBytes(Long.BYTES); // the length of the header, in which metadata comes first
            return new String(in.readNBytes(HEADER_BEGINS), StandardCharsets.UTF_8)
                    .contains("\"written_by\":\"ZoLab\"");
        } catch (EOFException e) {
            return false;
        }
    }

    static void write(Path file, List<Tensor> tensors, Map<String, String> metadata, Disk disk) {
        byte[] header = header(tensors, metadata);
        long needed =
                8 + header.length + tensors.stream().mapToLong(Tensor::bytes).sum();
        Path target = file.toAbsolutePath();
        Path folder = target.getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new ModelFileException(file + " cannot be written: its folder does not exist; create it first");
        }
        long free = Long.MAX_VALUE;
        Path temporary = folder.resolve("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            free = disk.free(folder);
            if (free < needed) {
                throw new IOException("too little space");
            }
            try (FileChannel channel = disk.create(temporary)) {
                write(channel, header, tensors);
                channel.force(true);
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new ModelFileException(
                    file + " cannot be written: " + reason(e) + "; " + needed + " bytes are needed, "
                            + (free == Long.MAX_VALUE ? "an unknown number" : Long.toString(free))
                            + " are free. Make room, check the permissions of " + folder
                            + ", or choose another folder",
                    e);
        } finally {
            discard(temporary);
        }
    }

    private static String reason(IOException e) {
        return e instanceof AccessDeniedException ? "permission denied" : String.valueOf(e.getMessage());
    }

    private static void discard(Path temporary) {
        try {
            Files.deleteIfExists(temporary); // already gone after a move
        } catch (IOException e) {
            temporary.toFile().deleteOnExit();
        }
    }

    private static void write(WritableByteChannel channel, byte[] header, List<Tensor> tensors) throws IOException {
        ByteBuffer tile = ByteBuffer.allocateDirect(TILE).order(ByteOrder.LITTLE_ENDIAN);
        drain(tile.putLong(header.length), channel);
        for (ByteBuffer rest = ByteBuffer.wrap(header); rest.hasRemaining(); ) {
            channel.write(rest);
        }
        float[] values = new float[TILE / Float.BYTES];
        for (Tensor tensor : tensors) {
            int elements = Math.toIntExact(tensor.elements());
            for (int from = 0; from < elements; from += values.length) {
                int count = Math.min(values.length, elements - from);
                tensor.values().read(from, values, count);
                if (tensor.dtype() == Dtype.F32) {
                    tile.asFloatBuffer().put(values, 0, count);
                    tile.position(count * Float.BYTES);
                } else {
                    for (int n = 0; n < count; n++) {
                        tile.putShort(tensor.dtype() == Dtype.F16 ? Half.toFp16(values[n]) : Half.toBf16(values[n]));
                    }
                }
                drain(tile, channel);
            }
        }
    }

    private static void drain(ByteBuffer tile, WritableByteChannel channel) throws IOException {
        tile.flip();
        while (tile.hasRemaining()) {
            channel.write(tile);
        }
        tile.clear();
    }

    private static byte[] header(List<Tensor> tensors, Map<String, String> metadata) {
        Map<String, Object> header = new LinkedHashMap<>();
        if (!metadata.isEmpty()) {
            header.put("__metadata__", new TreeMap<>(metadata));
        }
        long offset = 0;
        for (Tensor tensor : tensors) {
            long end = offset + tensor.bytes();
            Object before = header.put(
                    tensor.name(),
                    new TreeMap<>(Map.of( // in a fixed order, since that of Map.of differs from JVM to JVM
                            "dtype", tensor.dtype().name(),
                            "shape", tensor.shape(),
                            "data_offsets", new long[] {offset, end})));
            if (before != null) {
                throw new IllegalArgumentException("name is not unique: " + tensor.name());
            }
            offset = end;
        }
        try {
            byte[] json = Json.MAPPER.writeValueAsString(header).getBytes(StandardCharsets.UTF_8);
            byte[] padded = Arrays.copyOf(json, json.length + 7 & ~7); // the data begins at a multiple of eight
            Arrays.fill(padded, json.length, padded.length, (byte) ' ');
            return padded;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
