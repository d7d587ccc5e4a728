package org.zolab.task;

import java.util.List;
import java.util.Map;

/**
 * A task whose examples are there already.
 *
 * @param name   what plans and figures call it
 * @param kind   what it asks of a model
 * @param splits its examples; a split without any may be left out
 */
public record GivenTask(String name, Kind kind, Map<Split, List<Example>> splits) implements Task {
    public GivenTask {
        splits = Map.copyOf(splits);
    }

    @Override
    public List<Example> examples(Split split) {
        return splits.getOrDefault(split, List.of());
    }
}
