package org.zolab.train;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.zolab.objective.Prediction;
import org.zolab.task.Split;

/**
 * What a run was: its plan, how it ended, and every number on the way.
 *
 * @param plan        what was asked for
 * @param outcome     how it ended
 * @param steps       every step
 * @param evaluations every evaluation, in order
 * @param readings    every reading of an instrument, in order
 * @param forwards    forward passes spent on training
 * @param seconds     from start to end, evaluations included
 * @param folder      with the ledger, the plan and the best checkpoint
 */
public record Run(
        Plan plan,
        Outcome outcome,
        List<Event.Stepped> steps,
        List<Event.Evaluated> evaluations,
        List<Event.Measured> readings,
        long forwards,
        double seconds,
        Path folder)
        implements Evaluations {

    public Run {
        steps = List.copyOf(steps);
        evaluations = List.copyOf(evaluations);
        readings = List.copyOf(readings);
    }

    /**
     * What the best checkpoint prefers for the examples of a split that the run looks at; none if there is nothing to choose. It loads the
     * model for as long as that takes.
     *
     * @throws IllegalArgumentException if the run has kept no weights
     */
    public List<Prediction> predictions(Split split) {
        try (Subject.Opened opened = plan.subject().open(plan.seed())) {
            FineTuner.restore(FineTuner.best(folder), opened.theta());
            return opened.predictions(split);
        }
    }

    /** In one line. */
    public String summary() {
        StringBuilder line = new StringBuilder(plan.name())
                .append(": ")
                .append(outcome.sentence())
                .append(String.format(
                        Locale.ROOT, ", %,d steps, %,d forwards, %.0f s", steps.size(), forwards, seconds));
        Metric metric = plan.subject().metric();
        best().ifPresent(best -> line.append(", best dev ").append(metric.shown(best)));
        zeroShot().ifPresent(before -> test().ifPresent(after -> line.append(", test ")
                .append(metric.shown(before))
                .append(" → ")
                .append(metric.value(after))));
        return line.toString();
    }
}
