package org.zolab.model.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A model's files in a folder on disk. Reads are copied, or, if larger than a window of tensors, mapped. */
record FolderFiles(Path folder) implements ModelFiles {

    @Override
    public String location() {
        return folder.toString();
    }

    @Override
    public String where(String name) {
        return file(name).toString();
    }

    @Override
    public boolean has(String name) {
        return Files.isRegularFile(file(name));
    }

    @Override
    public long size(String name) {
        try {
            return Files.size(present(name));
        } catch (IOException e) {
            throw unreadable(name, e);
        }
    }

    @Override
    public ByteBuffer region(String name, long offset, int length) {
        try (FileChannel channel = FileChannel.open(present(name), StandardOpenOption.READ)) {
            if (offset > channel.size() - length) {
                throw PlainName.ends(where(name), offset, length, channel.size());
            }
            if (length > StoredTensors.WINDOW) {
                return channel.map(FileChannel.MapMode.READ_ONLY, offset, length)
                        .order(ByteOrder.LITTLE_ENDIAN);
            }
            ByteBuffer copy = ByteBuffer.allocate(length);
            while (copy.hasRemaining()) {
                if (channel.read(copy, offset + copy.position()) < 0) {
                    throw PlainName.ends(where(name), offset, length, channel.size());
                }
            }
            return copy.flip().order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw unreadable(name, e);
        }
    }

    private Path file(String name) {
        try {
            return folder.resolve(PlainName.of(name));
        } catch (InvalidPathException e) {
            throw new ModelFileException("file name is none on this system: \"" + name + "\" (" + e.getReason()
                    + "); check the files in " + folder);
        }
    }

    private Path present(String name) {
        Path file = file(name);
        if (!Files.exists(file)) {
            throw PlainName.missing(where(name));
        }
        if (!Files.isRegularFile(file)) {
            throw new ModelFileException(file + " is not a file; check what lies in " + folder);
        }
        return file;
    }

    private ModelFileException unreadable(String name, IOException e) {
        return new ModelFileException(
                where(name) + " cannot be read: " + e.getMessage() + "; check its permissions", e);
    }
}
