package org.zolab.objective;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.zolab.space.ParameterSpace;

/** Small objectives whose properties are all known or cheap to measure. */
public final class Toys {

    /** Examples, features and nonzero features per example of the logistic regression: the shape of a9a with fewer rows. */
    private static final int ROWS = 1000;

    private static final int FEATURES = 123;
    private static final int SET = 14;
    private static final int TENSORS = 8;

    private Toys() {}

    /**
     * A quadratic bowl from (1, …, 1).
     *
     * <pre>
     *   f(x) = ½ Σ aᵢxᵢ²,   aᵢ from 1 to {@code condition}, evenly in their logarithms
     * </pre>
     */
    public static Function quadratic(int d, double condition) {
        requireDimension(d, 1);
        if (!(condition >= 1)) {
            throw new IllegalArgumentException("condition of the quadratic is less than 1: " + condition);
        }
        double[] a = new double[d];
        for (int i = 0; i < d; i++) {
            a[i] = d == 1 ? condition : Math.pow(condition, (double) i / (d - 1));
        }
        float[] start = new float[d];
        Arrays.fill(start, 1);
        return new Function(
                "quadratic(" + d + ")",
                ParameterSpace.flat(d),
                start,
                x -> {
                    double sum = 0;
                    for (int i = 0; i < d; i++) {
                        sum += a[i] * x[i] * x[i] / 2;
                    }
                    return sum;
                },
                x -> {
                    float[] g = new float[d];
                    for (int i = 0; i < d; i++) {
                        g[i] = (float) (a[i] * x[i]);
                    }
                    return g;
                });
    }

    /**
     * Rosenbrock's valley from (−1.2, 1, −1.2, 1, …); the minimum is 0 at (1, …, 1).
     *
     * <pre>
     *   f(x) = Σ 100(xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)²
     * </pre>
     *
     * <p>Reference: Rosenbrock, 1960.
     */
    public static Function rosenbrock(int d) {
        requireDimension(d, 2);
        float[] start = new float[d];
        for (int i = 0; i < d; i++) {
            start[i] = i % 2 == 0 ? -1.2f : 1;
        }
        return new Function(
                "rosenbrock(" + d + ")",
                ParameterSpace.flat(d),
                start,
                x -> {
                    double sum = 0;
                    for (int i = 0; i + 1 < d; i++) {
                        double rise = x[i + 1] - (double) x[i] * x[i];
                        sum += 100 * rise * rise + (1 - (double) x[i]) * (1 - x[i]);
                    }
                    return sum;
                },
                x -> {
                    float[] g = new float[d];
                    for (int i = 0; i + 1 < d; i++) {
                        double rise = x[i + 1] - (double) x[i] * x[i];
                        g[i] += (float) (-400 * x[i] * rise - 2 * (1 - x[i]));
                        g[i + 1] += (float) (200 * rise);
                    }
                    return g;
                });
    }

    /**
     * Logistic regression on 1,000 examples of 123 sparse binary features, 14 of them set in each. Labels come from a hidden weight
     * vector, with a tenth of them flipped; the weights lie in 8 tensors and start at 0, where f = ln 2. This is the shape of a9a, a
     * common test of zeroth-order methods.
     *
     * <pre>
     *   f(w) = 1/n Σ log(1 + exp(−yᵢ·⟨w, xᵢ⟩)) + 10⁻³/2·‖w‖²
     * </pre>
     */
    public static Function logistic(long seed) {
        Random random = new Random(seed);
        double[] hidden = random.doubles(FEATURES, -2, 2).toArray();
        int[][] set = new int[ROWS][];
        double[] label = new double[ROWS];
        for (int r = 0; r < ROWS; r++) {
            set[r] = random.ints(0, FEATURES).distinct().limit(SET).toArray();
            double score = Arrays.stream(set[r]).mapToDouble(i -> hidden[i]).sum();
            label[r] = (score > 0) == (random.nextDouble() >= 0.1) ? 1 : -1;
        }
        ParameterSpace.Builder space = ParameterSpace.builder();
        for (int t = 0; t < TENSORS; t++) {
            space.add("w" + t, List.of(FEATURES * (t + 1) / TENSORS - FEATURES * t / TENSORS));
        }
        return new Function(
                "logistic",
                space.build(),
                new float[FEATURES],
                w -> {
                    double sum = 0;
                    for (int r = 0; r < ROWS; r++) {
                        double margin = label[r] * score(w, set[r]);
                        sum += margin > 0 ? Math.log1p(Math.exp(-margin)) : Math.log1p(Math.exp(margin)) - margin;
                    }
                    double square = 0;
                    for (float x : w) {
                        square += (double) x * x;
                    }
                    return sum / ROWS + 1e-3 / 2 * square;
                },
                w -> {
                    double[] g = new double[FEATURES];
                    for (int r = 0; r < ROWS; r++) {
                        double pull = -label[r] / (1 + Math.exp(label[r] * score(w, set[r]))) / ROWS;
                        for (int i : set[r]) {
                            g[i] += pull;
                        }
                    }
                    float[] result = new float[FEATURES];
                    for (int i = 0; i < FEATURES; i++) {
                        result[i] = (float) (g[i] + 1e-3 * w[i]);
                    }
                    return result;
                });
    }

    private static double score(float[] w, int[] set) {
        double sum = 0;
        for (int i : set) {
            sum += w[i];
        }
        return sum;
    }

    /**
     * A two-layer network with 8 inputs, 16 tanh units and one output that learns another such network from 200 examples, by mean squared
     * error.
     *
     * <pre>
     *   f(W₁, b₁, w₂, b₂) = 1/n Σ (w₂·tanh(W₁xᵢ + b₁) + b₂ − yᵢ)²
     * </pre>
     */
    public static Function twoLayers(long seed) {
        int in = 8;
        int units = 16;
        int rows = 200;
        Random random = new Random(seed);
        float[] teacher = gaussian(random, units * in + units + units + 1, 0.6);
        float[][] x = new float[rows][];
        double[] y = new double[rows];
        for (int r = 0; r < rows; r++) {
            x[r] = gaussian(random, in, 1);
            y[r] = out(teacher, x[r], in, units, new double[units]);
        }
        ParameterSpace space = ParameterSpace.builder()
                .add("w1", List.of(units, in))
                .add("b1", List.of(units))
                .add("w2", List.of(units))
                .add("b2", List.of(1))
                .build();
        return new Function(
                "two layers",
                space,
                gaussian(random, (int) space.dimension(), 0.3),
                p -> {
                    double sum = 0;
                    for (int r = 0; r < rows; r++) {
                        double error = out(p, x[r], in, units, new double[units]) - y[r];
                        sum += error * error;
                    }
                    return sum / rows;
                },
                p -> {
                    double[] g = new double[p.length];
                    double[] h = new double[units];
                    for (int r = 0; r < rows; r++) {
                        double pull = 2 * (out(p, x[r], in, units, h) - y[r]) / rows;
                        for (int u = 0; u < units; u++) {
                            double back = pull * p[units * in + units + u] * (1 - h[u] * h[u]);
                            for (int i = 0; i < in; i++) {
                                g[u * in + i] += back * x[r][i];
                            }
                            g[units * in + u] += back;
                            g[units * in + units + u] += pull * h[u];
                        }
                        g[p.length - 1] += pull;
                    }
                    float[] result = new float[p.length];
                    for (int i = 0; i < p.length; i++) {
                        result[i] = (float) g[i];
                    }
                    return result;
                });
    }

    private static double out(float[] p, float[] x, int in, int units, double[] h) {
        double sum = p[p.length - 1];
        for (int u = 0; u < units; u++) {
            double z = p[units * in + u];
            for (int i = 0; i < in; i++) {
                z += (double) p[u * in + i] * x[i];
            }
            h[u] = Math.tanh(z);
            sum += p[units * in + units + u] * h[u];
        }
        return sum;
    }

    private static float[] gaussian(Random random, int n, double deviation) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) (deviation * random.nextGaussian());
        }
        return values;
    }

    private static void requireDimension(int d, int least) {
        if (!(d >= least)) {
            throw new IllegalArgumentException("dimension is less than " + least + ": " + d);
        }
    }
}
