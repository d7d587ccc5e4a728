package org.zolab.samples;

import java.util.Arrays;
import java.util.function.ToDoubleFunction;

/**
 * The whole of MeZO and of LDSD in one file, on plain arrays, with nothing imported from the engine: what the rest of this repository
 * makes fast. A test holds the engine against it.
 *
 * <p>Run: {@code java samples/src/main/java/org/zolab/samples/OneFile.java}
 */
public final class OneFile {

    private OneFile() {}

    /** MeZO: z ~ N(0, I), p = (f(θ + εz) − f(θ − εz)) / 2ε, θ ← θ − η·p·z. */
    public static void mezo(
            ToDoubleFunction<float[]> f, float[] theta, int steps, double epsilon, double eta, long seed) {
        for (int t = 0; t < steps; t++) {
            float[] z = gaussian(theta.length, seed, t, 0);
            double slope = (f.applyAsDouble(along(theta, z, epsilon)) - f.applyAsDouble(along(theta, z, -epsilon)))
                    / (2 * epsilon);
            move(theta, z, -eta * slope);
        }
    }

    /**
     * LDSD: zᵢ ~ N(μ, σ²I), the slope along the best of K, and μ ← μ − γ/(Kσ²) Σ aᵢ(zᵢ − μ) with aᵢ = fᵢ − mean of the other losses.
     *
     * @return μ
     */
    public static float[] ldsd(
            ToDoubleFunction<float[]> f,
            float[] theta,
            int steps,
            int k,
            double sigma,
            double epsilon,
            double eta,
            double gamma,
            long seed) {
        float[] mu = new float[theta.length];
        for (int t = 0; t < steps; t++) {
            float[][] noise = new float[k][];
            float[][] z = new float[k][];
            double[] loss = new double[k];
            int best = 0;
            for (int i = 0; i < k; i++) {
                noise[i] = gaussian(theta.length, seed, t, i);
                z[i] = along(mu, noise[i], sigma);
                loss[i] = f.applyAsDouble(along(theta, z[i], epsilon));
                best = loss[i] < loss[best] ? i : best;
            }
            double slope = (loss[best] - f.applyAsDouble(along(theta, z[best], -epsilon))) / (2 * epsilon);
            move(theta, z[best], -eta * slope);
            double total = Arrays.stream(loss).sum();
            for (int i = 0; i < k; i++) {
                double advantage = loss[i] - (total - loss[i]) / (k - 1);
                move(mu, noise[i], -gamma * advantage / (k * sigma)); // (zᵢ − μ)/σ² = noiseᵢ/σ
            }
        }
        return mu;
    }

    private static float[] along(float[] x, float[] z, double distance) {
        float[] y = x.clone();
        move(y, z, distance);
        return y;
    }

    private static void move(float[] x, float[] z, double distance) {
        for (int i = 0; i < x.length; i++) {
            x[i] += (float) (distance * z[i]);
        }
    }

    /** The normal vector of (seed, step, draw) for a tensor called "x": docs/noise-v1.md, with the library's log, cos and sin. */
    static float[] gaussian(int n, long seed, int step, int draw) {
        float[] z = new float[n];
        int hash = (0x811C9DC5 ^ 'x') * 0x01000193;
        for (int i = 0; i < n; i++) {
            int lane = i % 16;
            int[] w = philox(i / 32 * 8 + lane / 2, hash, step, 1 << 24 | draw, (int) seed, (int) (seed >>> 32));
            double u = ((w[lane % 2] >>> 8) + 1) * 0x1p-24;
            int a = w[2 + lane % 2];
            double angle = Math.PI / 2 * (a >>> 30) + ((a << 2) >> 8) * (Math.PI / 4 * 0x1p-23);
            z[i] = (float) (Math.sqrt(-2 * Math.log(u)) * (i % 32 < 16 ? Math.cos(angle) : Math.sin(angle)));
        }
        return z;
    }

    private static int[] philox(int c0, int c1, int c2, int c3, int k0, int k1) {
        for (int round = 0; round < 10; round++) {
            long a = (c0 & 0xFFFFFFFFL) * 0xD2511F53L;
            long b = (c2 & 0xFFFFFFFFL) * 0xCD9E8D57L;
            c0 = (int) (b >>> 32) ^ c1 ^ k0;
            c1 = (int) b;
            c2 = (int) (a >>> 32) ^ c3 ^ k1;
            c3 = (int) a;
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }
        return new int[] {c0, c1, c2, c3};
    }

    /** Both on a quadratic of 200 unlike curvatures. */
    public static void main(String[] arguments) {
        ToDoubleFunction<float[]> f = x -> {
            double sum = 0;
            for (int i = 0; i < x.length; i++) {
                sum += (i + 1.0) / x.length * x[i] * x[i] / 2;
            }
            return sum;
        };
        float[] theta = new float[200];
        Arrays.fill(theta, 1);
        System.out.printf("start                loss %.4f%n", f.applyAsDouble(theta));
        mezo(f, theta, 3000, 1e-3, 4e-3, 1);
        System.out.printf("MeZO, 6000 forwards  loss %.4f%n", f.applyAsDouble(theta));
        Arrays.fill(theta, 1);
        ldsd(f, theta, 1000, 5, 1, 1e-3, 4e-3, 1, 1);
        System.out.printf("LDSD, 6000 forwards  loss %.4f%n", f.applyAsDouble(theta));
    }
}
