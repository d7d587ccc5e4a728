package org.zolab.train;

import java.util.Locale;
import org.zolab.space.Numbers;
import org.zolab.task.Kind;

/** The number that an evaluation is shown as; the loss, if it has neither accuracy nor F1. */
public enum Metric {
    /** The share of right answers. */
    ACCURACY("accuracy"),
    /** The F1 of words generated. */
    F1("F1"),
    /** e to the loss. */
    PERPLEXITY("perplexity");

    private final String label;

    Metric(String label) {
        this.label = label;
    }

    static Metric of(Kind kind) {
        return switch (kind) {
            case CLASSIFICATION, CHOICE -> ACCURACY;
            case GENERATION -> F1;
            case TEXT -> PERPLEXITY;
        };
    }

    /** Its name. */
    public String label() {
        return label;
    }

    /** Its value in an evaluation: a share of 1, or a perplexity; NaN if the evaluation has only a loss. */
    public double value(Event.Evaluated evaluated) {
        return value(evaluated.loss(), evaluated.accuracy());
    }

    private double value(double loss, double accuracy) {
        return this == PERPLEXITY ? Math.exp(loss) : accuracy;
    }

    /** A value of this metric in words, such as {@code 51.8 %}. */
    public String format(double value) {
        return this == PERPLEXITY
                ? Numbers.plain(String.format(Locale.ROOT, "%.4g", value))
                : String.format(Locale.ROOT, "%.1f %%", 100 * value);
    }

    /** Its value in an evaluation, such as {@code 51.8 %}, or the loss if there is only that. */
    public String formatted(Event.Evaluated evaluated) {
        return formatted(evaluated.loss(), evaluated.accuracy());
    }

    /** Its value for a loss and an accuracy, which is NaN if there is none. */
    public String formatted(double loss, double accuracy) {
        double value = value(loss, accuracy);
        return Double.isNaN(value) ? Numbers.plain(String.format(Locale.ROOT, "%.4g", loss)) : format(value);
    }

    /** Its value in an evaluation with its name, such as {@code accuracy 51.8 %} or {@code loss 0.6931}. */
    public String labelled(Event.Evaluated evaluated) {
        return labelled(evaluated.loss(), evaluated.accuracy());
    }

    /** Its value with its name for a loss and an accuracy, which is NaN if there is none. */
    String labelled(double loss, double accuracy) {
        return (Double.isNaN(value(loss, accuracy)) ? "loss" : label) + " " + formatted(loss, accuracy);
    }

    /**
     * The evaluation that a checkpoint is chosen by, such as {@code lowest dev loss 1.213 at step 400 (accuracy 51.8 %)}; the accuracy may be
     * higher at another step.
     */
    String describeBest(Event.Evaluated best) {
        String at = " at step " + Outcome.number(best.step());
        if (Double.isNaN(value(best))) {
            return "lowest " + labelled(best) + at;
        }
        return this == PERPLEXITY
                ? "lowest dev " + labelled(best) + at
                : Numbers.plain(
                        String.format(Locale.ROOT, "lowest dev loss %.4g%s (%s)", best.loss(), at, labelled(best)));
    }
}
