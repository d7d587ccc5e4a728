package org.zolab.train;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
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
        Path folder) {

    public Run {
        steps = List.copyOf(steps);
        evaluations = List.copyOf(evaluations);
        readings = List.copyOf(readings);
    }

    /** The evaluations on dev, in order; the first is before any step. */
    public List<Event.Evaluated> dev() {
        return evaluations.stream()
                .filter(evaluated -> evaluated.split() == Split.DEV)
                .toList();
    }

    /** The evaluation on dev with the lowest loss, whose parameters are the checkpoint. */
    public Optional<Event.Evaluated> best() {
        return dev().stream().min(Comparator.comparingDouble(Event.Evaluated::loss));
    }

    /** The model's accuracy on test before any step. */
    public Optional<Event.Evaluated> zeroShot() {
        return ofTest().filter(evaluated -> evaluated.step() == 0).findFirst();
    }

    /** The accuracy of the best checkpoint on test, measured once, at the end. */
    public Optional<Event.Evaluated> test() {
        return ofTest().skip(1).findFirst();
    }

    private java.util.stream.Stream<Event.Evaluated> ofTest() {
        return evaluations.stream().filter(evaluated -> evaluated.split() == Split.TEST);
    }

    /** In one line. */
    public String summary() {
        StringBuilder line = new StringBuilder(plan.name())
                .append(": ")
                .append(outcome.sentence())
                .append(String.format(
                        Locale.ROOT, ", %,d steps, %,d forwards, %.0f s", steps.size(), forwards, seconds));
        best().ifPresent(best -> line.append(
                Double.isNaN(best.accuracy())
                        ? String.format(Locale.ROOT, ", best loss %.6g", best.loss())
                        : String.format(Locale.ROOT, ", best dev accuracy %.1f %%", 100 * best.accuracy())));
        zeroShot().ifPresent(before -> test().ifPresent(after -> line.append(String.format(
                Locale.ROOT, ", test accuracy %.1f %% → %.1f %%", 100 * before.accuracy(), 100 * after.accuracy()))));
        return line.toString();
    }
}
