package org.zolab.space;

import java.util.Locale;

/** The precision in which a number is kept. */
public enum Precision {
    /** Single precision, 4 bytes. */
    FP32(Float.BYTES),
    /** The upper half of single precision, 2 bytes; every move of a vector is rounded stochastically, without bias (docs/noise-v1.md). */
    BF16(Short.BYTES);

    private final int bytes;

    Precision(int bytes) {
        this.bytes = bytes;
    }

    /** The name in records and settings. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The size of a number, in bytes. */
    public int bytes() {
        return bytes;
    }
}
