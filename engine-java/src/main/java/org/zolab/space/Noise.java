package org.zolab.space;

/**
 * Numbers that are a pure function of (key, law, tensor name, element): noise version 1, a contract specified in docs/noise-v1.md.
 *
 * <p>Any part of a noise vector can be drawn again, in any order, by any number of threads, with identical bits.
 */
final class Noise {

    private Noise() {}

    /** Writes elements {@code element} to {@code element + n} to {@code tile[at…]}; {@code at} is {@code element} modulo the tile size. */
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
            draw(words, (high - low) / Kernel.NORMALS, key, tensor.hash(), group, Purpose.GAUSSIAN_PROBE);
            Kernel.best().normals(words, tile, low, high - low);
        } else if (law instanceof Law.Rademacher) {
            int low = at & -16;
            int high = (at + n + 15) & -16;
            draw(words, 1, key, tensor.hash(), element / Kernel.SIGNS, Purpose.RADEMACHER_PROBE);
            Kernel.best().signs(words, low, tile, low, high - low);
        } else if (law instanceof Law.Recorded recorded) {
            recorded.fill(key, tensor, element, tile, at, n);
        } else if (law instanceof LowRank lowRank) {
            lowRank.fill(key, tensor, element, words, tile, at, n);
        } else if (law instanceof OneStream stream) {
            stream.fill(key, tensor, element, words, tile, at, n);
        }
    }

    /** Fills {@code into} with the normals of a purpose, from element {@code from} on, for a tensor with this hash. */
    static void normals(NoiseKey key, int hash, Purpose purpose, int from, float[] into) {
        int[] words = Workspace.here().words;
        float[] tile = Workspace.here().normals;
        for (int done = 0; done < into.length; ) {
            int lead = (from + done) % Kernel.NORMALS;
            int run = Math.min(into.length - done, Kernel.TILE - lead);
            int groups = (lead + run + Kernel.NORMALS - 1) / Kernel.NORMALS;
            draw(words, groups, key, hash, (from + done) / Kernel.NORMALS, purpose);
            Kernel.best().normals(words, tile, 0, groups * Kernel.NORMALS);
            System.arraycopy(tile, lead, into, done, run);
            done += run;
        }
    }

    /** Rounds elements {@code element} to {@code element + n} to bf16; they lie in {@code tile} as in {@link #fill}. */
    static void round(NoiseKey key, ParameterSpace.Tensor tensor, int element, float[] tile, int at, int n) {
        int[] words = Workspace.here().words;
        int low = at & -Kernel.DITHERS;
        int high = (at + n + Kernel.DITHERS - 1) & -Kernel.DITHERS;
        int group = (element - (at - low)) / Kernel.DITHERS;
        draw(words, (high - low) / Kernel.DITHERS, key, tensor.hash(), group, Purpose.ROUNDING_DITHER);
        Kernel.best().round(words, tile, low, high - low);
    }

    /** The last counter word of a probe. */
    static int probe(Direction.Drawn drawn) {
        return (drawn.law() instanceof Law.Gaussian ? Purpose.GAUSSIAN_PROBE : Purpose.RADEMACHER_PROBE)
                .word(drawn.key().draw());
    }

    /** The last counter word of a dither. */
    static int dither(NoiseKey key) {
        return Purpose.ROUNDING_DITHER.word(key.draw());
    }

    private static void draw(int[] words, int groups, NoiseKey key, int hash, int group, Purpose purpose) {
        Kernel.best().philox(words, groups, key.seed(), 8 * group, hash, key.step(), purpose.word(key.draw()));
    }
}
