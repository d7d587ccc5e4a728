package org.zolab.space;

/**
 * Numbers that are a pure function of (key, law, tensor name, element): noise, version 1, a contract written down in
 * docs/noise-v1.md.
 *
 * <p>Any part of a noise vector can be drawn again, in any order, by any number of threads, and comes out the same to the bit.
 */
final class Noise {

    private static final int GAUSSIAN_PROBE = 1;
    private static final int SIGN_PROBE = 2;

    private Noise() {}

    /** Writes elements {@code element} to {@code element + n} into {@code tile[at…]}; {@code at} is {@code element} modulo the tile. */
    static void fill(
            NoiseKey key,
            Law law,
            ParameterSpace.Tensor tensor,
            int element,
            int[] words,
            float[] tile,
            int at,
            int n) {
        if (law instanceof Law.Gaussian) {
            int low =
                    at & -Kernel.NORMALS; // whole groups of counters; what lies around the range is overwritten scratch
            int high = (at + n + Kernel.NORMALS - 1) & -Kernel.NORMALS;
            int group = (element - (at - low)) / Kernel.NORMALS;
            draw(words, (high - low) / Kernel.NORMALS, key, tensor, group, GAUSSIAN_PROBE);
            Kernel.best().normals(words, tile, low, high - low);
        } else if (law instanceof Law.Rademacher) {
            int low = at & -16;
            int high = (at + n + 15) & -16;
            draw(words, 1, key, tensor, element / Kernel.SIGNS, SIGN_PROBE);
            Kernel.best().signs(words, low, tile, low, high - low);
        } else if (law instanceof Law.Recorded recorded) {
            recorded.fill(key, tensor, element, tile, at, n);
        }
    }

    private static void draw(
            int[] words, int groups, NoiseKey key, ParameterSpace.Tensor tensor, int group, int purpose) {
        Kernel.best()
                .philox(words, groups, key.seed(), 8 * group, tensor.hash(), key.step(), purpose << 24 | key.draw());
    }
}
