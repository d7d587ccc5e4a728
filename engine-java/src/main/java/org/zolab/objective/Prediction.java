package org.zolab.objective;

import org.zolab.task.Example;

/**
 * Which option a model prefers.
 *
 * @param example of what
 * @param chosen  the index of the option with the highest score
 */
public record Prediction(Example example, int chosen) {

    /** The preferred option. */
    public String answer() {
        return example.options().get(chosen);
    }

    /** Whether it is a right one. */
    public boolean isRight() {
        return example.isRight(chosen);
    }
}
