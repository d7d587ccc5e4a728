package org.zolab.model;

/**
 * Which parameters of a model are trained. Scopes are settings; plans and tables show their {@link #toString()}.
 *
 * <p>Vectors of a run (a learned mean, a momentum) are as large as its scope, and everything below the first trained stage is computed
 * once per batch.
 */
public interface Scope {

    /**
     * How the weights of {@code family} are composed; throws {@link IllegalArgumentException} if the family lacks something this scope
     * names.
     */
    Parametrization of(Family family);

    /** Distinguishes it from other scopes with the same name: a checksum of its files; empty if it has none. */
    default String fingerprint() {
        return "";
    }
}
