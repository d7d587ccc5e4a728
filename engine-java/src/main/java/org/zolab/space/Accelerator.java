package org.zolab.space;

/**
 * A processor with a memory of its own that evaluates formulas over what lies there: a GPU. What it is asked is done in that order.
 *
 * <p>Addresses are its own, in bytes. Jobs are what {@code pass.cu} reads.
 */
public interface Accelerator {

    /** Copies {@code n} numbers to {@code into[at…]}. */
    void read(long address, float[] into, int at, int n);

    /** Copies {@code n} numbers in bf16 to {@code into[at…]}. */
    void read(long address, short[] into, int at, int n);

    /** Replaces {@code n} numbers by {@code numbers[at…]}. */
    void write(long address, float[] numbers, int at, int n);

    /** Replaces {@code n} numbers in bf16 by {@code numbers[at…]}. */
    void write(long address, short[] numbers, int at, int n);

    /** Runs a pass of at most eight points. Returns at once. */
    void pass(int points, int[] job, int tiles);

    /** Adds a low-rank product to a matrix at at most eight points. Returns at once. */
    void merge(int[] job, int tiles);

    /** Updates vectors elementwise by a rule. Returns at once. */
    void rule(int[] job, int tiles);

    /** Runs a fold: a sum for each tile. */
    double[] fold(int[] job, int tiles);

    /** Waits until all that it was asked is done. */
    void settle();
}
