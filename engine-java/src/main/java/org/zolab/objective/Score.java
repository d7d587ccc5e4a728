package org.zolab.objective;

import java.util.List;

/**
 * How good a point is on some examples.
 *
 * @param loss     mean loss
 * @param accuracy share of examples whose best option is the right one
 * @param examples how many
 */
public record Score(double loss, double accuracy, int examples) {

    /** Of several, weighted by their examples. */
    static Score mean(List<Score> parts) {
        int examples = parts.stream().mapToInt(Score::examples).sum();
        double loss = 0;
        double accuracy = 0;
        for (Score part : parts) {
            loss += part.loss() * part.examples();
            accuracy += part.accuracy() * part.examples();
        }
        return new Score(loss / examples, accuracy / examples, examples);
    }
}
