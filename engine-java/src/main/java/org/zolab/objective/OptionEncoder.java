package org.zolab.objective;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.zolab.model.text.Tokenizer;
import org.zolab.objective.EncodedOptions.Tokens;
import org.zolab.task.Example;

/**
 * From examples to token rows, each text once.
 *
 * <p>An option is encoded together with its prompt, both without blanks at the ends; its tokens are the last
 * |encode(prompt + option)| − |encode(prompt)|, as MeZO counts them. Texts longer than {@code maxLength} are cut on the left, keeping
 * their first token.
 *
 * <p>Memory: the token ids of every option seen.
 */
public final class OptionEncoder {

    private final Tokenizer tokenizer;
    private final int maxLength;

    private record Text(String prompt, String option) {}

    private final Map<Text, Tokens> known = new ConcurrentHashMap<>();

    /** Encodes with {@code tokenizer}; longer texts than {@code maxLength} tokens are cut. */
    public OptionEncoder(Tokenizer tokenizer, int maxLength) {
        this.tokenizer = tokenizer;
        this.maxLength = maxLength;
    }

    /** All options of {@code examples}. */
    public EncodedOptions options(List<Example> examples) {
        return EncodedOptions.ofTokens(examples.stream()
                .map(example -> example.options().stream()
                        .map(option -> tokens(example, option))
                        .toList())
                .toList());
    }

    /** The right answers of {@code examples} alone, one row each. */
    public EncodedOptions answers(List<Example> examples) {
        return EncodedOptions.ofTokens(examples.stream()
                .map(example -> List.of(tokens(example, example.options().get(example.label()))))
                .toList());
    }

    /** How many tokens an example has, its prompt and the right option. */
    public int length(Example example) {
        return tokens(example, example.options().get(example.label())).ids().length;
    }

    private Tokens tokens(Example example, String option) {
        return known.computeIfAbsent(new Text(example.prompt(), option), text -> encode(text.prompt(), text.option()));
    }

    private Tokens encode(String prompt, String option) {
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
        if (full.length - 1 <= maxLength) {
            return new Tokens(full, length);
        }
        if (length >= maxLength) {
            throw new IllegalArgumentException("option is longer than maxLength " + maxLength + ": " + length
                    + " tokens of \"" + option + "\"; raise maxLength or shorten the option");
        }
        int drop = full.length - 1 - maxLength;
        int[] cut = new int[full.length - drop];
        cut[0] = full[0];
        System.arraycopy(full, 1 + drop, cut, 1, cut.length - 1);
        return new Tokens(cut, length);
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
}
