package org.zolab.model.weights;

/** The element types of a safetensors file, by their names in it. */
public enum Dtype {
    BOOL(1),
    U8(1),
    I8(1),
    F8_E5M2(1),
    F8_E4M3(1),
    I16(2),
    U16(2),
    F16(2),
    BF16(2),
    I32(4),
    U32(4),
    F32(4),
    I64(8),
    U64(8),
    F64(8);

    private final int bytes;

    Dtype(int bytes) {
        this.bytes = bytes;
    }

    /** The size of an element in bytes. */
    public int bytes() {
        return bytes;
    }

    /** Whether the elements are F32, F16 or BF16, which become fp32 exactly. */
    public boolean fitsFloat() {
        return this == F32 || this == F16 || this == BF16;
    }

    /**
     * The type with that name.
     *
     * @throws IllegalArgumentException if there is none
     */
    static Dtype named(String name) {
        for (Dtype dtype : values()) {
            if (dtype.name().equals(name)) {
                return dtype;
            }
        }
        throw new IllegalArgumentException("dtype is not one of the format's: \"" + name + "\"");
    }
}
