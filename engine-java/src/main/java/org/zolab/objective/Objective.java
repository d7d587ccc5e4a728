package org.zolab.objective;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.zolab.space.Point;
import org.zolab.task.Example;

/** What is minimised: maps examples to a loss that can be evaluated at points. */
public interface Objective {

    /** How many examples are evaluated together when many are scored. */
    int CHUNK = 64;

    /** The loss of one batch; one forward pass per point. */
    BatchLoss on(List<Example> batch);

    /** The number of an example's tokens, its right option included; batches of similar lengths waste less padding. */
    int tokens(Example example);

    /** Mean loss and accuracy over any number of examples, grouped by length; the loss equals that of one batch of them all. */
    default Score score(Point point, List<Example> examples) {
        if (examples.isEmpty()) {
            throw new IllegalArgumentException("examples is empty: there is nothing to score");
        }
        List<Example> sorted = new ArrayList<>(examples);
        sorted.sort(Comparator.comparingInt(this::tokens));
        List<Score> parts = new ArrayList<>();
        int[] terms = new int[(sorted.size() + CHUNK - 1) / CHUNK];
        for (int i = 0; i < terms.length; i++) {
            try (BatchLoss batch = on(sorted.subList(i * CHUNK, Math.min(sorted.size(), (i + 1) * CHUNK)))) {
                parts.add(batch.scores(List.of(point)).get(0));
                terms[i] = batch.terms();
            }
        }
        return Score.mean(parts, terms);
    }
}
