package org.zolab.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.zolab.model.opt.OptConfig;
import org.zolab.model.opt.OptFamily;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterVector;
import org.zolab.space.Point;
import org.zolab.tensor.LinearKernel;

/** Derivatives of ½Σy²/S on random weights, of shapes with all stages. */
class BackwardTest {

    private static final OptConfig CONFIG = new OptConfig(9000, 60, 32, 4, 2, 96, 24, false, false);

    private static final OptConfig PRE_NORM = new OptConfig(300, 60, 32, 4, 2, 96, 32, true, true);

    static final ScoredLoss SQUARES = new ScoredLoss() {
        @Override
        public double value(float[] y) {
            double sum = 0;
            for (float x : y) {
                sum += (double) x * x / 2 / y.length;
            }
            return sum;
        }

        @Override
        public float[] gradient(float[] y) {
            return gradientAlong(y, y);
        }

        @Override
        public float[] gradientAlong(float[] y, float[] change) {
            float[] scaled = new float[y.length];
            for (int i = 0; i < y.length; i++) {
                scaled[i] = change[i] / y.length;
            }
            return scaled;
        }
    };

    private LanguageModel model;
    private PreparedBatch batch;

    private static Direction noise(int draw) {
        return Direction.noise(new NoiseKey(4, 2, draw), Law.GAUSSIAN);
    }

    @BeforeEach
    void open() {
        open(CONFIG);
    }

    private void open(OptConfig config) {
        model = LanguageModel.withoutText("random", new OptFamily(config), new Compute(LinearKernel.ONEDNN, 2));
        model.parameters().move(noise(77), 0.1);
        Random random = new Random(8);
        List<int[]> rows = new ArrayList<>();
        List<TokenBatch.Scored> scored = new ArrayList<>();
        for (int row = 0; row < 7; row++) {
            int length = 3 + random.nextInt(30);
            rows.add(random.ints(length, 0, config.vocabulary()).toArray());
            for (int i = 0; i < 3; i++) {
                scored.add(new TokenBatch.Scored(row, random.nextInt(length), random.nextInt(config.vocabulary())));
            }
        }
        batch = model.prepare(new TokenBatch(rows, scored));
    }

    @AfterEach
    void close() {
        batch.close();
        model.close();
    }

    /** Along any direction, and at a displaced point, the slope of a central difference, whose kinks make it differ by a few hundredths. */
    @Test
    void aGradientTellsSlopes() {
        for (OptConfig config : List.of(CONFIG, PRE_NORM)) {
            close();
            open(config);
            ParameterVector theta = model.parameters();
            ParameterVector gradient = theta.zeros();
            Point point = theta.along(noise(9), 0.01);
            double f = model.gradient(point, batch, SQUARES, gradient);
            assertThat(f).isCloseTo(SQUARES.value(model.scores(List.of(point), batch)[0]), within(1e-5 * f));
            double norm = Fold.norm(theta, Direction.of(gradient));
            for (int i = 0; i < 5; i++) {
                Direction ahead = noise(9).times(0.01).plus(noise(i).times(1e-3));
                Direction behind = noise(9).times(0.01).plus(noise(i).times(-1e-3));
                float[][] y = model.scores(List.of(theta.along(ahead, 1), theta.along(behind, 1)), batch);
                double difference = (SQUARES.value(y[0]) - SQUARES.value(y[1])) / 2e-3;
                assertThat(Fold.product(theta, Direction.of(gradient), noise(i)))
                        .isCloseTo(difference, within(0.1 * norm));
            }
        }
    }

    @Test
    void aSlopeIsTheGradientsProduct() {
        ParameterVector theta = model.parameters();
        ParameterVector gradient = theta.zeros();
        double f = model.gradient(theta.here(), batch, SQUARES, gradient);
        assertThat(model.slope(theta.here(), batch, SQUARES, noise(1)))
                .containsExactly(f, Fold.product(theta, Direction.of(gradient), noise(1)));
    }

    /** ⟨u, Hv⟩ = ⟨v, Hu⟩ and H(u + v) = Hu + Hv. */
    @Test
    void theHessianIsSymmetricAndLinear() {
        ParameterVector theta = model.parameters();
        ParameterVector hu = theta.zeros();
        ParameterVector hv = theta.zeros();
        ParameterVector both = theta.zeros();
        model.hessianProduct(theta.here(), batch, SQUARES, noise(1), hu);
        model.hessianProduct(theta.here(), batch, SQUARES, noise(2), hv);
        model.hessianProduct(theta.here(), batch, SQUARES, noise(1).plus(noise(2)), both);
        double norm = Fold.norm(theta, Direction.of(hu));
        assertThat(Fold.product(theta, noise(2), Direction.of(hu)))
                .isCloseTo(Fold.product(theta, noise(1), Direction.of(hv)), within(1e-4 * norm));
        Direction rest = Direction.of(both).minus(Direction.of(hu)).minus(Direction.of(hv));
        assertThat(Fold.norm(theta, rest)).isLessThan(1e-4 * norm);
    }

    /** Behind the last kink the loss is smooth, and the product is how the gradient changes. */
    @Test
    void theHessianIsTheChangeOfTheGradient() {
        ParameterVector theta = model.parameters();
        ParameterVector v = theta.zeros();
        v.set((tensor, values) -> {
            if (tensor.name().endsWith("layers.1.fc2.bias")) {
                for (int i = 0; i < tensor.size(); i++) {
                    values.put(i, (float) Math.cos(i));
                }
            }
        });
        ParameterVector product = theta.zeros();
        ParameterVector ahead = theta.zeros();
        ParameterVector behind = theta.zeros();
        model.hessianProduct(theta.here(), batch, SQUARES, Direction.of(v), product);
        model.gradient(theta.along(Direction.of(v), 1e-3), batch, SQUARES, ahead);
        model.gradient(theta.along(Direction.of(v), -1e-3), batch, SQUARES, behind);
        Direction change = Direction.of(ahead).minus(Direction.of(behind)).times(1 / 2e-3);
        double norm = Fold.norm(theta, change);
        assertThat(norm).isGreaterThan(0.1);
        assertThat(Fold.norm(theta, change.minus(Direction.of(product)))).isLessThan(2e-3 * norm);
    }

    @Test
    void repeatsItsBitsAndLeavesTheParametersAndForwardsAsTheyWere() {
        ParameterVector theta = model.parameters();
        long before = theta.fingerprint();
        long version = theta.version();
        float[] scores = model.scores(List.of(theta.here()), batch)[0];
        ParameterVector gradient = theta.zeros();
        model.gradient(theta.here(), batch, SQUARES, gradient);
        long first = gradient.fingerprint();
        model.hessianProduct(theta.here(), batch, SQUARES, noise(1), gradient);
        model.gradient(theta.here(), batch, SQUARES, gradient);
        assertThat(gradient.fingerprint()).isEqualTo(first);
        assertThat(theta.fingerprint()).isEqualTo(before);
        assertThat(theta.version()).isEqualTo(version);
        assertThat(model.scores(List.of(theta.here()), batch)[0]).containsExactly(scores);
    }

    @Test
    void whateverThrowsNothingIsLeftBehind() {
        ParameterVector theta = model.parameters();
        ParameterVector gradient = theta.zeros();
        long before = theta.fingerprint();
        AtomicInteger asked = new AtomicInteger();
        model.cancelWhen(() -> asked.incrementAndGet() > 3);
        assertThatThrownBy(() -> model.gradient(theta.here(), batch, SQUARES, gradient))
                .isInstanceOf(CancellationException.class);
        model.cancelWhen(() -> false);
        Direction stale = Direction.of(gradient);
        assertThatThrownBy(() -> model.hessianProduct(theta.here(), batch, SQUARES, stale, gradient))
                .hasMessageContaining("write it again");
        assertThatThrownBy(() -> model.gradient(theta.here(), batch, SQUARES, theta))
                .hasMessageContaining("not another one of the parameters' space");
        assertThat(theta.fingerprint()).isEqualTo(before);
        AtomicInteger on = new AtomicInteger();
        theta.storage().team().run(16, i -> on.addAndGet(JniUtils.isGradMode() ? 1 : 0));
        assertThat(on).hasValue(0);
        assertThat(model.gradient(theta.here(), batch, SQUARES, gradient)).isFinite();
    }
}
