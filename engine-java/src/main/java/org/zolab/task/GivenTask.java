package org.zolab.task;

import java.util.List;
import java.util.Map;

/**
 * A task whose examples are given.
 *
 * @param name   its name in plans and figures
 * @param kind   what it asks of a model
 * @param splits its examples; empty splits may be left out
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
