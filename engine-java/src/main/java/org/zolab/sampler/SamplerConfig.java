package org.zolab.sampler;

import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;

/** The settings of a sampler, and its factory. Settings are shared and immutable; the sampler that {@link #create} makes has state. */
@FunctionalInterface
public interface SamplerConfig {

    /** A fresh policy over directions of {@code theta}'s space. */
    DirectionSampler create(ParameterVector theta);

    /** Notes what would keep it from being created for {@code space}, such as a file that belongs to another model. */
    default void check(ParameterSpace space, Problems problems) {}

    /** Whether the policy learns by comparing the losses of a step's draws; then the estimator must take at least two. */
    default boolean comparesDraws() {
        return false;
    }

    /** Whether the policy steers only by what all its directions have in common; then the estimator must not cancel that. */
    default boolean steers() {
        return false;
    }

    /** Whether the policy looks at the curvature along its directions; then the estimator must report the loss at θ too. */
    default boolean needsCurvatures() {
        return false;
    }

    /** The law that its noise is drawn from. */
    default DirectionLaw law() {
        return DirectionLaw.GAUSSIAN;
    }

    /** Whether the policy asks for an exact gradient, which not every loss can give. */
    default boolean differentiates() {
        return false;
    }

    /** Forward passes that the policy spends before the first step. */
    default int forwardsBefore() {
        return 0;
    }

    /** Steps until its directions are what its settings say. */
    default int warmUp() {
        return 0;
    }

    /** How many vectors as large as θ the policy keeps. */
    default int keptVectors() {
        return 0;
    }

    /** How many bytes these vectors take per parameter. */
    default int keptBytes() {
        return keptVectors() * Float.BYTES;
    }
}
