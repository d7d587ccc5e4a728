package org.zolab.objective;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.zolab.model.TokenBatch;
import org.zolab.model.TokenBatch.Scored;

/**
 * A batch of examples as token rows, one for each option, or one for all where they are one token long and follow the same tokens.
 *
 * <p>The last token of a row is scored and never seen, so it is not fed.
 *
 * @param batch the rows, and the scored tokens option after option
 * @param spans for each example and option, where its tokens begin among the scored ones; with one end at last
 */
public record EncodedOptions(TokenBatch batch, List<int[]> spans) {

    /** One option's tokens: fed, and scored. */
    private record Option(int[] fed, int[] scored) {}

    /**
     * A prompt and an option that are token ids already.
     *
     * @param ids    prompt and option
     * @param length how many of the last ids are the option's
     */
    public record Tokens(int[] ids, int length) {
        public Tokens {
            if (!(length > 0 && length < ids.length)) {
                throw new IllegalArgumentException(
                        "length is not in 1 to " + (ids.length - 1) + ", with a token before: " + length);
            }
        }
    }

    /** Examples that are token ids already, each a list of options. */
    public static EncodedOptions ofTokens(List<List<Tokens>> examples) {
        return of(examples.stream()
                .map(options -> options.stream()
                        .map(option -> split(option.ids(), option.length()))
                        .toList())
                .toList());
    }

    private static EncodedOptions of(List<List<Option>> examples) {
        List<int[]> rows = new ArrayList<>();
        List<Scored> scored = new ArrayList<>();
        List<int[]> spans = new ArrayList<>();
        for (List<Option> options : examples) {
            boolean shared = options.stream()
                    .allMatch(option -> option.scored().length == 1
                            && Arrays.equals(option.fed(), options.get(0).fed()));
            int[] span = new int[options.size() + 1];
            for (int o = 0; o < options.size(); o++) {
                Option option = options.get(o);
                span[o] = scored.size();
                if (o == 0 || !shared) {
                    rows.add(option.fed());
                }
                score(option, rows.size() - 1, scored);
            }
            span[options.size()] = scored.size();
            spans.add(span);
        }
        return new EncodedOptions(new TokenBatch(rows, scored), spans);
    }

    private static void score(Option option, int row, List<Scored> scored) {
        int first = option.fed().length - option.scored().length;
        for (int i = 0; i < option.scored().length; i++) {
            scored.add(new Scored(row, first + i, option.scored()[i]));
        }
    }

    private static Option split(int[] ids, int length) {
        return new Option(Arrays.copyOf(ids, ids.length - 1), Arrays.copyOfRange(ids, ids.length - length, ids.length));
    }

    /** Σ log p over an option's tokens, in double precision. */
    double sum(float[] logProbabilities, int example, int option) {
        int[] span = spans.get(example);
        double sum = 0;
        for (int i = span[option]; i < span[option + 1]; i++) {
            sum += logProbabilities[i];
        }
        return sum;
    }

    /** How many options an example has. */
    int options(int example) {
        return spans.get(example).length - 1;
    }

    /** How many tokens an option has. */
    int length(int example, int option) {
        int[] span = spans.get(example);
        return span[option + 1] - span[option];
    }
}
