package org.zolab.model;

/**
 * Which parameters of a model are trained: settings, whose {@link #toString()} is what plans and tables call them.
 *
 * <p>Vectors of a run (a learned mean, a momentum) are as large as its scope, and what lies below the first stage that is trained is
 * computed once for a batch.
 */
public interface Scope {

    /** What the weights of {@code family} are made of; throws {@link IllegalArgumentException} if it has not what this names. */
    Parametrization of(Family family);

    /** What tells it from others that are called the same: a checksum of its files; empty if it has none. */
    default String fingerprint() {
        return "";
    }
}
