package org.zolab.task;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.zolab.task.Pieces.Piece;

/**
 * In-context learning: a task whose prompts begin with solved examples.
 *
 * <pre>
 *   prompt = example₁ answer₁ ⏎⏎ … exampleₖ answerₖ ⏎⏎ prompt
 * </pre>
 *
 * <p>An example's answer stands in its gap, {@code <mask>} or {@code [MASK]}, and behind it if it has none. Prompts in {@link Pieces} stay in pieces, as
 * LM-BFF has them: each demonstration's are cut as its own, and of all as many tokens are kept as of each prompt together.
 *
 * <p>The k examples are the first of train, which loses them. What a model does with them and without a step is a run's score on test before its
 * first step.
 *
 * <p>Reference: MeZO, arXiv 2305.17333, whose baseline takes 32; LM-BFF, arXiv 2012.15723, section 6, whose demonstrations stand behind the prompt.
 */
public final class Demonstrations {

    private static final String BREAK = "\n\n";

    /** What masked models call the gap in a text, with a blank that stands before it. */
    private static final Pattern GAP = Pattern.compile("( ?)(<mask>|\\[MASK\\])");

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
        List<Example> shown = train.subList(0, count);
        Map<Split, List<Example>> splits = new EnumMap<>(Split.class);
        for (Split split : Split.values()) {
            List<Example> all = task.examples(split);
            splits.put(
                    split,
                    all.subList(split == Split.TRAIN ? count : 0, all.size()).stream()
                            .map(example -> after(shown, example))
                            .toList());
        }
        return new GivenTask(task.name() + " with " + count + " demonstrations", task.kind(), splits);
    }

    /** {@code asked} behind solved examples. */
    private static Example after(List<Example> shown, Example asked) {
        Pieces pieces = asked.pieces();
        if (pieces == null) {
            String solved = shown.stream().map(Demonstrations::solved).collect(Collectors.joining());
            return new Example(solved + asked.prompt(), asked.options(), asked.right());
        }
        List<Piece> all = new ArrayList<>();
        long most = pieces.most();
        for (Example each : shown) {
            Pieces own = each.pieces();
            if (own == null) {
                all.add(text(solved(each)));
            } else {
                own.all().forEach(piece -> all.add(piece instanceof Pieces.Gap ? text(each.answer()) : piece));
                all.add(text(BREAK));
            }
            most += own == null ? Pieces.ALL : own.most();
        }
        all.addAll(pieces.all());
        Pieces both = new Pieces(all, (int) Math.min(Pieces.ALL, most));
        return new Example(both.prompt(), asked.options(), asked.right(), both);
    }

    private static Pieces.Text text(String text) {
        return new Pieces.Text(text, Pieces.ALL);
    }

    /** An example as one text, with its answer where it belongs. */
    private static String solved(Example example) {
        String answer = example.answer();
        Matcher gap = GAP.matcher(example.prompt());
        String text = !gap.find()
                ? example.prompt() + answer
                : gap.replaceFirst(Matcher.quoteReplacement(answer.startsWith(" ") ? answer : gap.group(1) + answer));
        return text.strip() + BREAK;
    }
}
