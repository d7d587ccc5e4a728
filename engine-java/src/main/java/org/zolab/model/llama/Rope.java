package org.zolab.model.llama;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.zolab.space.Problems;

/**
 * Rotary positions: pair i of a head's numbers rotates by fᵢ from one token to the next.
 *
 * <pre>
 *   fᵢ = base^(−2i/width)
 *   linear   fᵢ / factor
 *   llama3   fᵢ where a turn is shorter than original/high tokens, fᵢ / factor where it is longer than original/low,
 *            and between these a mean of the two, by original/turn from low to high
 * </pre>
 *
 * <p>Reference: Su et al., arXiv 2104.09864; the scalings are those of Hugging Face Transformers' {@code rope_scaling}.
 *
 * @param base   {@code rope_theta}
 * @param factor how much longer texts may be than those of the pretraining; 1 without scaling
 * @param bands  which frequencies are scaled; null scales all
 */
record Rope(double base, double factor, @Nullable Bands bands) {

    /**
     * The bands of {@code llama3}.
     *
     * @param low      {@code low_freq_factor}
     * @param high     {@code high_freq_factor}
     * @param original {@code original_max_position_embeddings}
     */
    record Bands(double low, double high, int original) {

        Bands {
            new Problems()
                    .require(low > 0, "low_freq_factor is not strictly positive", low)
                    .require(high > low, "high_freq_factor is not above low_freq_factor " + low, high)
                    .require(original > 0, "original_max_position_embeddings is not strictly positive", original)
                    .orThrow();
        }
    }

    Rope {
        new Problems()
                .require(base > 0, "rope_theta is not strictly positive", base)
                .require(factor > 0, "rope_scaling.factor is not strictly positive", factor)
                .orThrow();
    }

    /** The frequencies of a head of {@code width} numbers. */
    List<Double> frequencies(int width) {
        List<Double> all = new ArrayList<>();
        for (int i = 0; i < width / 2; i++) {
            double f = Math.pow(base, -2.0 * i / width);
            all.add((1 - kept(f)) * f / factor + kept(f) * f);
        }
        return all;
    }

    /** How much of a frequency is left unscaled. */
    private double kept(double f) {
        if (bands == null) {
            return 0;
        }
        double turns = bands.original() * f / (2 * Math.PI);
        return Math.min(1, Math.max(0, (turns - bands.low()) / (bands.high() - bands.low())));
    }
}
