package org.zolab.model.weights;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Locates the entries of a zip file that stores them uncompressed, as torch.save does.
 *
 * <p>Only the central directory is trusted, and only after each of its numbers has been found to lie inside the file.
 *
 * <p>Reference: PKWARE's APPNOTE.TXT, sections 4.3 and 4.5.3.
 */
final class ZipEntries {

    /** Bytes {@code offset} to {@code offset + size} of the file. */
    record Place(long offset, long size) {}

    private static final int END = 22; // bytes of the end record, before its comment
    private static final int LONGEST_COMMENT = 0xFFFF;
    private static final int HEADER = 46; // bytes of an entry of the directory, before its name
    private static final int LOCAL_HEADER = 30;
    private static final long NONE = 0xFFFFFFFFL; // the number is in the zip64 field

    private ZipEntries() {}

    /** The entries by name, in the order of the directory. */
    static Map<String, Place> read(ModelFiles files, String name) {
        String where = files.where(name);
        long size = files.size(name);
        int tailSize = (int) Math.min(size, END + LONGEST_COMMENT);
        ByteBuffer tail = files.region(name, size - tailSize, tailSize);
        int end = tailSize - END;
        while (end >= 0 && tail.getInt(end) != 0x06054b50) {
            end--;
        }
        if (end < 0) {
            throw damaged(where, "it has no end of a zip file");
        }
        long count = tail.getShort(end + 10) & 0xFFFF;
        long length = tail.getInt(end + 12) & NONE;
        long start = tail.getInt(end + 16) & NONE;
        if (start == NONE || length == NONE || count == 0xFFFF) {
            if (end < 20 || tail.getInt(end - 20) != 0x07064b50) {
                throw damaged(where, "it has no zip64 end although it needs one");
            }
            long at = tail.getLong(end - 12);
            require(at >= 0 && at <= size - 56, where, "its zip64 end lies outside", at);
            ByteBuffer end64 = files.region(name, at, 56);
            require(end64.getInt(0) == 0x06064b50, where, "its zip64 end is not one at byte", at);
            count = end64.getLong(32);
            length = end64.getLong(40);
            start = end64.getLong(48);
        }
        require(length >= 0 && length <= Integer.MAX_VALUE, where, "its directory has a length of", length);
        require(start >= 0 && start <= size - length, where, "its directory lies outside, at", start);
        require(count >= 0 && count <= length / HEADER, where, "its directory is too short for entries", count);
        ByteBuffer directory = files.region(name, start, (int) length);
        Map<String, Place> entries = new LinkedHashMap<>();
        for (long i = 0; i < count; i++) {
            require(
                    directory.remaining() >= HEADER && directory.getInt(directory.position()) == 0x02014b50,
                    where,
                    "its directory breaks off at entry",
                    i);
            entry(files, name, start, directory, entries);
        }
        return entries;
    }

    private static void entry(
            ModelFiles files, String file, long end, ByteBuffer directory, Map<String, Place> entries) {
        String where = files.where(file);
        int at = directory.position();
        int flags = directory.getShort(at + 8);
        int method = directory.getShort(at + 10);
        long packed = directory.getInt(at + 20) & NONE;
        long size = directory.getInt(at + 24) & NONE;
        int nameLength = directory.getShort(at + 28) & 0xFFFF;
        int extraLength = directory.getShort(at + 30) & 0xFFFF;
        int commentLength = directory.getShort(at + 32) & 0xFFFF;
        long header = directory.getInt(at + 42) & NONE;
        int next = at + HEADER + nameLength + extraLength + commentLength;
        require(next <= directory.limit(), where, "its directory breaks off in the entry at byte", at);
        byte[] bytes = new byte[nameLength];
        directory.get(at + HEADER, bytes);
        String name = new String(bytes, StandardCharsets.UTF_8);
        ByteBuffer extra =
                directory.slice(at + HEADER + nameLength, extraLength).order(directory.order());
        while (extra.remaining() >= 4) {
            int kind = extra.getShort();
            int length = extra.getShort() & 0xFFFF;
            int after = extra.position() + length;
            require(after <= extra.limit(), where, "its directory breaks off in the entry at byte", at);
            if (kind == 1) { // zip64: those of the numbers, in this order, that did not fit
                int needed = 8 * ((size == NONE ? 1 : 0) + (packed == NONE ? 1 : 0) + (header == NONE ? 1 : 0));
                require(needed <= length, where, "a zip64 field is too short, of the entry at byte", at);
                size = size == NONE ? extra.getLong() : size;
                packed = packed == NONE ? extra.getLong() : packed;
                header = header == NONE ? extra.getLong() : header;
            }
            extra.position(after);
        }
        directory.position(next);
        if (method != 0 || (flags & 1) != 0 || packed != size) {
            throw new ModelFileException(where + " has a packed entry: " + name
                    + "; torch.save does not pack, so save the tensors with it, or better as safetensors");
        }
        require(header >= 0 && header <= end - LOCAL_HEADER, where, name + " begins outside, at", header);
        ByteBuffer local = files.region(file, header, LOCAL_HEADER);
        require(local.getInt(0) == 0x04034b50, where, name + " has no header at byte", header);
        long data = header + LOCAL_HEADER + (local.getShort(26) & 0xFFFF) + (local.getShort(28) & 0xFFFF);
        require(size >= 0 && data <= end && size <= end - data, where, name + " ends outside, its size is", size);
        if (entries.put(name, new Place(data, size)) != null) {
            throw damaged(where, "it has an entry twice: " + name);
        }
    }

    private static void require(boolean ok, String where, String problem, long value) {
        if (!ok) {
            throw damaged(where, problem + " " + value);
        }
    }

    private static ModelFileException damaged(String where, String problem) {
        String shortened = problem.length() <= 200 ? problem : problem.substring(0, 200) + "...";
        return new ModelFileException(
                where + " is not a whole zip file of torch.save: " + shortened + StoredTensors.AGAIN);
    }
}
