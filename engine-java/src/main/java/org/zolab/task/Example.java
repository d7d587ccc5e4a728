package org.zolab.task;

import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A prompt and what may continue it: options of which one or more are right, or answers, all of them right.
 *
 * <p>An option is the whole continuation as text, with its leading blank, so that {@code prompt + option} is what a
 * reader would write. Nothing here is tokenised.
 *
 * @param prompt  the text before the options
 * @param options different continuations, at least two unless all are right
 * @param right   the indices of the right ones; the first is the one that is learned
 * @param pieces  the prompt as a masked model reads it, piece by piece; null: as one text
 */
public record Example(
        String prompt,
        List<String> options,
        List<Integer> right,
        @Nullable Pieces pieces) {

    /** @throws IllegalArgumentException if options are too few or equal, or right is empty or names none of them */
    public Example {
        options = List.copyOf(options);
        right = List.copyOf(right);
        if (options.size() < 2 && right.size() != options.size()) {
            throw new IllegalArgumentException("options is not at least two: " + options);
        }
        if (options.stream().distinct().count() != options.size()) {
            throw new IllegalArgumentException("options is not distinct: " + options);
        }
        if (right.isEmpty()) {
            throw new IllegalArgumentException("right is empty: none of " + options + " would be learned");
        }
        for (int label : right) {
            if (!(label >= 0 && label < options.size())) {
                throw new IllegalArgumentException(
                        "label is not the index of one of " + options.size() + " options: " + label + "; count from 0");
            }
        }
    }

    /** A prompt that is one text. */
    public Example(String prompt, List<String> options, List<Integer> right) {
        this(prompt, options, right, null);
    }

    /** A prompt in pieces and at least two options, one of them right. */
    public static Example of(Pieces pieces, List<String> options, int label) {
        return new Example(pieces.prompt(), chosen(options), List.of(label), pieces);
    }

    /** A prompt and at least two options, one of them right. */
    public Example(String prompt, List<String> options, int label) {
        this(prompt, chosen(options), List.of(label));
    }

    /** A prompt and its right answers, of which the first is learned; equal ones count once. */
    public static Example answered(String prompt, List<String> answers) {
        List<String> distinct = answers.stream().distinct().toList();
        return new Example(
                prompt, distinct, IntStream.range(0, distinct.size()).boxed().toList());
    }

    private static List<String> chosen(List<String> options) {
        if (options.size() < 2) {
            throw new IllegalArgumentException("options is not at least two: " + options);
        }
        return options;
    }

    /** The index of the right option that is learned. */
    public int label() {
        return right.get(0);
    }

    /** The right option that is learned. */
    public String answer() {
        return options.get(label());
    }

    /** Whether an option is a right one. */
    public boolean isRight(int option) {
        return right.contains(option);
    }

    /** Whether there is something to choose, a wrong option beside a right one. */
    public boolean isChoice() {
        return right.size() < options.size();
    }
}
