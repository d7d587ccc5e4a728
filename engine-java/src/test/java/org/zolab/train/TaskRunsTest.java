package org.zolab.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.model.Compute;
import org.zolab.model.LanguageModel;
import org.zolab.model.adapter.Lora;
import org.zolab.model.families.Models;
import org.zolab.objective.BatchLoss;
import org.zolab.objective.Prediction;
import org.zolab.space.Direction;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.Point;
import org.zolab.space.Precision;
import org.zolab.task.Apidocs;
import org.zolab.task.Example;
import org.zolab.task.GivenTask;
import org.zolab.task.Kind;
import org.zolab.task.OwnText;
import org.zolab.task.Split;
import org.zolab.task.Task;
import org.zolab.tensor.LinearKernel;

/** Tasks of every kind in whole runs. */
class TaskRunsTest {

    @TempDir
    Path folder;

    @Test
    void plainTextIsLearnedAndToldByItsPerplexity() throws IOException {
        StringBuilder text = new StringBuilder();
        Apidocs.task().examples(Split.TRAIN).subList(0, 60).forEach(example -> text.append(example.prompt())
                .append("\n\n"));
        Path file = Files.writeString(folder.resolve("docs.txt"), text);
        Run run = run(plan(new OwnText(file, 30).task(), 3));
        Event.Evaluated best = run.best().orElseThrow();
        assertThat(best.accuracy()).isNaN();
        assertThat(run.summary())
                .contains("lowest dev perplexity " + String.format("%.4g", Math.exp(best.loss())))
                .contains("test perplexity")
                .doesNotContain("NaN", "accuracy");
        assertThat(run.predictions(Split.TEST)).isEmpty();
        assertThat(run.plan().toString()).contains("task: docs.txt", "objective: answers");
    }

    @Test
    void predictionsOfTheBestCheckpointAreItsAccuracy() {
        Run run = run(plan(Apidocs.task(), 2));
        List<Prediction> test = run.predictions(Split.TEST);
        assertThat(test).hasSize(20);
        double right = test.stream().filter(Prediction::isRight).count() / 20.0;
        assertThat(right).isCloseTo(run.test().orElseThrow().accuracy(), within(1e-12));
    }

    @Test
    void choicesAreLearnedByTheLikelihoodOfTheRightOne() {
        List<Example> examples = Apidocs.task().examples(Split.DEV).subList(0, 40);
        Task choice = new GivenTask("choice", Kind.CHOICE, Map.of(Split.TRAIN, examples, Split.DEV, examples));
        Run run = run(plan(choice, 2));
        assertThat(run.plan().toString()).contains("objective: answers");
        assertThat(run.best().orElseThrow().accuracy()).isBetween(0.0, 1.0);
    }

    @Test
    void answersHaveNoOptionsToChooseFrom() {
        List<Example> asked = List.of(Example.answered("Question: How many?\nAnswer:", List.of(" four\n")));
        Task task = new GivenTask("asked", Kind.GENERATION, Map.of(Split.TRAIN, asked, Split.DEV, asked));
        assertThatThrownBy(() -> Plan.builder()
                        .model(Models.opt("nano"))
                        .method(Method.mezo())
                        .task(task)
                        .objective(Loss.ACCURACY)
                        .build())
                .hasMessage(
                        "objective negatedAccuracy chooses among options, and the task asked has none; use answers()");
        assertThat(run(plan(task, 2)).best().orElseThrow().loss()).isPositive();
    }

    /** At every point the model writes; an answer's words are what is judged. */
    @Test
    void theF1OfWhatIsWrittenIsMinimised() {
        List<Example> asked = Stream.of("list", "string", "file", "number")
                .map(word -> Example.answered("Returns the " + word, List.of(" of the " + word, " the value\n")))
                .toList();
        Task task = new GivenTask("asked", Kind.GENERATION, Map.of(Split.TRAIN, asked, Split.DEV, asked));
        Plan plan = builder(task, 3).objective(Loss.F1).epsilon(0.05).build();
        Run run = run(plan);
        assertThat(run.outcome()).isEqualTo(new Outcome.Completed());
        Event.Evaluated first = run.dev().get(0);
        assertThat(first.loss()).isEqualTo(-first.accuracy()).isBetween(-1.0, -0.01);
        assertThat(run.steps().stream().map(Event.Stepped::loss)).allMatch(loss -> loss >= -1 && loss < 0);
        assertThat(run.plan().cost().notes().get(0)).startsWith("objective negatedF1 writes an answer to every prompt");
        LanguageSubject subject = (LanguageSubject) plan.subject();
        LanguageModel model = subject.model().load(subject.compute());
        try (Subject.Opened opened = subject.on(model, 1);
                BatchLoss loss = opened.batch(0)) {
            Direction z = Direction.noise(new NoiseKey(5, 0, 0), Law.GAUSSIAN);
            List<Point> points = List.of(
                    model.parameters().along(z, 0.05), model.parameters().here());
            double[] losses = loss.at(points);
            assertThat(losses[1]).isCloseTo(first.loss(), within(1e-12)); // the batch is all of train, and dev is train
            assertThat(losses[0]).isNotEqualTo(losses[1]);
            assertThat(loss.at(points)).containsExactly(losses);
        }
    }

    /** A copy of the weights, where what is read is not what is kept or a point is displaced. */
    @Test
    void whatGeneratingWritesIsPlanned() {
        List<Example> asked = List.of(Example.answered("Question: How many?\nAnswer:", List.of(" four\n")));
        Map<Split, List<Example>> splits = Map.of(Split.TRAIN, asked, Split.DEV, asked);
        Task task = new GivenTask("asked", Kind.GENERATION, splits);
        ParameterSpace whole = Models.opt("nano").family().space();
        long copy = Float.BYTES * whole.dimension();
        assertThat(written(builder(task, 30).evaluateEvery(10))).isEqualTo(new Cost.Written(0, 0));
        assertThat(written(builder(task, 30).evaluateEvery(10).objective(Loss.F1)))
                .isEqualTo(new Cost.Written(copy, 60));
        assertThat(written(builder(task, 30).evaluateEvery(10).tune(Lora.of(2, 4, List.of()))))
                .isEqualTo(new Cost.Written(copy, 4));
        assertThat(written(builder(task, 30)
                        .evaluateEvery(10)
                        .compute(new Compute(LinearKernel.ATEN, 2, Precision.FP32, Precision.BF16))))
                .isEqualTo(new Cost.Written(copy, 4));
        Task tested = new GivenTask(
                "asked", Kind.GENERATION, Map.of(Split.TRAIN, asked, Split.DEV, asked, Split.TEST, asked));
        Cost.Written half = written(builder(tested, 30)
                .evaluateEvery(10)
                .compute(new Compute(LinearKernel.ATEN, 2, Precision.BF16, Precision.FP32)));
        assertThat(half.times()).isEqualTo(4 + 2);
        assertThat(half.bytes()).isBetween(copy / 2, copy - 1);
        assertThat(written(builder(Apidocs.task(), 30).tune(Lora.of(2, 4, List.of()))))
                .isEqualTo(new Cost.Written(0, 0));
    }

    private static Cost.Written written(Plan.Builder builder) {
        Plan plan = builder.build();
        LanguageSubject subject = (LanguageSubject) plan.subject();
        return Cost.Written.of(plan, subject, subject.tune().of(subject.model().family()));
    }

    @Test
    void aRunWithoutWeightsHasNoPredictions() {
        Plan plan = plan(Apidocs.task(), 1);
        Run never =
                new Run(plan, new Outcome.Stopped(0), List.of(), List.of(), List.of(), 0, 0, folder.resolve("never"));
        assertThatThrownBy(() -> never.predictions(Split.TEST)).hasMessageContaining("the run has kept no weights");
    }

    private Plan plan(Task task, int steps) {
        return builder(task, steps).build();
    }

    private Plan.Builder builder(Task task, int steps) {
        return Plan.builder()
                .model(Models.opt("nano"))
                .method(Method.mezo())
                .task(task)
                .steps(steps)
                .batch(4)
                .devExamples(20)
                .testExamples(20)
                .compute(new Compute(LinearKernel.ATEN, 2))
                .folder(folder.resolve("run"));
    }

    private static Run run(Plan plan) {
        return new FineTuner(plan).run(event -> {});
    }
}
