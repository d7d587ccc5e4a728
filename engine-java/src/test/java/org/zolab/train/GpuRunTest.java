package org.zolab.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.ledger.StepLedger;
import org.zolab.ledger.StepRecord;
import org.zolab.model.Compute;
import org.zolab.model.Scope;
import org.zolab.model.Subset;
import org.zolab.model.adapter.Lora;
import org.zolab.model.families.Models;
import org.zolab.sampler.DirectionLaw;
import org.zolab.sampler.LearnedMean;
import org.zolab.space.Precision;
import org.zolab.tensor.Device;
import org.zolab.tensor.Emulator;
import org.zolab.tensor.LinearKernel;
import org.zolab.update.AdaMM;
import org.zolab.update.Adam;
import org.zolab.update.Momentum;
import org.zolab.update.Sign;

/** Runs whose passes are a GPU's: their forwards are PyTorch's on the processor, so everything has the bits of a run without one. */
class GpuRunTest {

    @TempDir
    Path folder;

    private Plan.Builder plan(String name, Compute compute) {
        return Plan.builder()
                .model(Models.opt("nano"))
                .method(Method.mezo())
                .task(FineTunerTest.TINY)
                .steps(4)
                .batch(4)
                .evaluateEvery(2)
                .learningRate(1e-3)
                .compute(compute)
                .folder(folder.resolve(name));
    }

    private interface Change {
        Plan.Builder of(Plan.Builder plan);
    }

    @Test
    void aPlanSpeaksOfItsMemory() {
        Compute here = new Compute(LinearKernel.ATEN, 1, Precision.BF16, Precision.BF16);
        Compute there = new Compute(LinearKernel.ATEN, 1, Precision.BF16, Precision.BF16, Emulator.device());
        Cost cost = plan("plan", there).build().cost();
        assertThat(cost.notes()).containsExactly("memory is that of gpu:0, of which 2,048 MB are free");
        assertThat(cost.bytes())
                .isGreaterThan(there.bytes(Models.opt("nano").space()))
                .isLessThan(plan("plan", here).build().cost().bytes());
        assertThat(cost.seconds()).isPositive();
    }

    @TestFactory
    List<DynamicTest> haveTheBitsOfRunsWithoutOne() {
        LearnedMean.Config mean = new LearnedMean.Config(1e-2, 1, LearnedMean.Form.SCALE_FREE, DirectionLaw.RADEMACHER);
        return List.of(
                same("mezo", Precision.FP32, Precision.FP32, plan -> plan),
                same("bf16", Precision.BF16, Precision.BF16, plan -> plan),
                same("bf16 in fp32", Precision.FP32, Precision.BF16, plan -> plan.method(Method.ldsd(mean, 3))),
                same("ldsd", Precision.BF16, Precision.FP32, plan -> plan.method(Method.ldsd(mean, 3))),
                same(
                        "best of",
                        Precision.FP32,
                        Precision.FP32,
                        plan -> plan.method(Method.mezoGreedy(5, DirectionLaw.GAUSSIAN))),
                same("momentum", Precision.FP32, Precision.FP32, plan -> plan.rule(new Momentum(0.9))),
                same("adam", Precision.FP32, Precision.FP32, plan -> plan.rule(new Adam(0.9, 0.999, 1e-8))),
                same("adam in bf16", Precision.FP32, Precision.BF16, plan -> plan.rule(new Adam(0.9, 0.99, 1e-8))),
                same("adamm", Precision.FP32, Precision.FP32, plan -> plan.rule(new AdaMM(0.9, 0.999, 1e-10))),
                same("sign", Precision.FP32, Precision.BF16, plan -> plan.rule(new Sign(0))
                        .learningRate(1e-5)),
                same("sign of a mean", Precision.FP32, Precision.FP32, plan -> plan.rule(new Sign(0.9))
                        .learningRate(1e-5)),
                same("top", Precision.FP32, Precision.FP32, plan -> plan.tune(new Subset.Top())),
                same("lora", Precision.BF16, Precision.BF16, plan -> plan.tune((Scope) Lora.of(2, 4, List.of()))));
    }

    private DynamicTest same(String name, Precision precision, Precision theta, Change change) {
        return DynamicTest.dynamicTest(name, () -> {
            Compute here = new Compute(LinearKernel.ATEN, 1, precision, theta, Device.CPU);
            Compute there = new Compute(LinearKernel.ATEN, 1, precision, theta, Emulator.device());
            Run one = new FineTuner(change.of(plan(name + "-cpu", here)).build()).run(event -> {});
            Run other = new FineTuner(change.of(plan(name + "-gpu", there)).build()).run(event -> {});
            assertThat(other.outcome()).isEqualTo(new Outcome.Completed());
            List<StepRecord> steps = StepLedger.read(other.folder().resolve(RunFolder.LEDGER));
            assertThat(steps).extracting(StepRecord::compute).containsOnly(there.toString());
            assertThat(losses(steps))
                    .isEqualTo(losses(StepLedger.read(one.folder().resolve(RunFolder.LEDGER))))
                    .hasSize(4);
            assertThat(other.folder().resolve(RunFolder.BEST))
                    .hasSameBinaryContentAs(one.folder().resolve(RunFolder.BEST));
            assertThat(other.test().orElseThrow().loss())
                    .isEqualTo(one.test().orElseThrow().loss());
        });
    }

    private static List<List<Double>> losses(List<StepRecord> steps) {
        return steps.stream().map(StepRecord::losses).toList();
    }
}
