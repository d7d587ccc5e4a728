package org.zolab.update;

/** The learning rate of each step. */
@FunctionalInterface
public interface Schedule {

    /** η of step {@code t}, counted from 0. */
    double at(int t);

    /** η, always. */
    static Schedule constant(double learningRate) {
        return t -> learningRate;
    }
}
