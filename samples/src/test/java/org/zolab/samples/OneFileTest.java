package org.zolab.samples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.zolab.estimator.BestOf;
import org.zolab.estimator.CentralDifference;
import org.zolab.probe.LossOracle;
import org.zolab.sampler.DirectionLaw;
import org.zolab.sampler.Isotropic;
import org.zolab.sampler.LearnedMean;
import org.zolab.space.ParameterVector;
import org.zolab.train.ZerothOrder;
import org.zolab.update.Sgd;

/** The engine against the algorithm in one file: the same noise to rounding, the same steps. */
class OneFileTest {

    private static final int D = 300;
    private static final int STEPS = 60;

    private static final ToDoubleFunction<float[]> LOSS = x -> {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += (1 + i % 7) * (x[i] - 0.5) * (x[i] - 0.5) + 0.1 * Math.sin(3 * x[i]);
        }
        return sum;
    };

    private static final LossOracle ORACLE = points -> points.stream()
            .mapToDouble(point -> LOSS.applyAsDouble(point.coordinates()))
            .toArray();

    private static void assertClose(float[] actual, float[] expected, double tolerance) {
        double moved = 0;
        double apart = 0;
        for (int i = 0; i < expected.length; i++) {
            moved += (double) expected[i] * expected[i];
            apart += ((double) actual[i] - expected[i]) * ((double) actual[i] - expected[i]);
        }
        assertThat(Math.sqrt(moved)).isGreaterThan(0.1);
        assertThat(Math.sqrt(apart / moved)).isCloseTo(0, within(tolerance));
    }

    @Test
    void mezoIsMezo() {
        float[] expected = new float[D];
        OneFile.mezo(LOSS, expected, STEPS, 1e-2, 1e-3, 11);
        ParameterVector theta = ParameterVector.of(new float[D]);
        ZerothOrder method = new ZerothOrder(
                new Isotropic.Config(DirectionLaw.GAUSSIAN).create(theta),
                new CentralDifference(1e-2),
                new Sgd().create(theta),
                t -> 1e-3,
                11);
        for (int t = 0; t < STEPS; t++) {
            method.step(t, ORACLE, theta);
        }
        assertClose(theta.here().coordinates(), expected, 1e-4);
    }

    @Test
    void ldsdIsLdsd() {
        float[] expected = new float[D];
        float[] mu = OneFile.ldsd(LOSS, expected, STEPS, 4, 0.7, 1e-2, 1e-3, 5e-2, 11);
        ParameterVector theta = ParameterVector.of(new float[D]);
        LearnedMean sampler = (LearnedMean)
                new LearnedMean.Config(5e-2, 0.7, LearnedMean.Form.PAPER, DirectionLaw.GAUSSIAN).create(theta);
        ZerothOrder method = new ZerothOrder(sampler, new BestOf(4, 1e-2), new Sgd().create(theta), t -> 1e-3, 11);
        for (int t = 0; t < STEPS; t++) {
            method.step(t, ORACLE, theta);
        }
        assertClose(theta.here().coordinates(), expected, 1e-4);
        assertClose(sampler.mean().here().coordinates(), mu, 1e-4);
    }

    @Test
    void runs() {
        PrintStream before = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            OneFile.main(new String[0]);
        } finally {
            System.setOut(before);
        }
        double[] losses = bytes.toString(StandardCharsets.UTF_8)
                .lines()
                .mapToDouble(line ->
                        Double.parseDouble(line.replaceAll(".*loss ", "").replace(',', '.')))
                .toArray();
        assertThat(losses).hasSize(3);
        assertThat(losses[1]).isLessThan(losses[0] / 3);
        assertThat(losses[2]).isLessThan(losses[0] / 3);
    }
}
