package org.zolab.objective;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.zolab.model.TokenBatch;
import org.zolab.model.TokenBatch.Scored;

/**
 * A batch of examples as token rows: one row per option, or one for several one-token options that follow the same tokens. Rows of an
 * example are adjacent, so their common beginning is computed once.
 *
 * <p>The last token of a row is scored but never seen, so it is not fed. For a masked model a mask is fed in place of the option; for a
 * head of classes, the text alone.
 *
 * @param batch the rows, and the scored tokens, option after option
 * @param spans for each example, where each option's tokens begin among the scored ones, followed by where the last option's end
 */
public record EncodedOptions(TokenBatch batch, List<int[]> spans) {

    /**
     * One option's tokens: {@code fed}, whose second text begins at {@code second}, and {@code scored}, the first of which is predicted at
     * fed token {@code first}.
     */
    private record Option(int[] fed, int second, int[] scored, int first) {

        boolean isFedLike(Option other) {
            return second == other.second && Arrays.equals(fed, other.fed);
        }
    }

    /** An option with its prompt, as token ids. */
    public sealed interface Encoded permits Tokens, Filling {

        /** All ids of the text. */
        int[] ids();
    }

    /**
     * A text with a gap and what may fill it; or a text and the class it may belong to.
     *
     * @param ids    the text, or two of them
     * @param gap    the position of its mask; with a head of classes, that of its first token
     * @param token  what may fill the gap, or the class
     * @param second where the second text begins; after the last id if there is none
     */
    public record Filling(int[] ids, int gap, int token, int second) implements Encoded {
        /** A filling of a single text. */
        public Filling(int[] ids, int gap, int token) {
            this(ids, gap, token, ids.length);
        }

        public Filling {
            if (!(gap >= 0 && gap < ids.length)) {
                throw new IllegalArgumentException("gap is not in 0 to " + (ids.length - 1) + ": " + gap);
            }
        }
    }

    /**
     * A prompt and an option that follows it.
     *
     * @param ids    prompt and option
     * @param length how many of the last ids belong to the option
     */
    public record Tokens(int[] ids, int length) implements Encoded {
        public Tokens {
            if (!(length > 0 && length < ids.length)) {
                throw new IllegalArgumentException(
                        "length is not in 1 to " + (ids.length - 1) + ", with a token before: " + length);
            }
        }
    }

    /** Examples given as token ids, each a list of options. */
    public static EncodedOptions ofTokens(List<? extends List<? extends Encoded>> examples) {
        return of(examples.stream()
                .map(options -> options.stream().map(EncodedOptions::option).toList())
                .toList());
    }

    private static EncodedOptions of(List<List<Option>> examples) {
        List<int[]> rows = new ArrayList<>();
        List<Scored> scored = new ArrayList<>();
        List<Integer> second = new ArrayList<>();
        List<int[]> spans = new ArrayList<>();
        for (List<Option> options : examples) {
            int[] span = new int[options.size() + 1];
            for (int o = 0; o < options.size(); o++) {
                Option option = options.get(o);
                span[o] = scored.size();
                if (o == 0 || !option.isFedLike(options.get(o - 1))) {
                    rows.add(option.fed());
                    second.add(option.second());
                }
                score(option, rows.size() - 1, scored);
            }
            span[options.size()] = scored.size();
            spans.add(span);
        }
        return new EncodedOptions(new TokenBatch(rows, scored, second), spans);
    }

    private static void score(Option option, int row, List<Scored> scored) {
        for (int i = 0; i < option.scored().length; i++) {
            scored.add(new Scored(row, option.first() + i, option.scored()[i]));
        }
    }

    private static Option option(Encoded encoded) {
        int[] ids = encoded.ids();
        if (encoded instanceof Filling filling) {
            return new Option(ids, filling.second(), new int[] {filling.token()}, filling.gap());
        }
        int first = ids.length - ((Tokens) encoded).length();
        int[] fed = Arrays.copyOf(ids, ids.length - 1);
        return new Option(fed, fed.length, Arrays.copyOfRange(ids, first, ids.length), first - 1);
    }

    /** For each example, the row of its first option, scored at that option's first token. */
    TokenBatch first() {
        List<Scored> first =
                spans.stream().map(span -> batch.scored().get(span[0])).toList();
        return new TokenBatch(
                first.stream().map(scored -> batch.rows().get(scored.row())).toList(),
                IntStream.range(0, first.size())
                        .mapToObj(e -> new Scored(e, first.get(e).position(), 0))
                        .toList(),
                first.stream().map(scored -> batch.second().get(scored.row())).toList());
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
