package org.zolab.train;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

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
