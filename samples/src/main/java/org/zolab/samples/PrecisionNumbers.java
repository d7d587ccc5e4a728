package org.zolab.samples;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.zolab.model.Compute;
import org.zolab.model.Scope;
import org.zolab.model.Subset;
import org.zolab.model.adapter.Lora;
import org.zolab.model.families.Models;
import org.zolab.objective.BatchLoss;
import org.zolab.space.Direction;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.Point;
import org.zolab.space.Precision;
import org.zolab.train.Home;
import org.zolab.train.LanguageSubject;
import org.zolab.train.Method;
import org.zolab.train.Plan;
import org.zolab.train.Subject;

/**
 * What bf16 does to slopes, on the embedded model's weights and task: the figures behind {@code plan { }}'s note.
 *
 * <pre>
 *   slope(ε) = (f(θ + εz) − f(θ − εz)) / 2ε
 *   error    = rms over 64 z of slope − slope in single precision at the same ε, over the rms of the latter
 * </pre>
 *
 * <p>Run: {@code mvn -q -pl samples -am -P sample -Dsample=PrecisionNumbers -DskipTests verify}; a minute on two cores.
 */
public final class PrecisionNumbers {

    private static final double[] EPSILONS = {1e-4, 3e-4, 1e-3, 3e-3, 1e-2};
    private static final int DIRECTIONS = 64;

    private PrecisionNumbers() {}

    /** Prints a line for each way and distance. */
    public static void main(String... arguments) {
        for (Scope scope : List.of(new Subset.Full(), Lora.of(8, 16, List.of()), new Subset.BitFit())) {
            double[][] single = slopes(scope, Precision.FP32, Precision.FP32);
            report(scope, Precision.BF16, Precision.FP32, single);
            report(scope, Precision.FP32, Precision.BF16, single);
            report(scope, Precision.BF16, Precision.BF16, single);
        }
    }

    private static void report(Scope scope, Precision precision, Precision theta, double[][] single) {
        double[][] slopes = slopes(scope, precision, theta);
        for (int e = 0; e < EPSILONS.length; e++) {
            double error = 0;
            double square = 0;
            for (int i = 0; i < DIRECTIONS; i++) {
                error += Math.pow(slopes[e][i] - single[e][i], 2);
                square += Math.pow(single[e][i], 2);
            }
            System.out.printf(
                    Locale.ROOT,
                    "tune = %s, precision = %s, theta = %s, epsilon %.0e: rms slope %.3f, error %.1f %%%n",
                    scope,
                    precision.id(),
                    theta.id(),
                    EPSILONS[e],
                    Math.sqrt(square / DIRECTIONS),
                    100 * Math.sqrt(error / square));
        }
    }

    /** Of the same directions on the same batch, [epsilons][directions]. */
    private static double[][] slopes(Scope scope, Precision precision, Precision theta) {
        Compute compute = Compute.ofMachine(Home.cache(), precision, theta);
        LanguageSubject subject = (LanguageSubject) Plan.builder()
                .model(Models.opt("nano"))
                .method(Method.mezo())
                .tune(scope)
                .compute(compute)
                .build()
                .subject();
        double[][] slopes = new double[EPSILONS.length][DIRECTIONS];
        try (Subject.Opened opened = subject.open(1);
                BatchLoss f = opened.batch(0)) {
            for (int e = 0; e < EPSILONS.length; e++) {
                for (int i = 0; i < DIRECTIONS; i++) {
                    Direction z = Direction.noise(new NoiseKey(1, i, 0), Law.GAUSSIAN);
                    List<Point> points = new ArrayList<>();
                    points.add(opened.theta().along(z, EPSILONS[e]));
                    points.add(opened.theta().along(z, -EPSILONS[e]));
                    double[] losses = f.at(points);
                    slopes[e][i] = (losses[0] - losses[1]) / (2 * EPSILONS[e]);
                }
            }
        }
        return slopes;
    }
}
