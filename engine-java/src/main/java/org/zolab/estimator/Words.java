package org.zolab.estimator;

/** How an estimator is described in plans and messages. */
final class Words {

    private Words() {}

    /** Such as {@code two-sided, 1 direction, epsilon 0.001}. */
    static String of(String kind, int directions, double epsilon) {
        return kind + ", " + directions + (directions == 1 ? " direction" : " directions") + ", epsilon " + epsilon;
    }
}
