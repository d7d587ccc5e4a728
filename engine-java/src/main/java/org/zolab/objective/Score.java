package org.zolab.objective;

import java.util.Arrays;
import java.util.List;

/**
 * How good a point is on some examples.
 *
 * @param loss     mean loss, over examples or over tokens
 * @param accuracy share of examples whose best option is the right one
 * @param examples how many
 */
public record Score(double loss, double accuracy, int examples) {

    /** Of several: the loss is weighted by their {@linkplain BatchLoss#terms terms}, the accuracy by their examples. */
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
