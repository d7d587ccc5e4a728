package org.zolab.sampler;

import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;

/** The settings of a sampler, and its factory: settings are shared and immutable, what {@link #create} gives has a state. */
@FunctionalInterface
public interface SamplerConfig {

    /** A fresh policy over directions of {@code theta}'s space. */
    DirectionSampler create(ParameterVector theta);

    /** Notes what would keep it from being made for parameters of {@code space}, such as a file of another model's. */
    default void check(ParameterSpace space, Problems problems) {}

    /** Whether the policy learns by comparing the losses of a step's draws; then the estimator must take at least two. */
    default boolean comparesDraws() {
        return false;
    }

    /** Whether the policy steers by what all its directions have in common alone; then the estimator must not cancel it. */
    default boolean steers() {
        return false;
    }

    /** Whether the policy looks at the curvature along its directions; then the estimator must report the loss at θ too. */
    default boolean needsCurvatures() {
        return false;
    }

    /** What its noise is drawn from. */
    default DirectionLaw law() {
        return DirectionLaw.GAUSSIAN;
    }

    /** Whether the policy asks for an exact gradient, which not every loss knows. */
    default boolean differentiates() {
        return false;
    }

    /** Forward passes that the policy spends before the first step. */
    default int forwardsBefore() {
        return 0;
    }

    /** Steps before its directions are what its settings say. */
    default int warmUp() {
        return 0;
    }

    /** How many vectors as large as θ the policy keeps. */
    default int keptVectors() {
        return 0;
    }

    /** How many bytes a parameter they take. */
    default int keptBytes() {
        return keptVectors() * Float.BYTES;
    }
}
