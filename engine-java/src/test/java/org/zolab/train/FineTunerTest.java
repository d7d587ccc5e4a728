package org.zolab.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.diagnose.Memory;
import org.zolab.estimator.BestOf;
import org.zolab.estimator.LeaveOneOut;
import org.zolab.estimator.OneSided;
import org.zolab.ledger.RecordedLosses;
import org.zolab.ledger.StepLedger;
import org.zolab.ledger.StepRecord;
import org.zolab.model.Compute;
import org.zolab.model.LanguageModel;
import org.zolab.model.ModelSource;
import org.zolab.model.adapter.Lora;
import org.zolab.model.families.Models;
import org.zolab.model.weights.Dtype;
import org.zolab.model.weights.Safetensors;
import org.zolab.objective.Function;
import org.zolab.objective.Toys;
import org.zolab.probe.LossOracle;
import org.zolab.sampler.DirectionLaw;
import org.zolab.sampler.LearnedMean;
import org.zolab.sampler.LearnedScales;
import org.zolab.sampler.MeanStart;
import org.zolab.sampler.ScaleSource;
import org.zolab.space.Direction;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Precision;
import org.zolab.task.Example;
import org.zolab.task.GivenTask;
import org.zolab.task.Kind;
import org.zolab.task.OwnText;
import org.zolab.task.Split;
import org.zolab.task.Task;
import org.zolab.tensor.LinearKernel;
import org.zolab.update.Conservative;
import org.zolab.update.Muon;
import org.zolab.update.RuleConfig;
import org.zolab.update.Sgd;
import org.zolab.update.UpdateRule;

/** The loop on the embedded model and a task of a few sentences. */
class FineTunerTest {

    @TempDir
    Path folder;

    private static final Compute COMPUTE = new Compute(LinearKernel.ATEN, 2);

    /** Two kinds of sentences that one word tells apart. */
    static final Task TINY = new Task() {
        @Override
        public String name() {
            return "tiny";
        }

        @Override
        public List<Example> examples(Split split) {
            List<Example> examples = new ArrayList<>();
            for (int i = 0; i < (split == Split.TRAIN ? 20 : 10); i++) {
                boolean file = i % 2 == 0;
                examples.add(new Example(
                        "Returns the " + (file ? "file" : "number") + " with index " + (i + split.ordinal() * 20)
                                + ". It is a",
                        List.of(" file", " number"),
                        file ? 0 : 1));
            }
            return examples;
        }
    };

    private static Plan.Builder plan(Method method) {
        return Plan.builder()
                .model(Models.opt("nano"))
                .method(method)
                .task(TINY)
                .steps(6)
                .batch(4)
                .evaluateEvery(3)
                .compute(COMPUTE);
    }

    private static Method ldsd() {
        return Method.ldsd(new LearnedMean.Config(1e-2, 1, LearnedMean.Form.SCALE_FREE, DirectionLaw.GAUSSIAN), 3);
    }

    private static Method bf16() {
        return Method.ldsd(
                new LearnedMean.Config(
                        1e-2,
                        1,
                        LearnedMean.Form.SCALE_FREE,
                        DirectionLaw.GAUSSIAN,
                        0,
                        MeanStart.ZERO,
                        false,
                        Precision.BF16),
                3);
    }

    /** A mean in bf16 is saved as it is, and a resumed run ends with the same one. */
    @Test
    void aMeanInBf16IsSavedAndResumed() throws IOException {
        Path whole = folder.resolve("whole");
        Path again = folder.resolve("again");
        run(plan(bf16()).folder(whole).build());
        Files.createDirectories(again);
        List<String> lines = Files.readAllLines(whole.resolve(RunFolder.LEDGER));
        Files.writeString(again.resolve(RunFolder.LEDGER), String.join("\n", lines.subList(0, 3)) + "\n");
        run(plan(bf16()).folder(again).build());
        assertThat(again.resolve("mean.safetensors")).hasSameBinaryContentAs(whole.resolve("mean.safetensors"));
        Path single = folder.resolve("single");
        run(plan(ldsd()).folder(single).build());
        var mean = Safetensors.file(whole.resolve("mean.safetensors"));
        var exact = Safetensors.file(single.resolve("mean.safetensors"));
        String name = "model.decoder.layers.1.fc1.weight";
        assertThat(mean.dtype(name)).isEqualTo(Dtype.BF16);
        assertThat(exact.dtype(name)).isEqualTo(Dtype.F32);
        float[] rounded = mean.floats(name);
        float[] wanted = exact.floats(name);
        double difference = 0;
        double square = 0;
        for (int i = 0; i < wanted.length; i++) {
            difference += Math.pow(rounded[i] - wanted[i], 2);
            square += Math.pow(wanted[i], 2);
        }
        assertThat(difference).isBetween(1e-9 * square, 1e-3 * square); // six roundings at 2^-8
    }

    private Run run(Plan plan) {
        return new FineTuner(plan).run(event -> {});
    }

    @Test
    void tellsEverythingThatHappens() {
        List<Event> events = new ArrayList<>();
        Run run =
                new FineTuner(plan(Method.mezo()).folder(folder.resolve("run")).build()).run(events::add);
        assertThat(events.get(0)).isInstanceOf(Event.Started.class);
        assertThat(events.get(events.size() - 1)).isEqualTo(new Event.Ended(new Outcome.Completed()));
        assertThat(run.steps()).hasSize(6);
        assertThat(run.forwards()).isEqualTo(12).isEqualTo(run.plan().forwards());
        assertThat(run.dev()).extracting(Event.Evaluated::step).containsExactly(0, 3, 6);
        assertThat(run.zeroShot()).isPresent();
        assertThat(run.test()).isPresent();
        assertThat(run.summary())
                .contains("mezo: completed, 6 steps, 12 forwards")
                .containsPattern("lowest dev loss [0-9.]+ at step [036] \\(accuracy [0-9.]+ %\\), test accuracy");
        assertThat(run.steps()).allSatisfy(step -> {
            assertThat(step.loss()).isFinite().isPositive();
            assertThat(step.memory()).isPositive();
        });
    }

    /** The checkpoint is the evaluation on dev with the lowest loss; test is looked at twice and chooses nothing. */
    @Test
    void keepsTheBestByDevOnDisk() {
        Plan plan = plan(Method.mezo()).folder(folder).learningRate(1e-3).build();
        Run run = run(plan);
        var best = Safetensors.file(folder.resolve(RunFolder.BEST));
        try (LanguageModel model = Models.opt("nano").load(COMPUTE)) {
            ZerothOrder method = FineTuner.method(plan, model.parameters());
            for (StepRecord step : StepLedger.read(folder.resolve(RunFolder.LEDGER))) {
                if (step.step() == run.best().orElseThrow().step()) {
                    break;
                }
                method.step(step.step(), new RecordedLosses(step), model.parameters());
            }
            String name = "model.decoder.layers.1.fc1.weight";
            float[] replayed = new float[(int) best.elements(name)];
            model.parameters()
                    .storage()
                    .of(model.parameters().space().indexOf(name))
                    .get(0, replayed);
            assertThat(best.floats(name)).containsExactly(replayed);
        }
        assertThat(run.evaluations().stream().filter(e -> e.split() == Split.TEST))
                .hasSize(2);
    }

    /** Killed after four steps and a torn line, the same plan in the same folder gives the same run. */
    @Test
    void goesOnAfterAKill() throws IOException {
        for (Method method : List.of(
                Method.mezo(),
                ldsd(),
                Method.zoFinetuner(new LearnedScales.Config(ScaleSource.random(1), DirectionLaw.GAUSSIAN)))) {
            Path whole = folder.resolve(method.name() + "-whole");
            Path killed = folder.resolve(method.name() + "-killed");
            Run expected = run(plan(method).folder(whole).build());
            run(plan(method).folder(killed).build());
            List<String> lines = Files.readAllLines(killed.resolve(RunFolder.LEDGER));
            Files.writeString(
                    killed.resolve(RunFolder.LEDGER),
                    String.join("\n", lines.subList(0, 4)) + "\n" + lines.get(4).substring(0, 30));
            Run resumed = run(plan(method).folder(killed).build());
            assertThat(Files.readAllBytes(killed.resolve(RunFolder.LEDGER)))
                    .isEqualTo(Files.readAllBytes(whole.resolve(RunFolder.LEDGER)));
            assertThat(resumed.dev())
                    .extracting(Event.Evaluated::loss)
                    .isEqualTo(
                            expected.dev().stream().map(Event.Evaluated::loss).toList());
            assertThat(Files.readAllBytes(killed.resolve(RunFolder.BEST)))
                    .isEqualTo(Files.readAllBytes(whole.resolve(RunFolder.BEST)));
        }
    }

    /** As in an ablation's folder, whose runs keep no checkpoint: the ledger gives it again, also if the best is not the last. */
    @Test
    void aCheckpointThatIsGoneComesBackFromTheLedger() throws IOException {
        for (int steps : List.of(5, 8)) {
            Plan plan = plan(Method.mezo())
                    .learningRate(steps == 5 ? 1e-3 : 0.3)
                    .steps(steps)
                    .evaluateEvery(1)
                    .folder(folder.resolve("" + steps))
                    .build();
            Run run = run(plan);
            Path best = run.folder().resolve(RunFolder.BEST);
            byte[] kept = Files.readAllBytes(best);
            Files.delete(best);
            Run again = run(plan);
            assertThat(again.evaluations()).isEqualTo(run.evaluations());
            assertThat(Files.readAllBytes(best)).isEqualTo(kept);
        }
    }

    /** Another estimator's losses, or as many losses of which other slopes come, are not taken for this plan's. */
    @Test
    void aLedgerThatDoesNotComeOutAgainIsRefused() throws IOException {
        Path mine = folder.resolve("mine");
        run(bowl(Method.mezo(), mine));
        for (Method other : List.of(
                Method.mezo().with(epsilon -> new LeaveOneOut(3, epsilon)),
                Method.mezo().with(epsilon -> new OneSided(1, epsilon)))) {
            Path theirs = folder.resolve(other.estimator().apply(1e-3).toString());
            run(bowl(other, theirs));
            Files.copy(
                    theirs.resolve(RunFolder.LEDGER),
                    mine.resolve(RunFolder.LEDGER),
                    StandardCopyOption.REPLACE_EXISTING);
            assertThatThrownBy(() -> run(bowl(Method.mezo(), mine)))
                    .hasMessageStartingWith("step 0 does not come out of its ledger again")
                    .hasMessageEndingWith("Choose another folder, and the run begins anew");
        }
    }

    /** What is replayed took its time when it was run; the clock goes on from there. */
    @Test
    void theClockOfAResumedRunGoesOn() throws IOException {
        run(bowl(Method.mezo(), folder));
        Path log = folder.resolve(RunFolder.EVALUATIONS);
        List<String> evaluations = new ArrayList<>();
        for (String line : Files.readAllLines(log)) {
            evaluations.add(line.replaceAll("\"seconds\":[0-9.E-]+", "\"seconds\":" + 1000 * (evaluations.size() + 1)));
        }
        Files.write(log, evaluations);
        List<String> lines = Files.readAllLines(folder.resolve(RunFolder.LEDGER));
        Files.writeString(folder.resolve(RunFolder.LEDGER), lines.get(0) + "\n" + lines.get(1) + "\n");
        List<Double> seconds = new ArrayList<>();
        Run resumed = new FineTuner(bowl(Method.mezo(), folder)).run(event -> {
            if (event instanceof Event.Stepped stepped) {
                seconds.add(stepped.seconds());
            } else if (event instanceof Event.Evaluated evaluated) {
                seconds.add(evaluated.seconds());
            }
        });
        assertThat(seconds).hasSize(3 + 4).isSorted();
        assertThat(seconds.get(0)).isEqualTo(1000);
        assertThat(resumed.seconds()).isGreaterThanOrEqualTo(3000);
    }

    @Test
    void aLossBelowZeroThatFallsIsNoDivergence() {
        Run run = run(Plan.builder()
                .subject(new FunctionSubject(
                        new Function("f", new float[] {3, 4}, x -> x[0] * x[0] + x[1] * x[1] - 100)))
                .method(Method.mezo())
                .learningRate(1e-2)
                .steps(100)
                .folder(folder)
                .build());
        assertThat(run.dev().get(0).loss()).isNegative();
        assertThat(run.best().orElseThrow().loss()).isLessThan(run.dev().get(0).loss());
        assertThat(run.outcome()).isEqualTo(new Outcome.Completed());
    }

    /** A policy's start asks for every batch of the first step, as its steps do. */
    @Test
    void aPolicysStartIsCountedForEveryBatch() {
        MeanStart start = new MeanStart.GradientEstimate(8, 1e-3, 0.5);
        Plan plan = plan(Method.ldsd(
                        new LearnedMean.Config(
                                1e-2,
                                1,
                                LearnedMean.Form.SCALE_FREE,
                                DirectionLaw.GAUSSIAN,
                                0,
                                start,
                                false,
                                Precision.FP32),
                        3))
                .batches(3)
                .steps(2)
                .folder(folder)
                .build();
        assertThat(plan.forwards()).isEqualTo(3 * (start.forwards() + 2 * 4));
        assertThat(run(plan).forwards()).isEqualTo(plan.forwards());
    }

    @Test
    void aFolderOfAnotherPlanIsRefused() {
        run(plan(Method.mezo()).folder(folder).build());
        assertThatThrownBy(() -> run(plan(Method.mezo()).seed(7).folder(folder).build()))
                .hasMessageContaining("folder holds a run of another plan")
                .hasMessageContaining("; seed is 42 there and 7 here; ")
                .hasMessageContaining("choose another folder");
    }

    @Test
    void aFolderThatCannotBeMadeSaysSo() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        assertThatThrownBy(() ->
                        run(plan(Method.mezo()).folder(file.resolve("run")).build()))
                .hasMessageContaining("folder cannot be written")
                .hasMessageContaining(file.toString());
    }

    @Test
    void stopsWithinAStepAndKeepsWhatWasDone() {
        AtomicReference<FineTuner> tuner = new AtomicReference<>();
        tuner.set(new FineTuner(plan(ldsd()).steps(1000).folder(folder).build()));
        Run run = tuner.get().run(event -> {
            if (event instanceof Event.Stepped stepped && stepped.step() == 2) {
                tuner.get().stop();
            }
        });
        assertThat(run.outcome()).isEqualTo(new Outcome.Stopped(2));
        assertThat(run.outcome().sentence()).isEqualTo("stopped after 2 steps");
        assertThat(run.steps()).hasSize(2);
        assertThat(StepLedger.read(folder.resolve(RunFolder.LEDGER))).hasSize(2);
    }

    @Test
    void aLearningRateThatIsFarTooHighEndsEarlyWithAdvice() {
        Run run = run(plan(Method.mezo())
                .steps(400)
                .learningRate(1)
                .evaluateEvery(400)
                .folder(folder)
                .build());
        assertThat(run.outcome()).isInstanceOf(Outcome.Diverged.class);
        assertThat(run.steps().size()).isLessThan(100);
        assertThat(run.outcome().sentence()).contains("divide learningRate 1.0 by ten");
    }

    /** What a rule tries and does not take is no loss of the run's, however high, and needs no number. */
    @Test
    void aConservativeRunStandsStillInsteadOfDiverging() {
        for (double rate : List.of(1.0, 1e4)) {
            Path place = folder.resolve("" + rate);
            Plan plan = Plan.builder()
                    .subject(new FunctionSubject(
                            new Function("f", new float[] {1, 2}, x -> Math.exp(5 * Math.abs(x[0])) + x[1] * x[1])))
                    .method(Method.mezo())
                    .rule(new Conservative())
                    .learningRate(rate)
                    .steps(60)
                    .folder(place)
                    .build();
            Run run = run(plan);
            assertThat(run.outcome()).isEqualTo(new Outcome.Completed());
            assertThat(run.forwards()).isEqualTo(plan.forwards()).isEqualTo(60 * 5);
            assertThat(run.steps()).allSatisfy(step -> assertThat(step.loss())
                    .isBetween(0.0, run.dev().get(0).loss() + 1));
            SavedRun saved = SavedRun.read(place);
            assertThat(saved.forwards()[59]).isEqualTo(300);
            assertThat(saved.opened(plan).steps().get(0).loss())
                    .isEqualTo(run.steps().get(0).loss());
        }
    }

    private static Plan bowl(Method method, Path folder) {
        return Plan.builder()
                .subject(new FunctionSubject(new Function("f", new float[] {1, 2}, x -> x[0] * x[0] + 3 * x[1] * x[1])))
                .method(method)
                .learningRate(1e-2)
                .steps(3)
                .folder(folder)
                .build();
    }

    private Run bowl(ToDoubleFunction<float[]> f, double epsilon) {
        return run(Plan.builder()
                .subject(new FunctionSubject(new Function("f", new float[] {1, 2}, f)))
                .method(Method.mezo())
                .epsilon(epsilon)
                .learningRate(1)
                .steps(3)
                .folder(folder)
                .build());
    }

    @Test
    void aLossThatIsNoNumberWhereItBeginsIsSaidWithoutAStep() {
        Run run = bowl(x -> Double.NaN, 1e-3);
        assertThat(run.steps()).isEmpty();
        assertThat(run.outcome().sentence())
                .startsWith("diverged before the first step: the loss is not a finite number where θ begins")
                .doesNotContain("divide");
        assertThat(run.summary())
                .startsWith("mezo: diverged, 0 steps, 0 forwards, 0 s; the loss is not a finite number");
    }

    @Test
    void anInfiniteLossWhereItBeginsIsNoMatterOfEpsilon() {
        assertThat(bowl(x -> Double.POSITIVE_INFINITY, 1e-3).outcome().sentence())
                .startsWith("diverged before the first step: the loss is not a finite number where θ begins")
                .doesNotContain("divide");
    }

    /** Also from files that hold a whole sentence, as they once did. */
    @Test
    void howARunEndedIsReadAsItWas() throws IOException {
        Run run = bowl(x -> x[0] == 1 ? 0 : Double.NaN, 1e-3);
        Path file = folder.resolve(RunFolder.OUTCOME);
        assertThat(file).hasContent("diverged: " + run.outcome().advice());
        assertThat(SavedRun.read(folder).outcome()).isEqualTo(run.outcome());
        assertThat(SavedRun.read(folder).opened(run.plan()).outcome()).isEqualTo(run.outcome());
        Files.writeString(file, run.outcome().sentence());
        assertThat(SavedRun.read(folder).outcome()).isEqualTo(run.outcome());
        Files.writeString(file, "completed");
        assertThat(SavedRun.read(folder).outcome()).isEqualTo(new Outcome.Completed());
        Files.writeString(file, "diver");
        assertThatThrownBy(() -> SavedRun.read(folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("end of a run is neither completed nor diverged: \"diver\" in " + file);
        Files.delete(file);
        assertThat(SavedRun.read(folder).outcome())
                .isEqualTo(new Outcome.Stopped(run.steps().size()));
    }

    @Test
    void aFirstStepThatIsNoNumberIsAMatterOfEpsilon() {
        Run run = bowl(x -> x[0] == 1 ? 0 : Double.NaN, 1e-3);
        assertThat(run.summary()).endsWith("a loss is not a number; divide epsilon 0.001 by ten");
    }

    @Test
    void stepsThatMeasureNothingAreTold() {
        assertThat(bowl(x -> x[0] * x[0] + x[1], 1e-30).summary())
                .startsWith("mezo: completed, 3 steps, 6 forwards, 0 s, lowest loss 3.000 at step 0")
                .contains("; in 3 of 3 steps the losses that a slope is made of were equal to the last bit")
                .endsWith("take a larger epsilon than 1e-30");
    }

    /** A run away from where slopes can be measured is no matter of epsilon, and its advice is one. */
    @Test
    void aRunThatDivergedIsToldOneThingToChange() {
        Run run = run(Plan.builder()
                .subject(new FunctionSubject(
                        new Function("cliff", new float[] {1}, x -> Math.abs(x[0]) < 2 ? 1e3 * x[0] : 1e30)))
                .method(Method.mezo())
                .learningRate(1)
                .steps(100)
                .folder(folder)
                .build());
        assertThat(run.outcome()).hasToString(run.outcome().sentence()).isInstanceOf(Outcome.Diverged.class);
        assertThat(run.steps().stream().filter(step -> step.slope() == 0).count())
                .isGreaterThan(run.steps().size() / 2);
        assertThat(run.summary())
                .endsWith("far above where it began; divide learningRate 1.0 by ten")
                .doesNotContain("epsilon");
    }

    /** How long it took is kept nowhere, so a run that was read again tells no time. */
    @Test
    void aRunThatWasReadAgainTellsNoTime() {
        Run run = bowl(x -> x[0] * x[0] + x[1], 1e-3);
        Run again = SavedRun.read(folder).opened(run.plan());
        assertThat(run.summary()).contains("6 forwards, 0 s, lowest loss ");
        assertThat(again.summary()).isEqualTo(run.summary().replace(", 0 s", ""));
    }

    @Test
    void aSamplerThatGivesTooFewDirectionsIsTold() {
        Method mezo = Method.mezo();
        Method none =
                new Method("none", theta -> (count, x, key) -> List.of(), mezo.estimator(), mezo.rule(), 1e-4, 1e-3);
        Plan plan = Plan.builder()
                .subject(new FunctionSubject(new Function("f", new float[] {1}, x -> x[0])))
                .method(none)
                .folder(folder)
                .build();
        assertThatThrownBy(() -> run(plan))
                .hasMessage("the sampler's propose gave 0 directions of 1; it must give as many as its count says");
    }

    @Test
    void equalPlansGiveEqualRuns() throws IOException {
        for (String name : List.of("a", "b")) {
            run(plan(ldsd()).folder(folder.resolve(name)).build());
        }
        assertThat(Files.readAllBytes(folder.resolve("a").resolve(RunFolder.LEDGER)))
                .isEqualTo(Files.readAllBytes(folder.resolve("b").resolve(RunFolder.LEDGER)));
    }

    @Test
    void everythingThatIsWrongIsSaidAtOnce() {
        Task empty = new Task() {
            @Override
            public String name() {
                return "nothing";
            }

            @Override
            public List<Example> examples(Split split) {
                return List.of();
            }
        };
        assertThatThrownBy(() -> Plan.builder()
                        .method(Method.mezo())
                        .task(empty)
                        .steps(-3)
                        .batch(0)
                        .learningRate(Double.NaN)
                        .epsilon(-1e-3)
                        .evaluateEvery(0)
                        .devExamples(-1)
                        .testExamples(-1)
                        .maxLength(-5)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("model is not set; try model(Models.opt(\"nano\"))")
                .hasMessageContaining("steps is not strictly positive: -3")
                .hasMessageContaining("batch is not strictly positive: 0")
                .hasMessageContaining("learningRate is not strictly positive and finite: NaN")
                .hasMessageContaining("epsilon is not strictly positive and finite: -0.001")
                .hasMessageContaining("evaluateEvery is not strictly positive: 0")
                .hasMessageContaining("devExamples is not strictly positive: -1")
                .hasMessageContaining("testExamples is negative: -1")
                .hasMessageContaining("maxLength is negative: -5")
                .hasMessageContaining("task nothing has no examples to learn from (train): 0")
                .hasMessageContaining("task nothing has no examples to choose the checkpoint by (dev): 0");
    }

    @Test
    void aLearningSamplerNeedsProbesToCompare() {
        Method mezoWithMean = new Method("mean", ldsd().sampler(), Method.mezo().estimator(), new Sgd(), 1e-5, 1e-3);
        assertThatThrownBy(() -> plan(mezoWithMean).build())
                .hasMessageContaining("sampler mean learns from comparing two probes")
                .hasMessageContaining("use bestOf(5)");
        assertThatThrownBy(() ->
                        plan(ldsd().with(epsilon -> new BestOf(1, epsilon))).build())
                .hasMessageContaining("reports 1");
    }

    @Test
    void aTextLongerThanTheModelSaysWhatToDo() {
        Task longTexts = new Task() {
            @Override
            public String name() {
                return "long";
            }

            @Override
            public List<Example> examples(Split split) {
                return List.of(new Example("file ".repeat(400) + "is", List.of(" good", " bad"), 0));
            }
        };
        assertThatThrownBy(() -> plan(Method.mezo())
                        .task(longTexts)
                        .steps(0)
                        .folder(folder.resolve("long"))
                        .build())
                .hasMessageContaining("a text is longer than the 256 tokens that opt-nano takes")
                .hasMessageContaining("set maxLength")
                .hasMessage(
                        "3 of 3 examples do not fit opt-nano. The first is example 1 of train: a text is longer than the"
                                + " 256 tokens that opt-nano takes: 403 tokens of \"" + "file ".repeat(12)
                                + "…\"; set maxLength = 256 to cut such texts, or shorten it\nsteps is not strictly positive: 0");
        Run cut = run(plan(Method.mezo())
                .task(longTexts)
                .maxLength(64)
                .folder(folder.resolve("cut"))
                .build());
        assertThat(cut.outcome()).isEqualTo(new Outcome.Completed());
        assertThatThrownBy(() -> plan(Method.mezo()).maxLength(1000).build())
                .hasMessageContaining("maxLength is more than the 256 tokens");
    }

    private static Task words(String... options) {
        return new Task() {
            @Override
            public String name() {
                return "words";
            }

            @Override
            public List<Example> examples(Split split) {
                return List.of(new Example("It was", List.of(options), 0));
            }
        };
    }

    /** All of them at once, however short the texts are, before anything runs. */
    @Test
    void wordsThatFillNoGapAreToldBeforeARun() {
        ModelSource roberta = Models.at(Path.of("..", "integration-tests", "goldens", "models", "roberta-tiny"));
        assertThatThrownBy(() -> plan(Method.mezo())
                        .model(roberta)
                        .task(words(" terrible", " unbelievable", " great", " xylophone"))
                        .build())
                .hasMessageMatching(
                        "2 of 4 options are not one token, which is all that a masked model has room for: \" unbelievable\" has \\d+,"
                                + " \" xylophone\" has \\d+; choose other words, .*");
        plan(Method.mezo()).model(roberta).task(words(" terrible", " great")).build();
    }

    @Test
    void anOptionWithoutTextIsToldBeforeARun() {
        assertThatThrownBy(() -> plan(Method.mezo()).task(words(" good", "")).build())
                .hasMessageContaining("example 1 of train: option has no tokens of its own after the prompt: \"\"");
    }

    @Test
    void anOptionThatIsJoinedToItsPromptIsToldBeforeARun() {
        List<Example> rows = List.of(
                new Example("It wa", List.of(" good", " bad"), 0), new Example("It wa", List.of("s", " bad"), 0));
        Task joined = new GivenTask("joined", Kind.CLASSIFICATION, Map.of(Split.TRAIN, rows, Split.DEV, rows));
        assertThatThrownBy(() -> plan(Method.mezo()).task(joined).build())
                .hasMessageContaining(
                        "The first is example 2 of train: option has no tokens of its own after the prompt: \"s\"; this model's"
                                + " tokenizer joins it to what stands before it, \"It wa\":");
    }

    @Test
    void aRankThatNoMatrixHasIsToldBeforeMemoryIsTaken() {
        assertThatThrownBy(() -> plan(Method.mezo())
                        .tune(Lora.of(100_000, 16, List.of()))
                        .build())
                .hasMessageMatching(
                        "r of lora is more than the (\\d+) that the \\1 x \\1 numbers of .* can differ by: 100000; .*");
    }

    /** What a file of another model holds, or one that is not there, is told with the plan. */
    @Test
    void filesOfASamplerAreHeldAgainstTheModelBeforeARun() {
        run(plan(ldsd()).steps(1).folder(folder).build());
        java.util.function.Function<Path, Method> from = file -> Method.ldsd(
                new LearnedMean.Config(
                        1e-2,
                        1,
                        LearnedMean.Form.SCALE_FREE,
                        DirectionLaw.GAUSSIAN,
                        0,
                        new SavedMean(file),
                        false,
                        Precision.FP32),
                3);
        Path mean = folder.resolve("mean.safetensors");
        plan(from.apply(mean)).build();
        assertThatThrownBy(() -> plan(from.apply(folder.resolve("nowhere"))).build())
                .hasMessageContaining("nowhere");
        assertThatThrownBy(() ->
                        plan(from.apply(mean)).tune(Lora.of(2, 4, List.of())).build())
                .hasMessageContaining("mean.safetensors");
        ScaleSource ofOne = new ScaleSource.Proportional(Map.of("x", 1.0));
        assertThatThrownBy(() -> plan(Method.zoFinetuner(new LearnedScales.Config(ofOne, DirectionLaw.GAUSSIAN)))
                        .build())
                .hasMessageContaining("measure it for every tensor");
    }

    @Test
    void aNameIsOneLine() {
        assertThatThrownBy(() -> plan(Method.mezo()).name("two\nlines: x").build())
                .hasMessageContaining("name has more than one line; write it in one");
    }

    @Test
    void plainTextThatIsTooLongIsToldHowToBeCut() throws IOException {
        String line = "a.b(c);\n";
        StringBuilder text = new StringBuilder(line.repeat(50));
        for (int i = 0; i < 30; i++) {
            text.append("\n\n").append("returns it ".repeat(13)).append(i);
        }
        Path code = Files.writeString(folder.resolve("Code.txt"), text);
        Task task = new OwnText(code, 50).task();
        for (int maxLength : new int[] {0, 100}) {
            assertThatThrownBy(() -> plan(Method.mezo())
                            .task(task)
                            .maxLength(maxLength)
                            .testExamples(100)
                            .build())
                    .hasMessageContaining(
                            "1 of 31 examples do not fit opt-nano. The first is Code.txt: a text is longer than "
                                    + (maxLength == 0 ? "the 256 tokens that opt-nano takes: " : "maxLength 100: "))
                    .hasMessageEndingWith("of \"" + line.replace('\n', ' ').repeat(7)
                            + "a.b(…\"; cut it into shorter pieces: text(…, words = " + (maxLength == 0 ? 18 : 7)
                            + ")");
        }
    }

    @Test
    void aBatchIsAtMostAllThereIsToLearnFrom() {
        Plan all = plan(Method.mezo()).batch(20).folder(folder.resolve("all")).build();
        Plan more =
                plan(Method.mezo()).batch(10_000).folder(folder.resolve("more")).build();
        assertThat(run(more).steps())
                .extracting(Event.Stepped::loss)
                .isEqualTo(run(all).steps().stream().map(Event.Stepped::loss).toList());
        Cost cost = more.cost();
        assertThat(cost.toString())
                .contains(
                        "note         batch 10,000 is more than the 20 examples to learn from, so each step sees all of these once");
        assertThat(cost.bytes()).isLessThan(2 * all.cost().bytes());
        assertThat(all.cost().notes()).isEmpty();
    }

    @Test
    void aPlanThatTakesMoreMemoryThanThereIsSaysSo() {
        assertThat(Memory.available()).isBetween(1L << 20, 1L << 50);
        assertThat(Cost.tooMuch(18L << 30, 18L << 30)).isEmpty();
        assertThat(Cost.tooMuch((18L << 30) + 1, 18L << 30).orElseThrow())
                .startsWith(
                        "memory is more than the 18,432 MB that this machine has for the run now; take a smaller batch");
    }

    @Test
    void theCostCountsWhatTheRunSpends() {
        Plan plan = plan(ldsd()).build();
        Cost cost = plan.cost();
        assertThat(cost.forwards()).isEqualTo(6 * 4);
        assertThat(cost.parameters())
                .isEqualTo(Models.opt("nano").family().space().dimension());
        assertThat(cost.evaluations()).isEqualTo(3 * 10 + 2 * 10);
        assertThat(cost.bytes()).isGreaterThan(2 * 4 * cost.parameters());
        assertThat(cost.seconds()).isPositive();
        assertThat(cost.toString()).contains("forwards     24");
    }

    /** The last step is evaluated too, whether or not it is a multiple of the interval. */
    @Test
    void theCostCountsTheLastEvaluation() {
        for (int every : List.of(3, 4, 5, 20)) {
            Plan plan = plan(Method.mezo())
                    .steps(8)
                    .evaluateEvery(every)
                    .devExamples(10)
                    .testExamples(0)
                    .folder(folder.resolve("" + every))
                    .build();
            assertThat(plan.cost().evaluations())
                    .isEqualTo(10L * run(plan).dev().size());
        }
    }

    /** The iteration's products grow as the third power of a matrix's side, so they are most of a step's time long before memory counts. */
    @Test
    void theCostOfMuonCountsItsProducts() {
        ParameterSpace small =
                ParameterSpace.builder().add("w", List.of(200, 400)).build();
        ParameterSpace large =
                ParameterSpace.builder().add("w", List.of(400, 800)).build();
        Muon muon = new Muon(0.9, 1);
        assertThat(muon.bytes(small)).isEqualTo(4L * (4 * 80_000 + 2 * 40_000));
        assertThat(muon.seconds(small, 1)).isPositive();
        assertThat(muon.seconds(large, 1)).isGreaterThan(muon.seconds(small, 1));
        assertThat(muon.seconds(ParameterSpace.builder().add("v", List.of(400)).build(), 1))
                .isZero();
        Plan plan = Plan.builder()
                .subject(new FunctionSubject(Toys.twoLayers(1)))
                .method(Method.mezo())
                .build();
        long d = plan.subject().space().dimension();
        Plan by = Plan.builder()
                .subject(new FunctionSubject(Toys.twoLayers(1)))
                .method(Method.mezo())
                .rule(muon)
                .build();
        assertThat(Cost.kept(by, by.subject().space(), 0)
                        - Cost.kept(plan, plan.subject().space(), 0))
                .isEqualTo(4 * d + muon.bytes(by.subject().space()));
    }

    /** A rule or a sampler that asks for more losses than it says would spend more than other arms of a race. */
    @Test
    void lossesThatNobodyDeclaredAreRefused() {
        RuleConfig asks = theta -> new UpdateRule() {
            @Override
            public void apply(LossOracle f, ParameterVector x, Direction gradient, double learningRate) {
                f.at(x.here());
                apply(x, gradient, learningRate);
            }

            @Override
            public void apply(ParameterVector x, Direction gradient, double learningRate) {
                x.move(gradient, -learningRate);
            }
        };
        Plan plan = plan(Method.mezo()).rule(asks).steps(3).folder(folder).build();
        assertThatThrownBy(() -> run(plan))
                .hasMessageContaining("step 1 asked for 3 losses and its plan counts 2")
                .hasMessageContaining("by what its forwardsBefore() or forwards() says");
    }
}
