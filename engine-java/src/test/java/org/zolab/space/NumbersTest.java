package org.zolab.space;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NumbersTest {

    @Test
    void powersOfTenAreWrittenAsPeopleWriteThem() {
        assertThat(Numbers.plain("lr 1.0E-4, 1.0e-04, -2.50e+07 and 0.001"))
                .isEqualTo("lr 1e-4, 1e-4, -2.5e7 and 0.001");
        assertThat(Numbers.plain("1.230e-05 %")).isEqualTo("1.23e-5 %");
    }

    @Test
    void namesAreLeftAsTheyAre() {
        for (String name : new String[] {"a1E04", "1E04b", "v1.1.0E04", "opt-1.3b", "E-4"}) {
            assertThat(Numbers.plain(name)).isEqualTo(name);
        }
    }

    @Test
    void aProblemIsToldWithThem() {
        assertThat(new Problems()
                        .require(false, "epsilon is negative", -1e-4)
                        .require(false, "folder is not there", "1.0E-4")
                        .list())
                .containsExactly("epsilon is negative: -1e-4", "folder is not there: 1.0E-4");
    }
}
