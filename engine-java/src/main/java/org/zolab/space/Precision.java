package org.zolab.space;

/** How many bits of its numbers a vector keeps. What is computed with them is single precision either way. */
public enum Precision {
    /** Single precision, 4 bytes. */
    FP32(Float.BYTES),
    /** The upper half of single precision, 2 bytes; every write is rounded stochastically, without bias (docs/noise-v1.md). */
    BF16(Short.BYTES);

    private final int bytes;

    Precision(int bytes) {
        this.bytes = bytes;
    }

    /** The size of a number. */
    public int bytes() {
        return bytes;
    }
}
