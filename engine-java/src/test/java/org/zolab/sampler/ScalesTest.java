package org.zolab.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The closed forms against finite differences of the meta-loss, on a smooth function of five tensors. */
class ScalesTest {

    private static final int TENSORS = 5;
    private static final int SIZE = 7;
    private static final double ETA = 0.05;
    private static final double EPSILON = 1e-2;
    private static final Random RANDOM = new Random(4);
    private static final double[] THETA = gaussian(TENSORS * SIZE);
    private static final double[] U = gaussian(TENSORS * SIZE);
    private static final double[] ENERGY = {1, 0.2, 3, 0.7, 0.1};
    private static final double[] SIGMA = {0.3, 1.1, 0.05, 0.4, 2};

    private static double[] gaussian(int n) {
        return RANDOM.doubles(n).map(x -> 2 * x - 1).toArray();
    }

    private static double f(double[] x) {
        double sum = 0;
        double all = 0;
        for (int i = 0; i < x.length; i++) {
            sum += Math.sin(x[i] * (1 + i % 3) + i);
            all += x[i] * (i % 4);
        }
        return sum + 0.05 * all * all;
    }

    private static double[] gradient(double[] x) {
        double all = 0;
        for (int i = 0; i < x.length; i++) {
            all += x[i] * (i % 4);
        }
        double[] g = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            g[i] = (1 + i % 3) * Math.cos(x[i] * (1 + i % 3) + i) + 0.1 * all * (i % 4);
        }
        return g;
    }

    /** θ + distance · scale ⊙ u. */
    private static double[] along(double[] scale, double distance) {
        double[] x = THETA.clone();
        for (int i = 0; i < x.length; i++) {
            x[i] += distance * scale[i / SIZE] * U[i];
        }
        return x;
    }

    private static double[] scaled(double[] sigma, double c) {
        double[] scale = sigma.clone();
        for (int i = 0; i < scale.length; i++) {
            scale[i] *= c;
        }
        return scale;
    }

    private static double slope(double[] scale) {
        return (f(along(scale, EPSILON)) - f(along(scale, -EPSILON))) / (2 * EPSILON);
    }

    /** The meta-loss as a function of σ, with what the form keeps fixed. */
    private static double loss(Scales.Form form, double[] sigma) {
        double fixedC = new Scales(SIGMA, ENERGY).normaliser();
        double fixedSlope = slope(scaled(SIGMA, fixedC));
        double c = form == Scales.Form.DETACHED ? fixedC : new Scales(sigma, ENERGY).normaliser();
        double s = form == Scales.Form.WHOLE ? slope(scaled(sigma, c)) : fixedSlope;
        return f(along(scaled(sigma, c), -ETA * s));
    }

    private static double[] dots(double[] g) {
        double[] dots = new double[TENSORS];
        for (int i = 0; i < g.length; i++) {
            dots[i / SIZE] += g[i] * U[i];
        }
        return dots;
    }

    @ParameterizedTest
    @EnumSource
    void theGradientIsThatOfFiniteDifferences(Scales.Form form) {
        Scales scales = new Scales(SIGMA, ENERGY);
        double[] scale = scaled(SIGMA, scales.normaliser());
        double s = slope(scale);
        double[] ahead = dots(gradient(along(scale, -ETA * s)));
        double[] plus = dots(gradient(along(scale, EPSILON)));
        double[] minus = dots(gradient(along(scale, -EPSILON)));
        double[] between = new double[TENSORS];
        for (int i = 0; i < TENSORS; i++) {
            between[i] = (plus[i] + minus[i]) / 2;
        }
        double[] gradient = scales.gradient(form, ETA, s, ahead, between);
        for (int i = 0; i < TENSORS; i++) {
            double h = 1e-5 * SIGMA[i];
            double[] up = SIGMA.clone();
            double[] down = SIGMA.clone();
            up[i] += h;
            down[i] -= h;
            double difference = (loss(form, up) - loss(form, down)) / (2 * h);
            assertThat(gradient[i]).isCloseTo(difference, within(1e-7 * Math.max(1, Math.abs(difference))));
        }
    }

    @Test
    void theNormaliserKeepsTheEnergy() {
        double c = new Scales(SIGMA, ENERGY).normaliser();
        double before = 0;
        double after = 0;
        for (int i = 0; i < TENSORS; i++) {
            before += ENERGY[i];
            after += ENERGY[i] * c * c * SIGMA[i] * SIGMA[i];
        }
        assertThat(after).isCloseTo(before, within(1e-14));
        assertThat(new Scales(new double[] {1, 1, 1, 1, 1}, ENERGY).normaliser())
                .isEqualTo(1);
    }

    @Test
    void scalesThatLeadNowhereAreRefused() {
        for (double sigma : new double[] {0, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> new Scales(new double[] {sigma, sigma}, new double[] {1, 1}).normaliser())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("energy of the scales is not strictly positive and finite");
        }
        assertThatThrownBy(() -> new Scales(new double[2], new double[3]))
                .hasMessageContaining("numbers as sigma, 2: 3");
    }
}
