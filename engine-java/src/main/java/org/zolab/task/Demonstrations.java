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
 * <p>An example's answer is put into its gap, {@code <mask>} or {@code [MASK]}, or after it if there is no gap. Prompts in {@link Pieces}
 * stay in pieces, as in LM-BFF: the pieces of each demonstration are cut as its own, and the total number of tokens kept is the sum over
 * the prompts.
 *
 * <p>The k examples are the first of train, and are removed from it. What a model achieves with them alone is a run's test score before
 * its first step.
 *
 * <p>Reference: MeZO, arXiv 2305.17333, whose baseline uses 32; LM-BFF, arXiv 2012.15723, section 6, whose demonstrations follow the
 * prompt.
 */
public final class Demonstrations {

    private static final String BREAK = "\n\n";

    /** The gap of a text as masked models write it, with a blank that may precede it. */
    private static final Pattern GAP = Pattern.compile("( ?)(<mask>|\\[MASK\\])");

    private Demonstrations() {}

    /**
     * {@code task} with {@code count} demonstrations before each prompt.
     *
     * @throws IllegalArgumentException if count is not positive, train does not have more examples than that, or the task has no prompts
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

    /** {@code asked} after the solved examples. */
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

    /** An example as one text, with its answer in place. */
    private static String solved(Example example) {
        String answer = example.answer();
        Matcher gap = GAP.matcher(example.prompt());
        String text = !gap.find()
                ? example.prompt() + answer
                : gap.replaceFirst(Matcher.quoteReplacement(answer.startsWith(" ") ? answer : gap.group(1) + answer));
        return text.strip() + BREAK;
    }
}
