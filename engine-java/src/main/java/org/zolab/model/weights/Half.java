package org.zolab.model.weights;

/**
 * Sixteen-bit floats: IEEE binary16 (fp16) and bfloat16.
 *
 * <p>Conversion to fp32 is exact; conversion from fp32 rounds to the nearest, ties to even.
 */
public final class Half {

    private Half() {}

    /** The value of an fp16 bit pattern. */
    public static float fromFp16(short bits) {
        int magnitude = (bits & 0x7FFF) << 13;
        // the product shifts the exponent, exactly for subnormal numbers too; infinity and NaN keep the highest
        // exponent
        int value = Float.floatToRawIntBits(Float.intBitsToFloat(magnitude) * 0x1p112f);
        if ((bits & 0x7C00) == 0x7C00) {
            value = magnitude | 0x7F800000;
        }
        return Float.intBitsToFloat(value | (bits & 0x8000) << 16);
    }

    /** The fp16 bit pattern nearest to a value; values beyond ±65504 by half a step or more become infinite. */
    public static short toFp16(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = bits >>> 16 & 0x8000;
        int magnitude = bits & 0x7FFFFFFF;
        if (magnitude > 0x7F800000) {
            return (short) (sign | 0x7E00);
        }
        if (magnitude >= 0x477FF000) {
            return (short) (sign | 0x7C00);
        }
        if (magnitude >= 0x38800000) {
            return (short) (sign | magnitude - 0x38000000 + 0xFFF + (magnitude >>> 13 & 1) >>> 13);
        }
        return (short)
                (sign | (int) Math.rint(Math.abs((double) value) * 0x1p24)); // a multiple of the smallest subnormal
    }

    /** The value of a bf16 bit pattern. */
    public static float fromBf16(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** The bf16 bit pattern nearest to a value. */
    public static short toBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if ((bits & 0x7FFFFFFF) > 0x7F800000) {
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) (bits + 0x7FFF + (bits >>> 16 & 1) >>> 16);
    }
}
