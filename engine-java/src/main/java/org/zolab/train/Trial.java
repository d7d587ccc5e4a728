package org.zolab.train;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.zolab.task.Split;

/**
 * A finished run of an {@link Ablation}.
 *
 * @param arm          whose
 * @param tuning       whether it was run to choose the learning rate, and does not count
 * @param seed         of all noise and of the order of examples
 * @param learningRate η of θ
 * @param steps        planned
 * @param outcome      how it ended, in words
 * @param evaluations  in order
 * @param folder       of its ledger
 */
public record Trial(
        String arm,
        boolean tuning,
        long seed,
        double learningRate,
        int steps,
        String outcome,
        List<Event.Evaluated> evaluations,
        Path folder) {

    public Trial {
        evaluations = List.copyOf(evaluations);
    }

    /** The evaluations on dev, in order. */
    public List<Event.Evaluated> dev() {
        return evaluations.stream()
                .filter(evaluated -> evaluated.split() == Split.DEV)
                .toList();
    }

    /** Whether all steps were taken. */
    public boolean completed() {
        return outcome.equals(new Outcome.Completed().sentence());
    }

    /** The lowest loss on dev; infinite if the run diverged. */
    public double loss() {
        return completed()
                ? best().map(Event.Evaluated::loss).orElse(Double.POSITIVE_INFINITY)
                : Double.POSITIVE_INFINITY;
    }

    /** The evaluation with the lowest loss on dev. */
    public Optional<Event.Evaluated> best() {
        return dev().stream().min(Comparator.comparingDouble(Event.Evaluated::loss));
    }

    /** Accuracy of the best checkpoint on test; NaN if test was not looked at. */
    public double test() {
        return evaluations.stream()
                .filter(evaluated -> evaluated.split() == Split.TEST)
                .skip(1)
                .mapToDouble(Event.Evaluated::accuracy)
                .findFirst()
                .orElse(Double.NaN);
    }

    /** The forward passes after which the loss on dev was first at most {@code loss}, between evaluations by a straight line; infinite if never. */
    public double forwardsTo(double loss) {
        Event.Evaluated before = null;
        for (Event.Evaluated now : dev()) {
            if (now.loss() <= loss) {
                return before == null
                        ? now.forwards()
                        : before.forwards()
                                + (now.forwards() - before.forwards())
                                        * (before.loss() - loss)
                                        / (before.loss() - now.loss());
            }
            before = now;
        }
        return Double.POSITIVE_INFINITY;
    }
}
