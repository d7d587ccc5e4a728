package org.zolab.objective;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.zolab.model.TokenBatch;
import org.zolab.model.TokenBatch.Scored;
import org.zolab.model.text.Tokenizer;
import org.zolab.task.Example;

/**
 * A batch of examples as token rows, one for each option, or one for all where they are one token long and follow the same tokens.
 *
 * <p>An option is encoded together with its prompt, both without blanks at the ends; its tokens are the last
 * |encode(prompt + option)| − |encode(prompt)|, as MeZO counts them. The last token of a row is scored and never seen, so it is not
 * fed.
 *
 * @param batch the rows, and the scored tokens option after option
 * @param spans for each example and option, where its tokens begin among the scored ones; with one end at last
 */
public record EncodedOptions(TokenBatch batch, List<int[]> spans) {

    /** One option's tokens: fed, and scored. */
    private record Option(int[] fed, int[] scored) {}

    /** All options of {@code examples}; texts longer than {@code maxLength} are cut on the left. */
    public static EncodedOptions of(List<Example> examples, Tokenizer tokenizer, int maxLength) {
        return of(examples.stream()
                .map(example -> example.options().stream()
                        .map(option -> encode(tokenizer, example.prompt(), option, maxLength))
                        .toList())
                .toList());
    }

    /** The right answers alone, one row each. */
    public static EncodedOptions answers(List<Example> examples, Tokenizer tokenizer, int maxLength) {
        return of(examples.stream()
                .map(example -> List.of(
                        encode(tokenizer, example.prompt(), example.options().get(example.label()), maxLength)))
                .toList());
    }

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

    private static Option encode(Tokenizer tokenizer, String prompt, String option, int maxLength) {
        int[] full = tokenizer.encode(strip(prompt + option));
        int length = full.length - tokenizer.encode(strip(prompt)).length;
        if (!(length > 0)) {
            throw new IllegalArgumentException("option has no tokens of its own after the prompt: \"" + option
                    + "\"; give it a leading blank and text");
        }
        if (length >= full.length) {
            throw new IllegalArgumentException("prompt has no tokens before the option \"" + option
                    + "\", so nothing predicts it; give the prompt some text");
        }
        if (full.length - 1 > maxLength) { // cut on the left, keeping the first token, as MeZO does
            if (length >= maxLength) {
                throw new IllegalArgumentException("option is longer than maxLength " + maxLength + ": " + length
                        + " tokens of \"" + option + "\"; raise maxLength or shorten the option");
            }
            int drop = full.length - 1 - maxLength;
            int[] cut = new int[full.length - drop];
            cut[0] = full[0];
            System.arraycopy(full, 1 + drop, cut, 1, cut.length - 1);
            full = cut;
        }
        return split(full, length);
    }

    private static Option split(int[] ids, int length) {
        return new Option(Arrays.copyOf(ids, ids.length - 1), Arrays.copyOfRange(ids, ids.length - length, ids.length));
    }

    /** Without blanks at both ends; line ends stay. */
    private static String strip(String text) {
        int from = 0;
        int to = text.length();
        while (from < to && text.charAt(from) == ' ') {
            from++;
        }
        while (to > from && text.charAt(to - 1) == ' ') {
            to--;
        }
        return text.substring(from, to);
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
