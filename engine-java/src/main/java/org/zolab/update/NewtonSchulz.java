package org.zolab.update;

import java.util.Arrays;
import org.zolab.space.Team;

/**
 * An orthogonal matrix close to another one, by five steps of an iteration that Newton and Schulz found.
 *
 * <pre>
 *   X = M/‖M‖;   five times  X ← aX + (bA + cA²)X,  A = XXᵀ,   a, b, c = 3.4445, −4.775, 2.0315
 * </pre>
 *
 * <p>Each number is summed in one order by one thread and without fused operations: equal bits for any number of threads, on any machine.
 *
 * <p>Reference: Muon (Jordan et al., 2024), which chose a, b and c to be fast, not exact.
 */
final class NewtonSchulz {

    private static final int ROWS = 8; // of a task
    private static final int SMALL = 192;
    private static final int TRIES = 6;

    private static final int TIMES = 5;

    private NewtonSchulz() {}

    /** How many multiplications it takes: 2r²c + r³ an iteration, of r rows or columns, whichever are fewer, and c of the others. */
    static double multiplications(int size, int rows) {
        double r = Math.min(rows, size / rows);
        return TIMES * (2 * r * size + r * r * r);
    }

    /** How many numbers it keeps at most, in addition to the matrix: X, Xᵀ, BX and the result, or A and B. */
    static long numbers(int size, int rows) {
        long r = Math.min(rows, size / rows);
        return 3L * size + 2 * r * r;
    }

    /** Multiplications per second of one thread, as measured on a small matrix; the best of a few tries. */
    static double rate() {
        float[] m = new float[SMALL * SMALL];
        Arrays.fill(m, 1f / SMALL);
        long least = Long.MAX_VALUE;
        for (int i = 0; i < TRIES; i++) {
            long begin = System.nanoTime();
            orthogonal(m, SMALL, Team.single());
            least = Math.min(least, System.nanoTime() - begin);
        }
        return multiplications(m.length, SMALL) / (least * 1e-9);
    }

    /** X of a matrix with {@code rows} rows, stored row by row; 0 if the matrix is 0. */
    static float[] orthogonal(float[] m, int rows, Team team) {
        int columns = m.length / rows;
        double square = 0;
        for (float value : m) {
            square += (double) value * value;
        }
        float scale = square > 0 ? (float) (1 / Math.sqrt(square)) : 0;
        boolean tall = rows > columns; // then XᵀX is the smaller product, and X is found by its columns
        float[][] x = new float[Math.min(rows, columns)][Math.max(rows, columns)];
        for (int i = 0; i < m.length; i++) {
            int row = i / columns;
            int column = i % columns;
            x[tall ? column : row][tall ? row : column] = scale * m[i];
        }
        for (int times = 0; times < TIMES; times++) {
            step(x, team);
        }
        float[] out = new float[m.length];
        for (int i = 0; i < m.length; i++) {
            out[i] = tall ? x[i % columns][i / columns] : x[i / columns][i % columns];
        }
        return out;
    }

    /** X ← aX + (bA + cA²)X. */
    private static void step(float[][] x, Team team) {
        float[][] a = product(x, transposed(x), team);
        float[][] b = product(a, a, team);
        for (int i = 0; i < b.length; i++) {
            combine(-4.775f, a[i], 2.0315f, b[i], b[i]);
        }
        float[][] bx = product(b, x, team);
        for (int i = 0; i < x.length; i++) {
            combine(3.4445f, x[i], 1, bx[i], x[i]);
        }
    }

    private static float[][] transposed(float[][] x) {
        float[][] t = new float[x[0].length][x.length];
        for (int i = 0; i < x.length; i++) {
            for (int j = 0; j < t.length; j++) {
                t[j][i] = x[i][j];
            }
        }
        return t;
    }

    private static float[][] product(float[][] p, float[][] q, Team team) {
        float[][] out = new float[p.length][q[0].length];
        team.run((p.length + ROWS - 1) / ROWS, task -> {
            int end = Math.min(p.length, (task + 1) * ROWS);
            int k = 0;
            for (; k + 3 < q.length; k += 4) {
                for (int i = task * ROWS; i < end; i++) {
                    addFour(p[i], k, q, out[i]);
                }
            }
            for (; k < q.length; k++) {
                for (int i = task * ROWS; i < end; i++) {
                    combine(p[i][k], q[k], 1, out[i], out[i]);
                }
            }
        });
        return out;
    }

    /** Adds four rows to a sum one after the other, which is read and written once: the bits of four {@link #combine}s. */
    private static void addFour(float[] p, int k, float[][] q, float[] out) {
        float a = p[k];
        float b = p[k + 1];
        float c = p[k + 2];
        float d = p[k + 3];
        float[] u = q[k];
        float[] v = q[k + 1];
        float[] w = q[k + 2];
        float[] x = q[k + 3];
        for (int j = 0; j < out.length; j++) {
            out[j] = (((a * u[j] + out[j]) + b * v[j]) + c * w[j]) + d * x[j];
        }
    }

    /** out = au + bv; one index for all three, which the compiler turns into vectors. */
    private static void combine(float a, float[] u, float b, float[] v, float[] out) {
        for (int j = 0; j < out.length; j++) {
            out[j] = a * u[j] + b * v[j];
        }
    }
}
