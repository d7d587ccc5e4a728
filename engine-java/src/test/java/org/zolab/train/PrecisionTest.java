package org.zolab.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.ledger.RecordedLosses;
import org.zolab.ledger.StepLedger;
import org.zolab.ledger.StepRecord;
import org.zolab.model.Compute;
import org.zolab.model.LanguageModel;
import org.zolab.model.StoredModel;
import org.zolab.model.adapter.Lora;
import org.zolab.model.families.Models;
import org.zolab.model.weights.Dtype;
import org.zolab.model.weights.Safetensors;
import org.zolab.model.weights.Weights;
import org.zolab.objective.Toys;
import org.zolab.space.Direction;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Precision;
import org.zolab.tensor.LinearKernel;

/** Runs whose products are in bf16, or whose θ is kept in it. */
class PrecisionTest {

    private static final String MATRIX = "model.decoder.layers.1.fc1.weight";
    private static final String VECTOR = "model.decoder.layers.1.fc1.bias";

    @TempDir
    Path folder;

    private static Compute compute(Precision precision, Precision theta) {
        return new Compute(LinearKernel.ATEN, 2, precision, theta);
    }

    private Plan.Builder plan(String run, Compute compute) {
        return Plan.builder()
                .model(Models.opt("nano"))
                .method(Method.mezo())
                .learningRate(1e-3)
                .steps(6)
                .batch(4)
                .evaluateEvery(3)
                .devExamples(8)
                .testExamples(8)
                .compute(compute)
                .folder(folder.resolve(run));
    }

    /** In bf16 to the nearest, whatever the seed and the moves before; a move's rounding is another thing. */
    @Test
    void aCheckpointIsRoundedAsAModelIsLoaded() {
        StoredModel nano = Models.opt("nano");
        try (LanguageModel model = nano.load(compute(Precision.FP32, Precision.BF16))) {
            ParameterVector theta = model.parameters();
            long loaded = theta.fingerprint();
            theta.move(Direction.noise(new NoiseKey(1, 0, 0), Law.GAUSSIAN), 1);
            assertThat(theta.fingerprint()).isNotEqualTo(loaded);
            Weights.of(nano.files()).loadInto(theta);
            assertThat(theta.fingerprint()).isEqualTo(loaded);
            assertThat(theta.version()).isEqualTo(2);
        }
    }

    private static Run run(Plan.Builder plan) {
        Run run = new FineTuner(plan.build()).run(event -> {});
        assertThat(run.outcome()).isEqualTo(new Outcome.Completed());
        return run;
    }

    /** A run that goes on after a kill is the whole one; the ledger alone gives the checkpoint's bits; what is saved is read back. */
    @Test
    void aRunGoesOnReplaysAndIsSavedInItsPrecision() throws IOException {
        for (Precision theta : Precision.values()) {
            Compute compute = compute(Precision.BF16, theta);
            String name = "whole-" + theta;
            Run run = run(plan(name, compute));
            Path whole = folder.resolve(name);
            Path again = Files.createDirectories(folder.resolve("again-" + theta));
            assertThat(Files.readString(whole.resolve(RunFolder.PLAN)))
                    .contains("compute: aten/2/bf16/" + theta.id() + System.lineSeparator());
            List<String> lines = Files.readAllLines(whole.resolve(RunFolder.LEDGER));
            Files.writeString(again.resolve(RunFolder.LEDGER), String.join("\n", lines.subList(0, 4)) + "\n");
            Run resumed = run(plan("again-" + theta, compute));
            assertThat(Files.readAllLines(again.resolve(RunFolder.LEDGER))).isEqualTo(lines);
            assertThat(again.resolve(RunFolder.BEST)).hasSameBinaryContentAs(whole.resolve(RunFolder.BEST));
            assertThat(resumed.test()).hasValueSatisfying(score -> assertThat(score.loss())
                    .isEqualTo(run.test().orElseThrow().loss()));
            Weights best = Safetensors.file(whole.resolve(RunFolder.BEST));
            assertThat(best.dtype(MATRIX)).isEqualTo(theta == Precision.BF16 ? Dtype.BF16 : Dtype.F32);
            assertThat(best.dtype(VECTOR)).isEqualTo(Dtype.F32);
            replays(run, best, compute);
            Path saved = folder.resolve("model-" + theta);
            run.saveModel(saved, theta == Precision.BF16 ? Dtype.BF16 : Dtype.F32);
            Run onward = run(plan("onward-" + theta, compute)
                    .model(Models.at(saved))
                    .steps(1)
                    .evaluateEvery(1));
            if (theta == Precision.FP32) { // a file has one precision for all tensors, and biases here are single
                assertThat(onward.dev().get(0).loss())
                        .isEqualTo(run.best().orElseThrow().loss());
            }
        }
    }

    private static void replays(Run run, Weights best, Compute compute) {
        try (LanguageModel model = Models.opt("nano").load(compute)) {
            ZerothOrder method = FineTuner.method(run.plan(), model.parameters());
            for (StepRecord step : StepLedger.read(run.folder().resolve(RunFolder.LEDGER))) {
                assertThat(step.compute()).isEqualTo(compute.toString());
                if (step.step() < run.best().orElseThrow().step()) {
                    method.step(step.step(), new RecordedLosses(step), model.parameters());
                }
            }
            float[] replayed = new float[(int) best.elements(MATRIX)];
            int matrix = model.parameters().space().indexOf(MATRIX);
            model.parameters().storage().read(matrix, 0, replayed, 0, replayed.length);
            assertThat(best.floats(MATRIX)).containsExactly(replayed);
            try (LanguageModel tuned = run.model().load(compute)) {
                assertThat(tuned.name()).isEqualTo(model.name());
                assertThat(tuned.parameters().fingerprint())
                        .isEqualTo(model.parameters().fingerprint());
                assertThat(tuned.parameters().version()).isZero();
            }
        }
    }

    /** Half of what matrices take. */
    @Test
    void thetaInBf16TakesHalfTheMemory() {
        ParameterSpace space = Models.opt("nano").space();
        long vectors = space.tensors().stream()
                .filter(tensor -> tensor.shape().size() == 1)
                .mapToLong(ParameterSpace.Tensor::size)
                .sum();
        assertThat(compute(Precision.BF16, Precision.FP32).bytes(space)).isEqualTo(4 * space.dimension());
        assertThat(compute(Precision.FP32, Precision.BF16).bytes(space))
                .isEqualTo(2 * (space.dimension() + vectors))
                .isLessThan(51 * 4 * space.dimension() / 100);
    }

    @Test
    void aPlanSaysWhenEpsilonIsSmallForBf16() {
        Plan.Builder plan = plan("note", compute(Precision.BF16, Precision.FP32));
        assertThat(plan.epsilon(1e-4).build().cost().toString())
                .contains("note         epsilon 1e-4 is small for precision = bf16")
                .contains("off by about 60 % of their size (as measured");
        assertThat(plan.epsilon(1e-3).build().cost().toString()).doesNotContain("epsilon");
        assertThat(plan.tune(Lora.of(8, 16, List.of())).build().cost().toString())
                .contains("epsilon 1e-3 is small")
                .contains("about 100 %");
        assertThat(plan("single", compute(Precision.FP32, Precision.BF16))
                        .epsilon(1e-4)
                        .build()
                        .cost()
                        .notes())
                .isEmpty();
    }

    @Test
    void precisionsThatMeanNothingAreRefused() {
        assertThatThrownBy(() -> plan("twice", compute(Precision.FP32, Precision.FP32))
                        .precision(Precision.BF16)
                        .build())
                .hasMessageContaining("precision is set, and compute says it already");
        assertThatThrownBy(() -> Plan.builder()
                        .subject(new FunctionSubject(Toys.rosenbrock(3)))
                        .method(Method.mezo())
                        .theta(Precision.BF16)
                        .build())
                .hasMessageContaining("theta says how a model is computed or kept, and the objective");
    }
}
