package org.zolab.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExampleTest {
    @Test
    void keepsItsOptionsWhateverHappensToTheList() {
        List<String> options = new ArrayList<>(List.of(" yes", " no"));
        Example example = new Example("Is it so?", options, 1);
        options.clear();
        assertThat(example.options()).containsExactly(" yes", " no");
    }

    @Test
    void refusesOneOption() {
        assertThatThrownBy(() -> new Example("p", List.of(" a"), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("options is not at least two: [ a]");
    }

    @Test
    void refusesEqualOptions() {
        assertThatThrownBy(() -> new Example("p", List.of(" a", " a"), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("options is not distinct: [ a,  a]");
    }

    @Test
    void refusesALabelWithoutOption() {
        assertThatThrownBy(() -> new Example("p", List.of(" a", " b"), 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("label is not the index of one of 2 options: 2; count from 0");
        assertThatThrownBy(() -> new Example("p", List.of(" a", " b"), -1))
                .hasMessage("label is not the index of one of 2 options: -1; count from 0");
    }
}
