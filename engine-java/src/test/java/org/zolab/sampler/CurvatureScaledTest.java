package org.zolab.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.zolab.estimator.ThreePoint;
import org.zolab.probe.LossOracle;
import org.zolab.probe.Probe;
import org.zolab.probe.Sides;
import org.zolab.space.Direction;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterVector;

class CurvatureScaledTest extends DirectionSamplerContract {

    private static final NoiseKey KEY = new NoiseKey(3, 5, 0);

    @Override
    SamplerConfig config() {
        return new CurvatureScaled.Config(0.2, DirectionLaw.GAUSSIAN);
    }

    /** What lies ahead of z, at θ and behind z. */
    private static List<Probe> probes(Direction z, double ahead, double here, double behind) {
        List<Probe> probes = new java.util.ArrayList<>(new Sides(z, 0.5, ahead, behind).probes());
        probes.add(new Probe(Direction.ZERO, 0, here));
        return probes;
    }

    /** A flat loss is a curvature of 0, which is learned; at a curvature of 2 along signs nothing is left to learn. */
    @Override
    @Test
    void equalLossesTeachNothing() {
        DirectionSampler sampler = new CurvatureScaled.Config(0.2, DirectionLaw.RADEMACHER).create(theta);
        Direction z = sampler.propose(1, theta, KEY).get(0);
        sampler.observe(probes(z, 1.5, 1, 1)); // ½·(1.5 − 2 + 1)/¼ = 1
        assertThat(scale(sampler)).containsOnly(1);
    }

    @Override
    @Test
    void whatIsCreatedSharesNoState() {
        DirectionSampler one = config().create(theta);
        DirectionSampler two = config().create(theta);
        one.observe(probes(one.propose(1, theta, KEY).get(0), 2, 1, 3));
        assertThat(scale(one)).doesNotContain(1);
        assertThat(scale(two)).containsOnly(1);
    }

    private static float[] scale(DirectionSampler sampler) {
        return sampler.kept().get("scale").here().coordinates();
    }

    /** Σ⁻¹ ← (1 − α)Σ⁻¹ + αc·Σ⁻¹u², for one direction after the other, and z = Σ^½u. */
    @Test
    void isTheFormula() {
        DirectionSampler sampler = config().create(theta);
        double[] inverse = new double[2050];
        java.util.Arrays.fill(inverse, 1);
        for (int t = 0; t < 3; t++) {
            NoiseKey key = new NoiseKey(3, t, 0);
            List<Direction> zs = sampler.propose(2, theta, key);
            float[][] us = new float[2][];
            for (int k = 0; k < 2; k++) {
                us[k] = theta.along(Direction.noise(key.draw(k), Law.GAUSSIAN), 1)
                        .coordinates();
                float[] z = theta.along(zs.get(k), 1).coordinates();
                for (int i = 0; i < z.length; i++) {
                    assertThat((double) z[i]).isCloseTo(us[k][i] / Math.sqrt(inverse[i]), within(1e-5));
                }
            }
            List<Probe> probes = new java.util.ArrayList<>(new Sides(zs.get(0), 0.5, 2, 3).probes());
            probes.addAll(new Sides(zs.get(1), 0.5, 0, 1).probes());
            probes.add(new Probe(Direction.ZERO, 0, 1));
            sampler.observe(probes);
            for (int k = 0; k < 2; k++) {
                double c = new double[] {3 / 0.25 / 2, 1 / 0.25 / 2}[k];
                for (int i = 0; i < inverse.length; i++) {
                    inverse[i] = 0.8 * inverse[i] + 0.2 * c * inverse[i] * us[k][i] * us[k][i];
                }
            }
        }
        float[] s = scale(sampler);
        for (int i = 0; i < s.length; i++) {
            assertThat(s[i] * Math.sqrt(inverse[i])).isCloseTo(1, within(1e-5));
        }
    }

    /**
     * On ½Σhᵢxᵢ² it rests where σᵢ²hᵢ = 2/(d + 2), on average of log σ² and up to a share of α·½E(cu² − 1)², 4 % here. Errors of ten means of
     * 4,000 steps, five of them.
     */
    @Test
    void restsAtTheInverseHessian() {
        int d = 6;
        double alpha = 2e-3;
        double[] h = {1, 2, 4, 8, 16, 32};
        ParameterVector x = ParameterVector.of(new float[d]);
        LossOracle f = points -> points.stream()
                .mapToDouble(point -> {
                    float[] at = point.coordinates();
                    double sum = 0;
                    for (int i = 0; i < d; i++) {
                        sum += h[i] * at[i] * at[i] / 2;
                    }
                    return sum;
                })
                .toArray();
        DirectionSampler sampler = new CurvatureScaled.Config(alpha, DirectionLaw.GAUSSIAN).create(x);
        double[][] logs = new double[d][10];
        for (int t = 0; t < 50_000; t++) {
            List<Direction> zs = sampler.propose(1, x, new NoiseKey(6, t, 0));
            sampler.observe(new ThreePoint(1, 0, 0.1).estimate(f, x, zs).probes());
            if (t >= 10_000) {
                float[] s = scale(sampler);
                for (int i = 0; i < d; i++) {
                    logs[i][(t - 10_000) / 4000] += Math.log(s[i] * s[i] * h[i]) / 4000;
                }
            }
        }
        for (int i = 0; i < d; i++) {
            double mean = java.util.Arrays.stream(logs[i]).average().orElseThrow();
            double error = Math.sqrt(java.util.Arrays.stream(logs[i])
                            .map(log -> (log - mean) * (log - mean))
                            .sum()
                    / 90);
            assertThat(mean).isCloseTo(Math.log(2.0 / (d + 2)), within(5 * error + 0.04));
        }
    }

    /** Where the noise does not lead, nothing is learned. */
    @Test
    void keepsToTheNoisesTensors() {
        DirectionSampler sampler =
                new CurvatureScaled.Config(0.2, new SomeTensors(0.5, DirectionLaw.RADEMACHER)).create(theta);
        Direction z = sampler.propose(1, theta, KEY).get(0);
        sampler.observe(probes(z, 3, 1, 3));
        float[] s = scale(sampler);
        boolean first = z.touches(0);
        assertThat(z.touches(1)).isEqualTo(!first);
        assertThat(s[0] == 1).isEqualTo(!first);
        assertThat(s[2000] == 1).isEqualTo(first);
    }

    @Test
    void misuseIsTold() {
        assertThatThrownBy(() -> new CurvatureScaled.Config(1, DirectionLaw.GAUSSIAN))
                .hasMessage("smoothing of the curvature is not in [0, 1): 1.0");
        DirectionSampler sampler = config().create(theta);
        Direction z = sampler.propose(1, theta, KEY).get(0);
        assertThatThrownBy(() -> sampler.observe(new Sides(z, 0.5, 1, 2).probes()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("probes have no loss at θ");
    }
}
