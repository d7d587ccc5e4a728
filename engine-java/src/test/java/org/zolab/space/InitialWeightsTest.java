package org.zolab.space;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class InitialWeightsTest {

    private static final ParameterSpace SPACE = ParameterSpace.builder()
            .add("other", List.of(7))
            .add("model.decoder.embed_tokens.weight", List.of(440, 32))
            .build();
    private static final ParameterSpace.Tensor TENSOR = SPACE.tensor(1);
    private static final long SEED = 0x123456789ABCDEFL;

    @Test
    void theyAreTheWordsOfTheirCounters() {
        float[] numbers = InitialWeights.uniform(SEED, TENSOR, 10);
        int[] words = new int[4];
        for (int i = 0; i < numbers.length; i++) {
            ScalarKernel.philox(i / 4, TENSOR.hash(), 0, 6 << 24, 0x89ABCDEF, 0x01234567, words);
            assertThat((numbers[i] + 1.0) * 0x1p23).isEqualTo(words[i % 4] >>> 8);
        }
        assertThat(InitialWeights.uniform(SEED, TENSOR, 7)).containsExactly(java.util.Arrays.copyOf(numbers, 7));
    }

    /** Mean and variance within five standard errors: crossed once in 1.7 million, and the seed is fixed. */
    @Test
    void theyAreUniform() {
        int n = 100_000;
        double sum = 0;
        double square = 0;
        for (float x : InitialWeights.uniform(SEED, TENSOR, n)) {
            assertThat(x).isBetween(-1f, Math.nextDown(1f));
            sum += x;
            square += (double) x * x;
        }
        assertThat(sum / n).isCloseTo(0, within(5 * Math.sqrt(1 / 3.0 / n)));
        assertThat(square / n).isCloseTo(1 / 3.0, within(5 * Math.sqrt(4 / 45.0 / n)));
    }

    /** Mean and variance within five standard errors, and the numbers of the written contract: a step's Gaussian noise of this purpose. */
    @Test
    void orNormal() {
        int n = 100_000;
        double sum = 0;
        double square = 0;
        float[] numbers = InitialWeights.normal(SEED, TENSOR, n, 0.02);
        for (float x : numbers) {
            sum += x / 0.02;
            square += x / 0.02 * (x / 0.02);
        }
        assertThat(sum / n).isCloseTo(0, within(5 / Math.sqrt(n)));
        assertThat(square / n).isCloseTo(1, within(5 * Math.sqrt(2.0 / n)));
        float[] noise = new float[10];
        Noise.normals(new NoiseKey(SEED, 0, 0), TENSOR.hash(), Purpose.INITIAL_WEIGHTS, 0, noise);
        for (int i = 0; i < noise.length; i++) {
            assertThat(numbers[i]).isEqualTo(noise[i] * 0.02f);
        }
        assertThat(InitialWeights.normal(SEED + 1, TENSOR, n, 0.02)).isNotEqualTo(numbers);
    }

    @Test
    void seedsAndTensorsDiffer() {
        float[] numbers = InitialWeights.uniform(SEED, TENSOR, 4);
        assertThat(InitialWeights.uniform(SEED + 1, TENSOR, 4)).isNotEqualTo(numbers);
        assertThat(InitialWeights.uniform(SEED + (1L << 32), TENSOR, 4)).isNotEqualTo(numbers);
        assertThat(InitialWeights.uniform(SEED, SPACE.tensor(0), 4)).isNotEqualTo(numbers);
    }
}
