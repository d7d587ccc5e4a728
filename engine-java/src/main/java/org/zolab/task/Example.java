package org.zolab.task;

import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A prompt and its possible continuations: options of which one or more are right, or answers that are all right.
 *
 * <p>An option is the whole continuation as text, including its leading blank, so that {@code prompt + option} is what a reader would
 * write. Nothing here is tokenised.
 *
 * @param prompt  the text before the options
 * @param options different continuations, at least two unless all are right
 * @param right   the indices of the right ones; the first is the one that is learned
 * @param pieces  the prompt in pieces, as a masked model reads it; null for a single text
 */
public record Example(
        String prompt,
        List<String> options,
        List<Integer> right,
        @Nullable Pieces pieces) {

    /**
     * @throws IllegalArgumentException if there are too few options or equal ones, or right is empty or contains an invalid index
     */
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

    /** An example whose prompt is a single text. */
    public Example(String prompt, List<String> options, List<Integer> right) {
        this(prompt, options, right, null);
    }

    /** An example with a prompt in pieces and at least two options, one of them right. */
    public static Example of(Pieces pieces, List<String> options, int label) {
        return new Example(pieces.prompt(), chosen(options), List.of(label), pieces);
    }

    /** An example with a prompt and at least two options, one of them right. */
    public Example(String prompt, List<String> options, int label) {
        this(prompt, chosen(options), List.of(label));
    }

    /** An example with a prompt and its right answers, the first of which is learned; duplicates count once. */
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

    /** Whether an option is right. */
    public boolean isRight(int option) {
        return right.contains(option);
    }

    /** Whether there is a choice, i.e. a wrong option beside a right one. */
    public boolean isChoice() {
        return right.size() < options.size();
    }
}
