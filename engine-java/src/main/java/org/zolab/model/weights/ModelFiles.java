package org.zolab.model.weights;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32;

/**
 * The files of one model, by name: those of a folder, or of a directory of class path resources.
 *
 * <p>From a file in a folder only the parts that are read are loaded: up to a megabyte as a copy, more by mapping. A resource is copied
 * into memory once. Names are plain file names; a name that contains a path is refused, since some come from untrusted files.
 */
public interface ModelFiles {

    /** A readable name for this place: the folder's path, or the resource directory. */
    String location();

    /** Whether there is a file of this name. */
    boolean has(String name);

    /** The size of a file in bytes. */
    long size(String name);

    /**
     * Bytes {@code offset} to {@code offset + length} of a file, little-endian.
     *
     * @throws ModelFileException if the file is missing, unreadable, or too short
     */
    ByteBuffer region(String name, long offset, int length);

    /** The location of a file, for messages. */
    default String where(String name) {
        return location() + "/" + name;
    }

    /** The whole of a small file, at most 256 MiB. */
    default byte[] bytes(String name) {
        long size = size(name);
        if (size > 256 << 20) {
            throw new ModelFileException(
                    where(name) + " is larger than the 256 MiB that such a file may have: " + size + " bytes");
        }
        byte[] bytes = new byte[(int) size];
        region(name, 0, bytes.length).get(bytes);
        return bytes;
    }

    /** A checksum of {@code weights} and of those small files among {@code names} that exist; see {@link Weights#fingerprint}. */
    default String fingerprint(List<String> names, Weights weights) {
        CRC32 crc = new CRC32();
        names.stream().filter(this::has).forEach(name -> crc.update(bytes(name)));
        crc.update(weights.fingerprint().getBytes(StandardCharsets.UTF_8));
        return String.format(Locale.ROOT, "crc32 %08x", crc.getValue());
    }

    /**
     * The JSON object in a file.
     *
     * @throws ModelFileException if it is not JSON, has a repeated key, or is not an object
     */
    default JsonNode json(String name) {
        try {
            JsonNode node = Json.MAPPER.readTree(bytes(name));
            if (!node.isObject()) {
                throw new ModelFileException(where(name) + " is not a JSON object: "
                        + node.getNodeType().name().toLowerCase(Locale.ROOT) + "; copy or download it again");
            }
            return node;
        } catch (IOException e) {
            throw new ModelFileException(
                    where(name) + " is not valid JSON: " + Json.reason(e) + "; copy or download it again", e);
        }
    }

    /** The files of a folder. */
    static ModelFiles folder(Path folder) {
        if (!Files.exists(folder)) {
            throw new ModelFileException("model folder does not exist: " + folder
                    + "; check the path, or name a model of the Hub, such as facebook/opt-125m");
        }
        if (!Files.isDirectory(folder)) {
            throw new ModelFileException(
                    "model folder is not a folder: " + folder + "; give the folder that holds config.json");
        }
        return new FolderFiles(folder);
    }

    /** The files below {@code directory} on a class path, such as {@code org/zolab/model/nano}. */
    static ModelFiles resources(ClassLoader loader, String directory) {
        return new ResourceFiles(loader, directory, new ConcurrentHashMap<>());
    }
}
