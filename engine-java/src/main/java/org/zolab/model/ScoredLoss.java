package org.zolab.model;

/** A loss as a function of a batch's scored log-probabilities y, in the order of its entries, with its derivatives in closed form. */
public interface ScoredLoss {

    /** f(y). */
    double value(float[] y);

    /** ∂f/∂y, an entry for each of y. */
    float[] gradient(float[] y);

    /** How ∂f/∂y changes while y moves along {@code change}: ∂²f/∂y² times change. */
    float[] gradientAlong(float[] y, float[] change);
}
