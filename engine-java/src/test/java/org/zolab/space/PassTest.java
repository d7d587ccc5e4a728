package org.zolab.space;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.zolab.model.weights.Half;

class PassTest {

    private static final ParameterSpace SPACE = ParameterSpace.builder()
            .add("w", List.of(300, 1000))
            .add("b", List.of(37))
            .add("v", List.of(200_001))
            .build();

    private static ParameterVector vector(int threads) {
        return new ParameterVector(
                SPACE, Storage.heap(SPACE, threads == 0 ? Team.single() : new Team(threads, () -> {})));
    }

    private static Direction noise(int draw) {
        return Direction.noise(new NoiseKey(7, 1, draw), Law.GAUSSIAN);
    }

    @Test
    void bitsAreEqualForAnyNumberOfThreads() {
        long[] prints = new long[4];
        int[] threads = {0, 1, 2, 7};
        double[] norms = new double[4];
        for (int i = 0; i < threads.length; i++) {
            ParameterVector x = vector(threads[i]);
            ParameterVector mean = x.zeros();
            mean.move(noise(0), 0.5);
            x.move(Direction.of(mean).plus(noise(1).times(0.3)).plus(noise(2)), -0.7);
            x.update(0.9, noise(3), 0.1);
            x.move(noise(5).plus(Direction.of(mean)).times(mean), 0.25);
            prints[i] = x.fingerprint();
            norms[i] = Fold.norm(x, Direction.of(x).plus(noise(4)));
        }
        assertThat(prints).containsOnly(prints[0]);
        assertThat(norms).containsOnly(norms[0]);
        assertThat(prints[0]).isNotEqualTo(vector(0).fingerprint());
    }

    @Test
    void aPointHasTheSameBitsWhicheverPointsItIsWrittenWith() {
        ParameterVector x = vector(2);
        x.move(noise(9), 1);
        Point plus = x.along(noise(0).plus(noise(1).times(2)), 1e-3);
        Point other = x.along(noise(1), -5);
        float[] alone = plus.coordinates();
        float[] together = new float[alone.length];
        float[] second = new float[alone.length];
        short[] halves = new short[alone.length];
        Lanes[] out = {
            Lanes.of(FloatBuffer.wrap(second)), Lanes.of(FloatBuffer.wrap(together)), Lanes.of(ShortBuffer.wrap(halves))
        };
        Pass pass = Pass.of(List.of(other, plus, plus));
        for (int t = 0; t < 3; t++) {
            pass.write(t, 0, SPACE.tensor(t).size(), out, (int) SPACE.tensor(t).offset());
        }
        assertThat(Arrays.equals(together, alone)).isTrue();
        for (int i = 0; i < halves.length; i++) {
            assertThat(halves[i]).isEqualTo(Half.toBf16(alone[i]));
        }
        assertThat(Arrays.equals(second, other.coordinates())).isTrue();
    }

    @Test
    void writesTheFormula() {
        ParameterVector x = vector(0);
        x.move(noise(0), 2);
        float[] base = x.here().coordinates();
        float[] z = vector(0).along(noise(1), 1).coordinates();
        float[] y = x.along(noise(1).times(3), -0.25).coordinates();
        for (int i = 0; i < y.length; i++) {
            assertThat(y[i]).isEqualTo(Math.fma(-0.75f, z[i], base[i]));
        }
    }

    /** Elements of the noise times those of a vector, which may scale a kept one and a scaled one too; stale once it moves. */
    @Test
    void multipliesByAKeptVector() {
        ParameterVector x = vector(0);
        ParameterVector scale = x.zeros();
        scale.move(noise(1), 1);
        float[] s = scale.here().coordinates();
        float[] u = x.along(noise(2), 1).coordinates();
        Direction z = noise(2).times(0.5).times(scale);
        Direction twice = z.times(scale);
        float[] once = x.along(z, 2).coordinates();
        float[] squared = x.along(twice, 2).coordinates();
        for (int i = 0; i < s.length; i++) {
            assertThat(once[i]).isEqualTo(u[i] * s[i]);
            assertThat(squared[i]).isEqualTo(u[i] * s[i] * s[i]);
        }
        assertThat(z.minus(noise(2).times(scale).times(0.5))).isEqualTo(Direction.ZERO);
        scale.move(noise(3), 1);
        for (Direction stale : List.of(z, twice)) {
            assertThatThrownBy(() -> x.along(stale, 1).coordinates()).hasMessageContaining("write it again");
        }
    }

    @Test
    void evaluatingAPointLeavesTheOriginAlone() {
        ParameterVector x = vector(2);
        x.move(noise(0), 1);
        long before = x.fingerprint();
        x.along(noise(1), 1).coordinates();
        Fold.norm(x, noise(1).plus(Direction.of(x)));
        assertThat(x.fingerprint()).isEqualTo(before);
    }

    @Test
    void likeTermsMergeAndCancel() {
        ParameterVector mean = vector(0);
        Direction z = Direction.of(mean).plus(noise(1).times(0.5));
        Direction deviation = z.minus(Direction.of(mean));
        assertThat(deviation.terms()).hasSize(1);
        assertThat(deviation).isEqualTo(noise(1).times(0.5));
        assertThat(z.minus(z).terms()).isEmpty();
    }

    @Test
    void staleFormulasAreRefused() {
        ParameterVector mean = vector(0);
        ParameterVector x = vector(0);
        Direction z = Direction.of(mean);
        Point old = x.along(noise(0), 1);
        mean.move(noise(1), 1);
        x.move(noise(1), 1);
        assertThatThrownBy(() -> x.along(z, 1).coordinates())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("moved 0 times, and is evaluated after 1");
        assertThatThrownBy(old::coordinates).hasMessageContaining("origin had moved 0 times");
        assertThatThrownBy(() -> Fold.norm(x, z)).hasMessageContaining("evaluated after 1");
    }

    @Test
    void theFoldSumsProducts() {
        ParameterVector x = vector(3);
        x.move(noise(0), 1);
        float[] a = x.here().coordinates();
        float[] b = vector(0).along(noise(1), 1).coordinates();
        double expected = 0;
        for (int i = 0; i < a.length; i++) {
            expected += (double) a[i] * b[i];
        }
        assertThat(Fold.product(x, Direction.of(x), noise(1))).isCloseTo(expected, within(1e-9 * a.length));
        assertThat(Fold.norm(x, noise(1)) / Math.sqrt(a.length)).isCloseTo(1, within(0.01));
    }

    @Test
    void recordedNoiseIsReadByNameWhateverTheOrder() {
        ParameterSpace recorded = ParameterSpace.builder()
                .add("v", List.of(2))
                .add("w", List.of(3))
                .build();
        ParameterSpace own = ParameterSpace.builder()
                .add("w", List.of(3))
                .add("v", List.of(2))
                .build();
        Law law = new Law.Recorded(recorded, List.of(new float[] {1, 2, 3, 4, 5}, new float[] {6, 7, 8, 9, 10}), 1);
        ParameterVector x = new ParameterVector(own, Storage.heap(own, Team.single()));
        assertThat(x.along(Direction.noise(new NoiseKey(0, 3, 0), law), 1).coordinates())
                .containsExactly(8, 9, 10, 6, 7);
    }

    @Test
    void namesThatShareAHashAreRefused() {
        // two names with equal FNV-1a values
        assertThatThrownBy(() -> ParameterSpace.builder()
                        .add("costarring", List.of(1))
                        .add("liquid", List.of(1))
                        .build())
                .hasMessageContaining("share a hash")
                .hasMessageContaining("rename one");
    }
}
