package org.zolab.train;

import java.util.Locale;
import org.zolab.task.Kind;

/** What an evaluation tells people. Where there is neither accuracy nor F1 it is the loss. */
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

    /** How it is called. */
    public String label() {
        return label;
    }

    /** Its number: a share of one, or a perplexity; NaN where there is only a loss. */
    public double value(Event.Evaluated evaluated) {
        return value(evaluated.loss(), evaluated.accuracy());
    }

    private double value(double loss, double accuracy) {
        return this == PERPLEXITY ? Math.exp(loss) : accuracy;
    }

    /** A number of its kind, such as {@code 51.8 %}. */
    public String format(double value) {
        return this == PERPLEXITY
                ? String.format(Locale.ROOT, "%.4g", value)
                : String.format(Locale.ROOT, "%.1f %%", 100 * value);
    }

    /** Its number of an evaluation, such as {@code 51.8 %}, or the loss where there is only that. */
    public String formatted(Event.Evaluated evaluated) {
        return formatted(evaluated.loss(), evaluated.accuracy());
    }

    /** The same of a loss and an accuracy, which is NaN where there is none. */
    public String formatted(double loss, double accuracy) {
        double value = value(loss, accuracy);
        return Double.isNaN(value) ? String.format(Locale.ROOT, "%.4g", loss) : format(value);
    }

    /** The same with its name, such as {@code accuracy 51.8 %} or {@code loss 0.6931}. */
    public String labelled(Event.Evaluated evaluated) {
        return labelled(evaluated.loss(), evaluated.accuracy());
    }

    /** The same of a loss and an accuracy, which is NaN where there is none. */
    String labelled(double loss, double accuracy) {
        return (Double.isNaN(value(loss, accuracy)) ? "loss" : label) + " " + formatted(loss, accuracy);
    }

    /**
     * The evaluation that a run is chosen by, such as {@code lowest dev loss 1.213 at step 400 (accuracy 51.8 %)}: a higher accuracy may be
     * elsewhere.
     */
    String describeBest(Event.Evaluated best) {
        String at = " at step " + Outcome.number(best.step());
        if (Double.isNaN(value(best))) {
            return "lowest " + labelled(best) + at;
        }
        return this == PERPLEXITY
                ? "lowest dev " + labelled(best) + at
                : String.format(Locale.ROOT, "lowest dev loss %.4g%s (%s)", best.loss(), at, labelled(best));
    }
}
