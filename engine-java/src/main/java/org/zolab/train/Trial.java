package org.zolab.train;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.zolab.space.Numbers;

/**
 * A finished run of an {@link Ablation}.
 *
 * @param arm          the name of its arm
 * @param phase        what it was run for
 * @param seed         of all noise and of the order of examples
 * @param learningRate η of θ
 * @param steps        how many were planned
 * @param outcome      how it ended
 * @param earlier      whether it was finished before, and was read instead of run
 * @param evaluations  in order
 * @param folder       of its ledger
 */
public record Trial(
        String arm,
        Phase phase,
        long seed,
        double learningRate,
        int steps,
        Outcome outcome,
        boolean earlier,
        List<Event.Evaluated> evaluations,
        Path folder)
        implements Evaluations {

    /** What a run of an ablation is for. */
    public enum Phase {
        /** To choose the learning rate of its arm; test is not looked at. */
        TUNING,
        /** To be compared with the other arms. */
        RACE;

        /** As the results have it. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public Trial {
        evaluations = List.copyOf(evaluations);
    }

    /** Whether all steps were taken. */
    public boolean completed() {
        return outcome instanceof Outcome.Completed;
    }

    /** The lowest loss on dev, including the one before the first step; infinite if the run diverged. */
    public double loss() {
        return completed()
                ? best().map(Event.Evaluated::loss).orElse(Double.POSITIVE_INFINITY)
                : Double.POSITIVE_INFINITY;
    }

    /** The accuracy, or F1, on dev where the loss there was lowest; −∞ if the run diverged, NaN if there is none. */
    public double accuracy() {
        return accuracy(best());
    }

    /** The accuracy, or F1, of the same checkpoint on test; −∞ if the run diverged, NaN if there is none. */
    public double testAccuracy() {
        return accuracy(test());
    }

    private double accuracy(Optional<Event.Evaluated> at) {
        return completed() ? at.map(Event.Evaluated::accuracy).orElse(Double.NaN) : Double.NEGATIVE_INFINITY;
    }

    /** After how many forward passes the loss on dev first was at most {@code loss}, interpolated linearly; infinite if never or if the run diverged. */
    public double forwardsTo(double loss) {
        if (!completed()) {
            return Double.POSITIVE_INFINITY;
        }
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

    /** In one line, since its evaluations are many. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s, seed %d%s: %s, lowest dev loss %s",
                arm,
                seed,
                phase == Phase.TUNING ? ", tuning" : "",
                outcome.word(),
                Numbers.plain(String.format(Locale.ROOT, "%.4g", loss())));
    }
}
