package org.zolab.model.weights;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A model's files on the class path, each copied into memory when it is first read. */
record ResourceFiles(ClassLoader loader, String directory, Map<String, ByteBuffer> loaded) implements ModelFiles {

    @Override
    public String location() {
        return "resources " + directory;
    }

    @Override
    public boolean has(String name) {
        return url(name) != null;
    }

    @Override
    public long size(String name) {
        return whole(name).capacity();
    }

    @Override
    public ByteBuffer region(String name, long offset, int length) {
        ByteBuffer whole = whole(name);
        if (offset > whole.capacity() - length) {
            throw PlainName.ends(where(name), offset, length, whole.capacity());
        }
        return whole.slice((int) offset, length).order(ByteOrder.LITTLE_ENDIAN);
    }

    private @Nullable URL url(String name) {
        return loader.getResource(directory + "/" + PlainName.of(name));
    }

    private ByteBuffer whole(String name) {
        return loaded.computeIfAbsent(name, key -> {
            URL url = url(key);
            if (url == null) {
                throw PlainName.missing(where(key));
            }
            try (InputStream in = url.openStream()) {
                return ByteBuffer.wrap(in.readAllBytes()).asReadOnlyBuffer();
            } catch (IOException e) {
                throw new ModelFileException(where(key) + " cannot be read: " + e.getMessage(), e);
            }
        });
    }
}
