package org.zolab.model.weights;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HalfTest {

    @Test
    void everyFp16PatternIsItsValueAndComesBack() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float value = Half.fromFp16((short) bits);
            int exponent = bits >> 10 & 31;
            int fraction = bits & 1023;
            double sign = bits < 0x8000 ? 1 : -1;
            if (exponent == 31) {
                assertThat(fraction == 0 ? value == sign / 0.0 : Float.isNaN(value))
                        .isTrue();
            } else {
                double expected =
                        exponent == 0 ? fraction * 0x1p-24 : (1 + fraction / 1024.0) * Math.pow(2, exponent - 15);
                assertThat((double) value).isEqualTo(sign * expected);
            }
            if (!Float.isNaN(value)) {
                assertThat(Half.toFp16(value)).isEqualTo((short) bits);
            } else {
                assertThat(Half.fromFp16(Half.toFp16(value))).isNaN();
            }
        }
    }

    @Test
    void betweenTwoFp16ValuesTheNearestIsTakenAndTheEvenOneOfTwo() {
        for (int bits = 0; bits < 0x7C00 - 1; bits++) {
            float low = Half.fromFp16((short) bits);
            float high = Half.fromFp16((short) (bits + 1));
            float middle = (low + high) / 2;
            assertThat(Half.toFp16(middle)).isEqualTo((short) (bits + (bits & 1)));
            assertThat(Half.toFp16(Math.nextDown(middle))).isEqualTo((short) bits);
            assertThat(Half.toFp16(-Math.nextUp(middle))).isEqualTo((short) (0x8000 | bits + 1));
        }
        assertThat(Half.toFp16(65519.996f)).isEqualTo((short) 0x7BFF);
        assertThat(Half.toFp16(65520)).isEqualTo((short) 0x7C00);
    }

    @Test
    void bf16IsTheUpperHalfOfFp32Rounded() {
        assertThat(Half.fromBf16((short) 0x3F80)).isEqualTo(1);
        assertThat(Half.toBf16(1 + 0x1p-8f)).isEqualTo((short) 0x3F80); // a tie, to the even one below
        assertThat(Half.toBf16(1 + 3 * 0x1p-8f)).isEqualTo((short) 0x3F82); // a tie, to the even one above
        assertThat(Half.toBf16(1 + 0x1.02p-8f)).isEqualTo((short) 0x3F81);
        assertThat(Half.toBf16(Float.MAX_VALUE)).isEqualTo((short) 0x7F80);
        assertThat(Half.fromBf16(Half.toBf16(Float.NaN))).isNaN();
        assertThat(Half.fromBf16(Half.toBf16(Float.intBitsToFloat(0x7F800001)))).isNaN();
    }
}
