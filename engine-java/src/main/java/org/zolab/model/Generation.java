package org.zolab.model;

import java.util.Arrays;
import java.util.List;
import org.zolab.space.Chance;
import org.zolab.space.Problems;

/**
 * How a text goes on, token by token: {@code Generation.greedy(50).until("\n")}.
 *
 * <pre>
 *   greedy    the likeliest token, the first of several
 *   sampled   p(v) ∝ exp(logit(v) / temperature) among the fewest likeliest tokens that hold topP of it
 * </pre>
 *
 * <p>What is drawn depends on the seed, the prompt and how many tokens were drawn before, on nothing else: a prompt given twice goes on twice
 * in the same way, and other texts need other seeds. Nucleus sampling: Holtzman et al., arXiv 1904.09751.
 *
 * @param maxNewTokens the most tokens that are added
 * @param stops        texts at which it ends; what is made ends before them
 * @param stopAtEos    whether it ends where the model ends a text
 * @param temperature  0: greedy
 * @param topP         share of the probability that is drawn from
 * @param seed         of the draws
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

    /** The likeliest tokens, until the model ends the text. */
    public static Generation greedy(int maxNewTokens) {
        return new Generation(maxNewTokens, List.of(), true, 0, 1, 0);
    }

    /** The same, ending before the first of these texts too. */
    public Generation until(String... stops) {
        return new Generation(maxNewTokens, List.of(stops), stopAtEos, temperature, topP, seed);
    }

    /** The same, drawn. */
    public Generation sampled(double temperature, double topP, long seed) {
        return new Generation(maxNewTokens, stops, stopAtEos, temperature, topP, seed);
    }

    /** The same, going on where the model would end the text. */
    public Generation beyondEos() {
        return new Generation(maxNewTokens, stops, false, temperature, topP, seed);
    }

    /** The token that comes after {@code number} new ones. */
    int next(float[] logits, int number) {
        int best = 0;
        for (int v = 1; v < logits.length; v++) {
            best = logits[v] > logits[best] ? v : best;
        }
        return temperature == 0 ? best : draw(logits, logits[best], Chance.token(seed, number));
    }

    private int draw(float[] logits, float largest, double u) {
        long[] likeliest =
                new long[logits.length]; // p as bits, which order as p does, and the token, the smaller the larger
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
