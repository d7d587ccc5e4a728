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

    /** Its name and value, such as {@code accuracy 51.8 %}. */
    public String shown(Event.Evaluated evaluated) {
        return shown(evaluated.loss(), evaluated.accuracy());
    }

    /** The same of a loss and an accuracy, which is NaN where there is none. */
    String shown(double loss, double accuracy) {
        if (this == PERPLEXITY) {
            return String.format(Locale.ROOT, "%s %.4g", word, Math.exp(loss));
        }
        return Double.isNaN(accuracy)
                ? String.format(Locale.ROOT, "loss %.6g", loss)
                : String.format(Locale.ROOT, "%s %.1f %%", word, 100 * accuracy);
    }

    /** Its value alone. */
    public String value(Event.Evaluated evaluated) {
        return shown(evaluated).replaceFirst("^\\S+ ", "");
    }
}
