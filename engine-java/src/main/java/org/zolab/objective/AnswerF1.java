package org.zolab.objective;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.zolab.space.Point;
import org.zolab.task.Example;

/**
 * An objective over answers that reports the F1 of generated text in place of accuracy.
 *
 * <pre>
 *   F1 = 2·common / (words generated + words of the right answer),   the best over right answers, averaged over examples
 * </pre>
 *
 * <p>Words are compared in lower case, without punctuation and articles, each counted as often as it occurs. The loss is still the
 * likelihood; text is generated only when a split is scored, with one forward pass over each example's prompt and at most 50 over a single
 * token.
 *
 * <p>Reference: MeZO, arXiv 2305.17333, and the evaluation of SQuAD, arXiv 1606.05250.
 *
 * @param likelihood the objective that is minimised
 * @param generator  generates the answers
 */
public record AnswerF1(Objective likelihood, Generator generator) implements Objective {

    private static final int MOST_TOKENS = 50;
    private static final String STOP = "\n";
    private static final Pattern PUNCTUATION = Pattern.compile("\\p{Punct}");
    private static final Pattern ARTICLE = Pattern.compile("\\b(a|an|the)\\b", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern BLANKS = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);

    @Override
    public BatchLoss on(List<Example> batch) {
        return likelihood.on(batch);
    }

    @Override
    public int tokens(Example example) {
        return likelihood.tokens(example);
    }

    @Override
    public Score score(Point point, List<Example> examples) {
        return new Score(likelihood.score(point, examples).loss(), f1(point, examples), examples.size());
    }

    /** The mean F1 of the text generated at a point. */
    double f1(Point point, List<Example> examples) {
        List<String> generated =
                generator.generate(point, examples.stream().map(Example::prompt).toList(), MOST_TOKENS, STOP);
        return IntStream.range(0, examples.size())
                .mapToDouble(e -> examples.get(e).options().stream()
                        .mapToDouble(answer -> f1(generated.get(e), answer))
                        .max()
                        .orElseThrow())
                .average()
                .orElseThrow();
    }

    /** The F1 of the words of two texts; 0 if they have none in common. */
    static double f1(String generated, String answer) {
        Map<String, Long> said = words(generated);
        Map<String, Long> right = words(answer);
        long common = said.entrySet().stream()
                .mapToLong(word -> Math.min(word.getValue(), right.getOrDefault(word.getKey(), 0L)))
                .sum();
        return common == 0 ? 0 : 2.0 * common / (count(said) + count(right));
    }

    private static long count(Map<String, Long> words) {
        return words.values().stream().mapToLong(Long::longValue).sum();
    }

    private static Map<String, Long> words(String text) {
        String plain = ARTICLE.matcher(
                        PUNCTUATION.matcher(text.toLowerCase(Locale.ROOT)).replaceAll(""))
                .replaceAll(" ");
        return Arrays.stream(BLANKS.split(plain))
                .filter(word -> !word.isEmpty())
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    }
}
