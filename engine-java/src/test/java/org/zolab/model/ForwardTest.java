package org.zolab.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
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
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterVector;
import org.zolab.space.Point;
import org.zolab.space.Precision;
import org.zolab.tensor.Device;
import org.zolab.tensor.LinearKernel;

/** The forward at displaced points, on random weights of a shape whose head takes more than one stage. */
class ForwardTest {

    private static final OptConfig CONFIG = new OptConfig(9000, 60, 32, 4, 2, 96, 32, true, true);

    private LanguageModel model;
    private TokenBatch batch;

    private static LanguageModel model(OptConfig config, LinearKernel kernel, int threads) {
        LanguageModel model = LanguageModel.withoutText("random", new OptFamily(config), new Compute(kernel, threads));
        model.parameters().move(noise(77), 0.1);
        return model;
    }

    private static Direction noise(int draw) {
        return Direction.noise(new NoiseKey(4, 2, draw), Law.GAUSSIAN);
    }

    @BeforeEach
    void open() {
        model = model(CONFIG, LinearKernel.ATEN, 2);
        Random random = new Random(8);
        List<int[]> rows = new ArrayList<>();
        List<TokenBatch.Scored> scored = new ArrayList<>();
        for (int row = 0; row < 7; row++) {
            int length = 3 + random.nextInt(30);
            rows.add(random.ints(length, 0, CONFIG.vocabulary()).toArray());
            for (int i = 0; i < 3; i++) {
                scored.add(new TokenBatch.Scored(row, random.nextInt(length), random.nextInt(CONFIG.vocabulary())));
            }
        }
        batch = new TokenBatch(rows, scored);
    }

    @AfterEach
    void close() {
        model.close();
    }

    private float[][] scores(LanguageModel model, List<Point> points) {
        try (PreparedBatch prepared = model.prepare(batch)) {
            return model.scores(points, prepared);
        }
    }

    /** θ + εz evaluated from the formula equals θ moved there, bit for bit, and θ keeps its bits. */
    @Test
    void aDisplacedPointIsTheMovedParameters() {
        ParameterVector theta = model.parameters();
        long before = theta.fingerprint();
        float[] displaced = scores(model, List.of(theta.along(noise(1), 1e-2)))[0];
        assertThat(theta.fingerprint()).isEqualTo(before);
        theta.move(noise(1), 1e-2);
        assertThat(scores(model, List.of(theta.here()))[0]).containsExactly(displaced);
    }

    /** Asked one by one or together, in any company, a point has the same loss. */
    @Test
    void companyChangesNothing() {
        ParameterVector theta = model.parameters();
        List<Point> points = new ArrayList<>();
        for (int i = 0; i < 11; i++) {
            points.add(i % 4 == 3 ? theta.here() : theta.along(noise(i / 2).plus(noise(i)), i % 2 == 0 ? 1e-2 : -1e-2));
        }
        float[][] together = scores(model, points);
        for (int i = 0; i < points.size(); i++) {
            assertThat(scores(model, List.of(points.get(i)))[0]).containsExactly(together[i]);
        }
    }

    /** Rows of other lengths beside it change a row's numbers by rounding at most, whatever the threads. */
    @Test
    void paddingIsNotSeen() {
        float[] whole = scores(model, List.of(model.parameters().here()))[0];
        for (int threads : new int[] {1, 3, 7}) {
            try (LanguageModel other = model(CONFIG, LinearKernel.ONEDNN, threads)) {
                float[] again = scores(other, List.of(other.parameters().here()))[0];
                for (int i = 0; i < whole.length; i++) {
                    assertThat(again[i]).isCloseTo(whole[i], within(2e-5f));
                }
            }
        }
        for (int i = 0; i < batch.scored().size(); i++) {
            TokenBatch.Scored scored = batch.scored().get(i);
            TokenBatch alone = new TokenBatch(
                    List.of(batch.rows().get(scored.row())),
                    List.of(new TokenBatch.Scored(0, scored.position(), scored.token())));
            try (PreparedBatch prepared = model.prepare(alone)) {
                float[] score = model.scores(List.of(model.parameters().here()), prepared)[0];
                assertThat(score[0]).isCloseTo(whole[i], within(2e-5f));
            }
        }
    }

    /** The same scores from every logit of the trace, in double precision. */
    @Test
    void scoresAreLogSoftmaxOfTheLogits() {
        Point point = model.parameters().along(noise(3), 1e-2);
        float[] scores = scores(model, List.of(point))[0];
        Representations.Trace trace = model.representations().trace(point, batch.rows());
        int v = CONFIG.vocabulary();
        for (int i = 0; i < scores.length; i++) {
            TokenBatch.Scored scored = batch.scored().get(i);
            float[] logits = Arrays.copyOfRange(
                    trace.logits()[scored.row()], scored.position() * v, (scored.position() + 1) * v);
            double sum = 0;
            for (float logit : logits) {
                sum += Math.exp(logit);
            }
            assertThat((double) scores[i]).isCloseTo(logits[scored.token()] - Math.log(sum), within(1e-4));
        }
    }

    @Test
    void aCancelledEvaluationLeavesThetaAsItWas() {
        ParameterVector theta = model.parameters();
        long before = theta.fingerprint();
        AtomicInteger asked = new AtomicInteger();
        model.cancelWhen(() -> asked.incrementAndGet() > 2);
        assertThatThrownBy(() -> scores(model, List.of(theta.along(noise(1), 1), theta.along(noise(1), -1))))
                .isInstanceOf(CancellationException.class);
        assertThat(theta.fingerprint()).isEqualTo(before);
        model.cancelWhen(() -> false);
        assertThat(scores(model, List.of(theta.here()))[0]).doesNotContain(Float.NaN);
    }

    @Test
    void aFailingFormulaLeavesThetaAsItWas() {
        ParameterVector theta = model.parameters();
        ParameterVector kept = theta.zeros();
        Direction stale = Direction.of(kept);
        kept.move(noise(1), 1);
        long before = theta.fingerprint();
        assertThatThrownBy(() -> scores(model, List.of(theta.along(stale, 1)))).hasMessageContaining("write it again");
        assertThat(theta.fingerprint()).isEqualTo(before);
    }

    @Test
    void tokensThatTheModelDoesNotHaveAreRefused() {
        TokenBatch wrong = new TokenBatch(List.of(new int[] {2, 9000}), List.of());
        assertThatThrownBy(() -> model.prepare(wrong))
                .hasMessageContaining("a token is not in 0 to 8999: 9000")
                .hasMessageContaining("do not belong together");
        TokenBatch longRow = new TokenBatch(List.of(new int[61]), List.of());
        assertThatThrownBy(() -> model.prepare(longRow)).hasMessageContaining("longer than the 60 tokens");
        assertThatThrownBy(() -> new TokenBatch(List.of(), List.of())).hasMessageContaining("rows is empty");
    }

    @Test
    void computeIsReadBack() {
        Compute compute = new Compute(LinearKernel.ONEDNN, 3);
        assertThat(compute).hasToString("onednn/3");
        assertThat(Compute.parse(compute.toString())).isEqualTo(compute);
        Compute half = new Compute(LinearKernel.ATEN, 2, Precision.BF16, Precision.FP32);
        assertThat(half).hasToString("aten/2/bf16/fp32");
        assertThat(Compute.parse(half.toString())).isEqualTo(half);
        Compute there = new Compute(LinearKernel.ATEN, 1, Precision.BF16, Precision.FP32, Device.gpu(1));
        assertThat(there).hasToString("aten/1/bf16/fp32@gpu:1");
        assertThat(Compute.parse(there.toString())).isEqualTo(there);
        assertThat(Compute.parse("aten/1@gpu:0").device()).isEqualTo(Device.gpu(0));
        assertThatThrownBy(() -> Compute.parse("onednn/1@gpu:0"))
                .hasMessageContaining("a GPU takes aten and one thread");
        assertThatThrownBy(() -> Compute.parse("aten/2/fp16/fp32"))
                .hasMessageContaining("compute is not KERNEL/THREADS or KERNEL/THREADS/PRECISION/THETA");
        assertThatThrownBy(() -> Compute.parse("mkl/2")).hasMessageContaining("not aten or onednn: mkl");
        assertThatThrownBy(() -> new Compute(LinearKernel.ATEN, 0))
                .hasMessageContaining("threads is not in 1 to 1024: 0");
    }
}
