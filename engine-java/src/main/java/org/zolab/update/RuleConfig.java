package org.zolab.update;

import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;

/** The settings of an update rule, and its factory. Settings are shared and immutable; the rule that {@link #create} makes has state. */
@FunctionalInterface
public interface RuleConfig {

    /** A fresh rule for {@code theta}. */
    UpdateRule create(ParameterVector theta);

    /** Whether the rule evaluates estimates of earlier steps again; they must then not refer to vectors that move in between. */
    default boolean remembers() {
        return false;
    }

    /** Whether steps are linear in ĝ, as those of SGD and momentum; weight decay is then added to ĝ, and otherwise taken off θ before the step. */
    default boolean linear() {
        return false;
    }

    /** How many times an estimate moves θ by −ηĝ, in its own step and all later ones; NaN if that depends on the estimates. */
    default double gain() {
        return Double.NaN;
    }

    /** η with which it does well on the embedded task, if that does not follow from SGD's by the {@link #gain}; NaN if none is known. */
    default double learningRate() {
        return Double.NaN;
    }

    /** How many estimates a step reads: its own, counted once for each time it is read, and earlier ones that are drawn again. */
    default int estimates() {
        return 1;
    }

    /** How many forward passes the rule spends in a step, in addition to the estimator's. */
    default int forwards() {
        return 0;
    }

    /** How many vectors as large as θ the rule keeps. */
    default int keptVectors() {
        return 0;
    }

    /** How many bytes a step takes in addition to the vectors that are kept. */
    default long bytes(ParameterSpace space) {
        return 0;
    }

    /** How many seconds a step takes on this machine in addition to passes over θ, by a measurement of a moment. */
    default double seconds(ParameterSpace space, int threads) {
        return 0;
    }
}
