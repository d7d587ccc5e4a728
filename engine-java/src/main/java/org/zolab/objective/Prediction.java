package org.zolab.objective;

import org.zolab.task.Example;

/**
 * The option that a model prefers.
 *
 * @param example the example
 * @param chosen  the index of the option with the highest score
 */
public record Prediction(Example example, int chosen) {

    /** The preferred option. */
    public String answer() {
        return example.options().get(chosen);
    }

    /** Whether it is a right option. */
    public boolean isRight() {
        return example.isRight(chosen);
    }
}
