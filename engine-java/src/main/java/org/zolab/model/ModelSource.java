package org.zolab.model;

import org.zolab.model.text.Tokenizer;
import org.zolab.space.ParameterSpace;

/** Where a model comes from. Nothing is read until it is asked for. */
public interface ModelSource {

    /** What it is called in plans and figures. */
    String name();

    /** Its architecture, read from its configuration; throws {@link IllegalArgumentException} that says where it looked and what to do. */
    Family family();

    /** Its tokenizer alone. */
    Tokenizer tokenizer();

    /** Loads weights and tokenizer. */
    LanguageModel load(Compute compute);

    /** Its parameters. */
    default ParameterSpace space() {
        return family().space();
    }
}
