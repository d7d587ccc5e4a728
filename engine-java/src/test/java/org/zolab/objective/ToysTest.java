package org.zolab.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ToysTest {

    static Stream<Function> toys() {
        return Stream.of(Toys.quadratic(7, 50), Toys.rosenbrock(5), Toys.logistic(3), Toys.twoLayers(3));
    }

    /** Against central differences, on the way from the start into nowhere special. */
    @ParameterizedTest
    @MethodSource("toys")
    void knowsItsGradient(Function toy) {
        float[] x = toy.start();
        for (int i = 0; i < x.length; i++) {
            x[i] += 0.25f * (i % 3 - 1);
        }
        float[] g = Objects.requireNonNull(toy.gradient()).apply(x);
        float h = 1f / 512;
        for (int i = 0; i < x.length; i++) {
            float at = x[i];
            x[i] = at + h;
            double ahead = toy.value().applyAsDouble(x);
            x[i] = at - h;
            double behind = toy.value().applyAsDouble(x);
            x[i] = at;
            assertThat((double) g[i]).isCloseTo((ahead - behind) / (2 * h), within(2e-3 * (1 + Math.abs(g[i]))));
        }
    }

    @Test
    void beginsWhereItSays() {
        assertThat(Toys.quadratic(3, 1).value().applyAsDouble(new float[] {1, 1, 1}))
                .isEqualTo(1.5);
        assertThat(Toys.rosenbrock(4).value().applyAsDouble(new float[] {1, 1, 1, 1}))
                .isZero();
        assertThat(Toys.logistic(1).value().applyAsDouble(new float[123])).isCloseTo(Math.log(2), within(1e-9));
        assertThat(Toys.logistic(1).space().tensors()).hasSize(8);
        assertThat(Toys.twoLayers(1).space().dimension()).isEqualTo(8 * 16 + 16 + 16 + 1);
    }

    @Test
    void settingsAreChecked() {
        assertThatThrownBy(() -> Toys.rosenbrock(1)).hasMessage("dimension is less than 2: 1");
        assertThatThrownBy(() -> Toys.quadratic(3, 0.5)).hasMessage("condition of the quadratic is less than 1: 0.5");
        assertThatThrownBy(() -> new Function("f", Toys.rosenbrock(3).space(), new float[2], x -> 0, null))
                .hasMessage("start has not the 3 coordinates of f: 2");
    }
}
