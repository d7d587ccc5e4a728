package org.zolab.diagnose;

import java.util.stream.DoubleStream;

/** The median of some numbers; for an even count, the mean of the two in the middle. */
public final class Median {

    private Median() {}

    /** The median; NaN if there are no numbers. */
    public static double of(double... values) {
        return of(DoubleStream.of(values));
    }

    /** The median; NaN if there are no numbers. */
    public static double of(DoubleStream values) {
        double[] sorted = values.sorted().toArray();
        int n = sorted.length;
        if (n == 0) {
            return Double.NaN;
        }
        double upper = sorted[n / 2];
        double lower = sorted[(n - 1) / 2];
        return lower == upper ? upper : lower + (upper - lower) / 2; // equal values may be infinite
    }
}
