package org.zolab.task;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * In-context learning: a task whose prompts begin with solved examples.
 *
 * <pre>
 *   prompt = example₁ answer₁ ⏎⏎ … exampleₖ answerₖ ⏎⏎ prompt
 * </pre>
 *
 * <p>The k examples are the first of train, which loses them. What a model does with them and without a step is a run's score on test before its
 * first step.
 *
 * <p>Reference: MeZO, arXiv 2305.17333, whose baseline takes 32.
 */
public final class Demonstrations {

    private static final String BREAK = "\n\n";

    private Demonstrations() {}

    /**
     * {@code task} with {@code count} demonstrations before each prompt.
     *
     * @throws IllegalArgumentException if count is not positive, train has no more, or the task has no prompts
     */
    public static Task before(Task task, int count) {
        List<Example> train = task.examples(Split.TRAIN);
        if (!(count > 0 && count < train.size())) {
            throw new IllegalArgumentException("demonstrations is not in 1 to " + (train.size() - 1)
                    + ", the examples of train of " + task.name() + " but one: " + count);
        }
        if (task.kind() == Kind.TEXT) {
            throw new IllegalArgumentException(
                    "task " + task.name() + " is plain text, without prompts to put demonstrations before: " + count);
        }
        String solved = train.subList(0, count).stream()
                .map(example -> (example.prompt() + example.answer()).strip() + BREAK)
                .collect(Collectors.joining());
        Map<Split, List<Example>> splits = new EnumMap<>(Split.class);
        for (Split split : Split.values()) {
            List<Example> all = task.examples(split);
            splits.put(
                    split,
                    all.subList(split == Split.TRAIN ? count : 0, all.size()).stream()
                            .map(example -> new Example(solved + example.prompt(), example.options(), example.right()))
                            .toList());
        }
        return new GivenTask(task.name() + " with " + count + " demonstrations", task.kind(), splits);
    }
}
