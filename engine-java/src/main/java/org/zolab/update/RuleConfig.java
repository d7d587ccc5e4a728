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

    /** How many forward passes the rule spends in a step, beside the estimator's. */
    default int forwards() {
        return 0;
    }

    /** How many vectors as large as θ the rule keeps. */
    default int keptVectors() {
        return 0;
    }
}
