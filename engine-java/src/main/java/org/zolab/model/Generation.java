package org.zolab.model;

import java.util.Arrays;
import java.util.List;
import org.zolab.space.Chance;
import org.zolab.space.Problems;

/**
 * How a text is continued, token by token: {@code Generation.greedy(50).until("\n")}.
 *
 * <pre>
 *   greedy    the likeliest token, the first of several
 *   sampled   p(v) ∝ exp(logit(v) / temperature) among the fewest likeliest tokens that hold topP of it
 * </pre>
 *
 * <p>The draws depend only on the seed, the prompt and the number of tokens drawn before: the same prompt given twice is continued in the
 * same way, and different continuations need different seeds. Nucleus sampling: Holtzman et al., arXiv 1904.09751.
 *
 * @param maxNewTokens the most tokens that are added
 * @param stops        texts at which generation ends; the result ends before them
 * @param stopAtEos    whether it ends where the model ends a text
 * @param temperature  0: greedy
 * @param topP         the share of the probability that is sampled from
 * @param seed         the seed of the draws
 */
public record Generation(
        int maxNewTokens, List<String> stops, boolean stopAtEos, double temperature, double topP, long seed) {

    public Generation {
        stops = List.copyOf(stops);
        new Problems()
                .require(maxNewTokens > 0, "maxNewTokens is not strictly positive", maxNewTokens)
                .require(stops.stream().noneMatch(String::isEmpty), "stops have an empty text", stops)
                .require(
                        temperature >= 0 && temperature < Double.POSITIVE_INFINITY,
                        "temperature is not zero or positive and finite",
                        temperature)
                .require(topP > 0 && topP <= 1, "topP is not in (0, 1]", topP)
                .orThrow();
    }

    /** Takes the likeliest token each time, until the model ends the text. */
    public static Generation greedy(int maxNewTokens) {
        return new Generation(maxNewTokens, List.of(), true, 0, 1, 0);
    }

    /** These settings, but ending before the first of these texts; replaces stops set earlier. */
    public Generation until(String... stops) {
        return new Generation(maxNewTokens, List.of(stops), stopAtEos, temperature, topP, seed);
    }

    /** These settings, but with tokens sampled. */
    public Generation sampled(double temperature, double topP, long seed) {
        return new Generation(maxNewTokens, stops, stopAtEos, temperature, topP, seed);
    }

    /** These settings, but continuing where the model would end the text. */
    public Generation beyondEos() {
        return new Generation(maxNewTokens, stops, false, temperature, topP, seed);
    }

    /** The token that follows {@code number} new ones. */
    int next(float[] logits, int number) {
        int best = 0;
        for (int v = 1; v < logits.length; v++) {
            best = logits[v] > logits[best] ? v : best;
        }
        return temperature == 0 ? best : draw(logits, logits[best], Chance.token(seed, number));
    }

    private int draw(float[] logits, float largest, double u) {
        long[] likeliest =
                new long[logits.length]; // the bits of p, which sort as p does, then the token, larger for lower ids
        double total = 0;
        for (int v = 0; v < logits.length; v++) {
            float p = (float) Math.exp((logits[v] - largest) / temperature);
            likeliest[v] = (long) Float.floatToIntBits(p) << 32 | logits.length - v;
            total += p;
        }
        Arrays.sort(likeliest);
        int kept = 0;
        double share = 0;
        while (kept < likeliest.length && share < topP * total) {
            share += weight(likeliest, kept++);
        }
        int drawn = 0;
        double sum = weight(likeliest, 0);
        while (drawn < kept - 1 && sum <= u * share) {
            sum += weight(likeliest, ++drawn);
        }
        return logits.length - (int) likeliest[likeliest.length - 1 - drawn];
    }

    private static float weight(long[] ascending, int rank) {
        return Float.intBitsToFloat((int) (ascending[ascending.length - 1 - rank] >>> 32));
    }
}
