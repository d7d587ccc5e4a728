package org.zolab.task;

import java.util.List;

/**
 * A prompt and the options that may continue it, one of them right.
 *
 * <p>An option is the whole continuation as text, with its leading blank, so that {@code prompt + option} is what a
 * reader would write. Nothing here is tokenised.
 *
 * @param prompt the text before the options, without a trailing blank
 * @param options at least two different continuations
 * @param label the index of the right one
 */
public record Example(String prompt, List<String> options, int label) {
    /** @throws IllegalArgumentException if there are fewer than two options, two are equal, or label is none of them */
    public Example {
        options = List.copyOf(options);
        if (options.size() < 2) {
            throw new IllegalArgumentException("options is not at least two: " + options);
        }
        if (options.stream().distinct().count() != options.size()) {
            throw new IllegalArgumentException("options is not distinct: " + options);
        }
        if (!(label >= 0 && label < options.size())) {
            throw new IllegalArgumentException(
                    "label is not the index of one of " + options.size() + " options: " + label);
        }
    }
}
