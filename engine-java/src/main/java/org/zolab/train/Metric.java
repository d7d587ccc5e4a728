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

    private final String word;

    Metric(String word) {
        this.word = word;
    }

    static Metric of(Kind kind) {
        return switch (kind) {
            case CLASSIFICATION, CHOICE -> ACCURACY;
            case GENERATION -> F1;
            case TEXT -> PERPLEXITY;
        };
    }

    /** How it is called. */
    public String word() {
        return word;
    }

    /** Its number: a share of one, or a perplexity; NaN where there is only a loss. */
    public double number(Event.Evaluated evaluated) {
        return this == PERPLEXITY ? Math.exp(evaluated.loss()) : evaluated.accuracy();
    }

    /** The lowest loss of a run in words, such as {@code dev accuracy 51.8 % at the lowest loss}: a higher accuracy may be elsewhere. */
    String best(Event.Evaluated best) {
        if (Double.isNaN(number(best))) {
            return "lowest " + shown(best);
        }
        return this == PERPLEXITY ? "lowest dev " + shown(best) : "dev " + shown(best) + " at the lowest loss";
    }

    /** A number of its kind, such as {@code 51.8 %}. */
    public String text(double number) {
        return this == PERPLEXITY
                ? String.format(Locale.ROOT, "%.4g", number)
                : String.format(Locale.ROOT, "%.1f %%", 100 * number);
    }

    /** Its name and value, such as {@code accuracy 51.8 %}. */
    public String shown(Event.Evaluated evaluated) {
        return shown(evaluated.loss(), evaluated.accuracy());
    }

    /** The same of a loss and an accuracy, which is NaN where there is none. */
    String shown(double loss, double accuracy) {
        double number = this == PERPLEXITY ? Math.exp(loss) : accuracy;
        return Double.isNaN(number) ? String.format(Locale.ROOT, "loss %.6g", loss) : word + " " + text(number);
    }

    /** Its value alone. */
    public String value(Event.Evaluated evaluated) {
        return shown(evaluated).replaceFirst("^\\S+ ", "");
    }
}
