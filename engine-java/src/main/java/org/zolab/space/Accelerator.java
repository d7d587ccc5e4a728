package org.zolab.space;

/**
 * A processor with its own memory, i.e. a GPU, that evaluates formulas over numbers held there. Requests are executed in the order they
 * are made.
 *
 * <p>Addresses are the accelerator's own, in bytes. Jobs are in the format that {@code pass.cu} reads.
 */
public interface Accelerator {

    /** Copies {@code n} numbers from {@code address} to {@code into[at…]}. */
    void read(long address, float[] into, int at, int n);

    /** Copies {@code n} bf16 numbers from {@code address} to {@code into[at…]}. */
    void read(long address, short[] into, int at, int n);

    /** Overwrites {@code n} numbers at {@code address} with {@code numbers[at…]}. */
    void write(long address, float[] numbers, int at, int n);

    /** Overwrites {@code n} bf16 numbers at {@code address} with {@code numbers[at…]}. */
    void write(long address, short[] numbers, int at, int n);

    /** Starts a pass over at most eight points. Returns at once. */
    void pass(int points, int[] job, int tiles);

    /** Starts adding a low-rank product to a matrix, at no more than eight points. Returns at once. */
    void merge(int[] job, int tiles);

    /** Starts updating vectors elementwise by a rule. Returns at once. */
    void rule(int[] job, int tiles);

    /** Runs a fold and returns one sum per tile. */
    double[] fold(int[] job, int tiles);

    /** Waits until everything requested so far has finished. */
    void settle();
}
