package org.zolab.model;

import org.zolab.model.text.Tokenizer;
import org.zolab.model.weights.ModelFiles;
import org.zolab.space.ParameterSpace;

/** Where a model comes from. Nothing is read until it is asked for. */
public interface ModelSource {

    /** What it is called in plans and figures. */
    String name();

    /** What tells it from others of its name: where it was published and which version it is, or a checksum of its files. */
    String fingerprint();

    /** Its architecture, read from its configuration; throws {@link IllegalArgumentException} that says where it looked and what to do. */
    Family family();

    /** Its tokenizer alone. */
    Tokenizer tokenizer();

    /** Loads weights and tokenizer. */
    LanguageModel load(Compute compute);

    /** Its files: configuration, weights, tokenizer. */
    ModelFiles files();

    /** Loads weights and tokenizer; {@code seed} addresses the numbers of a head that its files have not got. */
    default LanguageModel load(Compute compute, long seed) {
        return load(compute);
    }

    /** Loads it with only what {@code scope} says trained; {@code seed} addresses start values that are drawn. */
    default LanguageModel load(Compute compute, Scope scope, long seed) {
        LanguageModel model = load(compute, seed);
        try {
            return model.tuned(scope, seed);
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    /** Its parameters. */
    default ParameterSpace space() {
        return family().space();
    }
}
