package org.zolab.space;

/**
 * Addressed uniform and normal random numbers for initial weights, generated from the same counters as the noise but under a purpose of
 * their own.
 *
 * <p>Reference: docs/noise-v1.md.
 */
public final class InitialWeights {

    private InitialWeights() {}

    /** The first {@code count} numbers for the network attached to {@code tensor}, uniform on [−1, 1) in steps of 2^−23. */
    public static float[] uniform(long seed, ParameterSpace.Tensor tensor, int count) {
        float[] numbers = new float[count];
        int[] words = new int[4];
        for (int i = 0; i < count; i++) {
            if (i % 4 == 0) {
                ScalarKernel.philox(
                        i / 4,
                        tensor.hash(),
                        0,
                        Purpose.INITIAL_WEIGHTS.word(0),
                        (int) seed,
                        (int) (seed >>> 32),
                        words);
            }
            numbers[i] = (words[i % 4] >>> 8) * 0x1p-23f - 1;
        }
        return numbers;
    }

    /** {@code count} normal numbers for {@code tensor}, with mean 0 and standard deviation {@code deviation}. */
    public static float[] normal(long seed, ParameterSpace.Tensor tensor, int count, double deviation) {
        float[] numbers = new float[count];
        Noise.normals(new NoiseKey(seed, 0, 0), tensor.hash(), Purpose.INITIAL_WEIGHTS, 0, numbers);
        for (int i = 0; i < count; i++) {
            numbers[i] *= (float) deviation;
        }
        return numbers;
    }
}
