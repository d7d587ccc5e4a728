package org.zolab.train;

import de.bwaldvogel.liblinear.Feature;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.zolab.model.LanguageModel;
import org.zolab.objective.OptionScoring;
import org.zolab.objective.Score;
import org.zolab.space.Point;
import org.zolab.task.Example;
import org.zolab.task.Kind;
import org.zolab.task.Split;

/**
 * Scores of a model on a task without tuning, which tuning has to beat.
 *
 * <ul>
 *   <li>most frequent: always the answer that is right most often in train; for tasks of classes.
 *   <li>untuned: the model as it is: zero-shot, or in-context learning if the task has {@link org.zolab.task.Demonstrations}.
 *   <li>linear probe: {@link LinearProbe} on the hidden states behind the prompts; for tasks of classes.
 * </ul>
 *
 * <p>Cost: one forward pass over dev and test, and for a probe another one over all three splits. Memory: the model's, and
 * a probe's features, 24 bytes for each number of each example's hidden state.
 *
 * @param name   model and task
 * @param metric what the numbers are
 * @param rows   of the table
 */
public record Baselines(String name, Metric metric, List<Row> rows) {

    /**
     * A baseline.
     *
     * @param name how it is called
     * @param dev  its score there
     * @param test its score there; empty if no example of test is looked at
     */
    public record Row(String name, Score dev, Optional<Score> test) {}

    public Baselines {
        rows = List.copyOf(rows);
    }

    /**
     * Measures them.
     *
     * @throws java.util.concurrent.CancellationException soon after {@code stop} is asked for
     */
    public static Baselines of(LanguageSubject subject, Stop stop) {
        List<Row> rows = new ArrayList<>();
        boolean classes = subject.task().kind() == Kind.CLASSIFICATION;
        LanguageModel model = stop.open(() -> subject.model().load(subject.compute(), subject.tune(), 0));
        try (Subject.Opened opened = subject.on(model, 0)) {
            opened.cancelWhen(stop::asked);
            if (classes) {
                rows.add(mostFrequent(subject));
            }
            rows.add(new Row("untuned", opened.score(Split.DEV).orElseThrow(), opened.score(Split.TEST)));
            if (classes) {
                rows.add(probe(subject, model));
            }
        }
        return new Baselines(subject.name() + " on " + subject.task().name(), subject.metric(), rows);
    }

    private static Row mostFrequent(LanguageSubject subject) {
        int label = subject.looked(Split.TRAIN).stream()
                .collect(Collectors.groupingBy(Example::label, Collectors.counting()))
                .entrySet()
                .stream()
                .max(Comparator.comparingLong(entry -> entry.getValue()))
                .orElseThrow()
                .getKey();
        return row(
                "most frequent",
                subject,
                split -> subject.looked(split).stream()
                                .filter(example -> example.isRight(label))
                                .count()
                        / (double) subject.looked(split).size());
    }

    private static Row probe(LanguageSubject subject, LanguageModel model) {
        OptionScoring options = new OptionScoring(model, subject.maxLength());
        Point here = model.parameters().here();
        Function<Split, Feature[][]> features =
                split -> LinearProbe.features(options.features(here, subject.looked(split)));
        Feature[][] dev = features.apply(Split.DEV);
        LinearProbe probe = LinearProbe.fit(
                features.apply(Split.TRAIN), labels(subject, Split.TRAIN), dev, labels(subject, Split.DEV));
        return row(
                "linear probe",
                subject,
                split -> probe.accuracy(split == Split.DEV ? dev : features.apply(split), labels(subject, split)));
    }

    private static int[] labels(LanguageSubject subject, Split split) {
        return subject.looked(split).stream().mapToInt(Example::label).toArray();
    }

    private static Row row(String name, LanguageSubject subject, Function<Split, Double> accuracy) {
        Function<Split, Score> score = split -> new Score(
                Double.NaN, accuracy.apply(split), subject.looked(split).size());
        boolean tested = !subject.looked(Split.TEST).isEmpty();
        return new Row(name, score.apply(Split.DEV), tested ? Optional.of(score.apply(Split.TEST)) : Optional.empty());
    }

    /** As a small table. */
    @Override
    public String toString() {
        String line = "%-15s%-20s%s%n";
        return name
                + System.lineSeparator()
                + String.format(line, "", "dev", "test")
                + rows.stream()
                        .map(row -> String.format(
                                Locale.ROOT,
                                line,
                                row.name(),
                                shown(row.dev()),
                                row.test().map(this::shown).orElse("-")))
                        .collect(Collectors.joining());
    }

    private String shown(Score score) {
        return metric.labelled(score.loss(), score.accuracy());
    }
}
