package org.zolab.objective;

import java.util.Arrays;
import java.util.List;

/**
 * How good a point is on some examples.
 *
 * @param loss     mean loss, over examples or over tokens
 * @param accuracy the share of examples whose best option is a right one, or F1 of answers; NaN if there is neither
 * @param examples the number of examples
 */
public record Score(double loss, double accuracy, int examples) {

    /** The mean of several scores: losses are weighted by their {@linkplain BatchLoss#terms terms}, accuracies by their examples. */
    static Score mean(List<Score> parts, int[] terms) {
        int examples = 0;
        double loss = 0;
        double accuracy = 0;
        for (int i = 0; i < terms.length; i++) {
            Score part = parts.get(i);
            examples += part.examples();
            loss += part.loss() * terms[i];
            accuracy += part.accuracy() * part.examples();
        }
        return new Score(loss / Arrays.stream(terms).sum(), accuracy / examples, examples);
    }
}
