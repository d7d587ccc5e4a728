package org.zolab.model;

/** A loss as a function of a batch's scored log-probabilities y, in the order of the batch's entries, with derivatives in closed form. */
public interface ScoredLoss {

    /** f(y). */
    double value(float[] y);

    /** ∂f/∂y, with one entry per element of y. */
    float[] gradient(float[] y);

    /** The derivative of ∂f/∂y along {@code change}: ∂²f/∂y² times change. */
    float[] gradientAlong(float[] y, float[] change);
}
