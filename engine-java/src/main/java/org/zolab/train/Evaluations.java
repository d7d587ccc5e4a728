package org.zolab.train;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.zolab.task.Split;

/** The evaluations of a run, and what follows from them. */
public interface Evaluations {

    /** Every evaluation, in order. */
    List<Event.Evaluated> evaluations();

    /** The evaluations on a split, in order. */
    default List<Event.Evaluated> on(Split split) {
        return evaluations().stream()
                .filter(evaluated -> evaluated.split() == split)
                .toList();
    }

    /** The evaluations on dev, in order; the first is before any step. */
    default List<Event.Evaluated> dev() {
        return on(Split.DEV);
    }

    /** The evaluation on dev with the lowest loss, whose parameters are the checkpoint; empty if no loss is a number. */
    default Optional<Event.Evaluated> best() {
        return dev().stream()
                .filter(evaluated -> evaluated.loss() < Double.POSITIVE_INFINITY)
                .min(Comparator.comparingDouble(Event.Evaluated::loss));
    }

    /** The evaluation on test before any step; with demonstrations in the prompts this is the few-shot score. */
    default Optional<Event.Evaluated> zeroShot() {
        return on(Split.TEST).stream()
                .filter(evaluated -> evaluated.step() == 0)
                .findFirst();
    }

    /** The evaluation of the best checkpoint on test, made once, at the end. */
    default Optional<Event.Evaluated> test() {
        return on(Split.TEST).stream().skip(1).findFirst();
    }
}
