package org.zolab.update;

import org.zolab.space.ParameterVector;

/** The settings of an update rule, and its factory: settings are shared and immutable, what {@link #create} gives has a state. */
@FunctionalInterface
public interface RuleConfig {

    /** A fresh rule for {@code theta}. */
    UpdateRule create(ParameterVector theta);

    /** Whether the rule evaluates estimates of earlier steps again, which therefore must not mention what moves meanwhile. */
    default boolean remembers() {
        return false;
    }

    /** Whether what is added to an estimate moves θ by as much, in this step and later ones, whatever the estimate is and where θ moves at all. */
    default boolean linear() {
        return false;
    }

    /** How many estimates a step reads: its own, each time that the rule does, and earlier ones that it draws again. */
    default int estimates() {
        return 1;
    }

    /** How many forward passes the rule spends in a step, beside the estimator's. */
    default int forwards() {
        return 0;
    }

    /** How many vectors as large as θ the rule keeps. */
    default int keptVectors() {
        return 0;
    }
}
