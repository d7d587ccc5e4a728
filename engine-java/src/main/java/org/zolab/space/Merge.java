package org.zolab.space;

import java.util.List;

/**
 * Adds a low-rank product to a matrix in an accelerator's memory, at a few points at once: W + s·B·A, with fused multiply-adds in the
 * order of the rank index.
 *
 * @param matrix  W, in row-major order
 * @param rank    r
 * @param columns how many columns W has
 * @param scale   s
 */
public record Merge(Lanes.Remote matrix, int rank, int columns, float scale) {

    /** The most points of one launch. */
    private static final int POINTS = 8;

    private static final int HEADER = 8;
    private static final int POINT = 6;

    /**
     * One point.
     *
     * @param a   A [r, columns], in single precision
     * @param b   B [rows, r], in single precision
     * @param out where the result's elements are written
     */
    public record At(Lanes.Remote a, Lanes.Remote b, Lanes.Remote out) {}

    /** Writes elements {@code from} to {@code from + count} for each point, to its {@code out} from number {@code at} on. */
    public void write(int from, int count, List<At> points, int at) {
        for (int first = 0; first < points.size(); first += POINTS) {
            write(
                    from,
                    count,
                    points.subList(first, Math.min(points.size(), first + POINTS)),
                    at,
                    new int[HEADER + POINT * POINTS]);
        }
    }

    private void write(int from, int count, List<At> points, int at, int[] job) {
        job[0] = points.size();
        job[1] = rank;
        job[2] = columns;
        job[3] = Float.floatToRawIntBits(scale);
        job[4] = from;
        job[5] = count;
        DeviceJob.put(job, 6, DeviceJob.place(matrix));
        for (int p = 0; p < points.size(); p++) {
            At point = points.get(p);
            DeviceJob.put(job, HEADER + POINT * p, DeviceJob.place(point.a()));
            DeviceJob.put(job, HEADER + POINT * p + 2, DeviceJob.place(point.b()));
            DeviceJob.put(job, HEADER + POINT * p + 4, DeviceJob.place(point.out(), at - from));
        }
        matrix.accelerator().merge(job, (count + Kernel.TILE - 1) / Kernel.TILE);
    }
}
