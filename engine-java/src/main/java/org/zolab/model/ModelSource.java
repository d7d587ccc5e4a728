package org.zolab.model;

import org.zolab.model.text.Tokenizer;
import org.zolab.model.weights.ModelFiles;
import org.zolab.space.ParameterSpace;

/** Where a model comes from. Files are read only when they are needed. */
public interface ModelSource {

    /** The model's name in plans and figures. */
    String name();

    /** Distinguishes it from others of the same name: where it was published and in which version, or a checksum of its files. */
    String fingerprint();

    /** Its architecture, read from its configuration. Throws an {@link IllegalArgumentException} that says where it looked and what to do. */
    Family family();

    /** Only its tokenizer. */
    Tokenizer tokenizer();

    /** Loads its weights and tokenizer. */
    LanguageModel load(Compute compute);

    /** Its files: configuration, weights, tokenizer. */
    ModelFiles files();

    /** Loads its weights and tokenizer; {@code seed} determines the numbers of a head that its files lack. */
    default LanguageModel load(Compute compute, long seed) {
        return load(compute);
    }

    /** Loads it with only what {@code scope} selects as trained; {@code seed} determines start values that are drawn. */
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
