package org.zolab.task;

/** What a task asks of a model. It determines the default objective and what is reported. */
public enum Kind {
    /** One of a few words: minimises a cross-entropy over their scores; reports accuracy. */
    CLASSIFICATION,
    /** One of several texts: minimises the negative log-likelihood of the right one; reports accuracy by the scores of all. */
    CHOICE,
    /** An answer in the model's own words: minimises the negative log-likelihood of a right one; reports the F1 of generated text. */
    GENERATION,
    /** Only the text itself: minimises its negative log-likelihood; reports perplexity. */
    TEXT
}
