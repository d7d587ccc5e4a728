package org.zolab.train;

import de.bwaldvogel.liblinear.Feature;
import de.bwaldvogel.liblinear.FeatureNode;
import de.bwaldvogel.liblinear.Linear;
import de.bwaldvogel.liblinear.Model;
import de.bwaldvogel.liblinear.Parameter;
import de.bwaldvogel.liblinear.Problem;
import de.bwaldvogel.liblinear.SolverType;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Logistic regression on a frozen model's hidden states: how much can be read off them without tuning. One class against the others, with a
 * bias, by LIBLINEAR.
 *
 * <pre>
 *   min ½‖w‖² + C Σ log(1 + exp(−yᵢ wᵀxᵢ)),   C of 10⁻⁴ to 10⁴ with the best accuracy on dev
 * </pre>
 *
 * <p>Reference: Fan et al., LIBLINEAR, JMLR 9 (2008); linear probing in MeZO, arXiv 2305.17333, whose C is found by cross-validation.
 */
final class LinearProbe {

    private static final double TOLERANCE = 1e-3;
    private static final int LEAST = -4;
    private static final int MOST = 4;

    private final Model model;

    private LinearProbe(Model model) {
        this.model = model;
    }

    /** Fits a probe for each C and returns the best on dev, of equal ones that with the strongest regularisation. */
    static LinearProbe fit(Feature[][] train, int[] labels, Feature[][] dev, int[] devLabels) {
        Linear.setDebugOutput(null);
        Problem problem = new Problem();
        problem.l = train.length;
        problem.n = train[0].length;
        problem.bias = 1;
        problem.x = train;
        problem.y = Arrays.stream(labels).asDoubleStream().toArray();
        LinearProbe best = null;
        double accuracy = -1;
        for (int power = LEAST; power <= MOST; power++) {
            LinearProbe probe = new LinearProbe(
                    Linear.train(problem, new Parameter(SolverType.L2R_LR, Math.pow(10, power), TOLERANCE)));
            double there = probe.accuracy(dev, devLabels);
            if (there > accuracy) {
                best = probe;
                accuracy = there;
            }
        }
        return java.util.Objects.requireNonNull(best);
    }

    /** The share of right classes. */
    double accuracy(Feature[][] features, int[] labels) {
        return IntStream.range(0, labels.length)
                        .filter(i -> Linear.predict(model, features[i]) == labels[i])
                        .count()
                / (double) labels.length;
    }

    /** Features of hidden states [examples][width]. Memory: 24 bytes for each number. */
    static Feature[][] features(float[][] states) {
        return Arrays.stream(states).map(LinearProbe::row).toArray(Feature[][]::new);
    }

    /** One feature for each number, counted from 1, and the bias at the end. */
    private static Feature[] row(float[] features) {
        Feature[] row = new Feature[features.length + 1];
        for (int i = 0; i < features.length; i++) {
            row[i] = new FeatureNode(i + 1, features[i]);
        }
        row[features.length] = new FeatureNode(features.length + 1, 1);
        return row;
    }
}
