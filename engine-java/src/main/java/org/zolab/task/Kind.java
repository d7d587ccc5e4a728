package org.zolab.task;

/** What a task asks of a model, and with it what is minimised unless a block says otherwise, and what is reported. */
public enum Kind {
    /** One of a few words: a cross-entropy over their scores; accuracy. */
    CLASSIFICATION,
    /** One of several texts: the likelihood of the right one; accuracy by the scores of all. */
    CHOICE,
    /** An answer in the model's own words: the likelihood of a right one; F1 of what is generated. */
    GENERATION,
    /** Nothing but the text itself: its likelihood; perplexity. */
    TEXT
}
