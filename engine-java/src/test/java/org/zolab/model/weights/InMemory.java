package org.zolab.model.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** One file without a disk. */
record InMemory(byte[] file) implements ModelFiles {
    @Override
    public String location() {
        return "memory";
    }

    @Override
    public boolean has(String name) {
        return true;
    }

    @Override
    public long size(String name) {
        return file.length;
    }

    @Override
    public ByteBuffer region(String name, long offset, int length) {
        return ByteBuffer.wrap(file, Math.toIntExact(offset), length).slice().order(ByteOrder.LITTLE_ENDIAN);
    }
}
