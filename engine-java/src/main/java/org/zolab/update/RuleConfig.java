package org.zolab.update;

import org.zolab.space.ParameterVector;

/** The settings of an update rule, and its factory: settings are shared and immutable, what {@link #create} gives has a state. */
@FunctionalInterface
public interface RuleConfig {

    /** A fresh rule for {@code theta}. */
    UpdateRule create(ParameterVector theta);

    /** How many vectors as large as θ the rule keeps. */
    default int keptVectors() {
        return 0;
    }
}
