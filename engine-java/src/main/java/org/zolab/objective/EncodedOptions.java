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
record EncodedOptions(TokenBatch batch, List<int[]> spans) {

    /** One option's tokens: fed, and scored. */
    private record Option(int[] fed, int[] scored) {}

    static EncodedOptions of(List<Example> examples, Tokenizer tokenizer, int maxLength) {
        List<int[]> rows = new ArrayList<>();
        List<Scored> scored = new ArrayList<>();
        List<int[]> spans = new ArrayList<>();
        for (Example example : examples) {
            List<Option> options = example.options().stream()
                    .map(option -> encode(tokenizer, example.prompt(), option, maxLength))
                    .toList();
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

    /** The right answers alone, one row each. */
    static EncodedOptions answers(List<Example> examples, Tokenizer tokenizer, int maxLength) {
        List<int[]> rows = new ArrayList<>();
        List<Scored> scored = new ArrayList<>();
        List<int[]> spans = new ArrayList<>();
        for (Example example : examples) {
            Option answer =
                    encode(tokenizer, example.prompt(), example.options().get(example.label()), maxLength);
            int first = scored.size();
            rows.add(answer.fed());
            score(answer, rows.size() - 1, scored);
            spans.add(new int[] {first, scored.size()});
        }
        return new EncodedOptions(new TokenBatch(rows, scored), spans);
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
        return new Option(
                Arrays.copyOf(full, full.length - 1), Arrays.copyOfRange(full, full.length - length, full.length));
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

    /** How many tokens an option has. */
    int length(int example, int option) {
        int[] span = spans.get(example);
        return span[option + 1] - span[option];
    }
}
