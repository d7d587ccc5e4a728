package org.zolab.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.diagnose.Median;
import org.zolab.estimator.LeaveOneOut;
import org.zolab.model.Compute;
import org.zolab.model.families.Models;
import org.zolab.objective.Toys;
import org.zolab.sampler.DirectionLaw;
import org.zolab.sampler.LearnedMean;
import org.zolab.task.Split;
import org.zolab.tensor.LinearKernel;

/** Ablations of toys, and a small one of the embedded model. */
class AblationTest {

    @TempDir
    Path folder;

    private static Plan toy(Method method, double rate) {
        return Plan.builder()
                .subject(new FunctionSubject(Toys.quadratic(50, 10)))
                .method(method)
                .learningRate(rate)
                .build();
    }

    private static List<Ablation.Arm> arms() {
        Method ldsd =
                Method.ldsd(new LearnedMean.Config(1e-2, 1, LearnedMean.Form.SCALE_FREE, DirectionLaw.GAUSSIAN), 3);
        return List.of(
                new Ablation.Arm("mezo", toy(Method.mezo(), 1e-3)),
                new Ablation.Arm("ldsd", toy(ldsd, 1e-3)),
                new Ablation.Arm(
                        "leave one out", toy(Method.mezo().with(epsilon -> new LeaveOneOut(4, epsilon)), 1e-3)));
    }

    private static Ablation ablation(List<Ablation.Arm> arms, int atOnce, @Nullable Tuning tuning, Path folder) {
        return new Ablation(arms, List.of(1L, 2L, 3L), 240, 5, tuning, atOnce, folder);
    }

    private static Tuning tuning() {
        return new Tuning(240 * 6, List.of(9L), 2);
    }

    /** What was measured, without what a clock says. */
    private static List<String> numbers(AblationResult result) {
        return result.ablation().arms().stream()
                .flatMap(arm -> result.trials(arm.name()).stream())
                .flatMap(trial -> trial.evaluations().stream()
                        .map(e -> trial.arm() + " " + trial.seed() + " " + trial.learningRate() + " " + e.step() + " "
                                + e.forwards() + " " + e.split() + " " + e.loss() + " " + e.accuracy()))
                .toList();
    }

    @Test
    void armsSpendEqualForwardsAndEveryRunCounts() {
        AblationResult result = new Ablator(ablation(arms(), 1, null, folder)).run(moment -> {});
        assertThat(result.complete()).isTrue();
        for (Ablation.Arm arm : result.ablation().arms()) {
            assertThat(result.trials(arm.name())).hasSize(3).allSatisfy(trial -> {
                assertThat(trial.dev().get(trial.dev().size() - 1).forwards()).isEqualTo(240);
                assertThat(trial.dev()).hasSize(6);
                assertThat(trial.loss()).isLessThan(trial.dev().get(0).loss());
            });
        }
        assertThat(result.forwardsBeside("mezo", "mezo")).isEqualTo(1);
    }

    /** The mean of the two middle losses is reached by half of an even number of runs, whose median would be infinite. */
    @Test
    void anArmBesideItselfIsOneWhateverTheNumberOfSeeds() {
        for (int seeds = 1; seeds <= 4; seeds++) {
            Ablation ablation = new Ablation(
                    arms(),
                    LongStream.rangeClosed(1, seeds).boxed().toList(),
                    240,
                    5,
                    null,
                    1,
                    folder.resolve("" + seeds));
            AblationResult result = new Ablator(ablation).run(moment -> {});
            assertThat(result.forwardsBeside("mezo", "mezo")).isEqualTo(1);
            assertThat(result.forwardsBeside("leave one out", "mezo")).isPositive();
        }
    }

    @Test
    void aSecondOneAndOneWithSeveralRunsAtOnceHaveTheSameNumbers() {
        List<String> first = numbers(new Ablator(ablation(arms(), 1, tuning(), folder.resolve("a"))).run(moment -> {}));
        assertThat(numbers(new Ablator(ablation(arms(), 1, tuning(), folder.resolve("b"))).run(moment -> {})))
                .isEqualTo(first);
        assertThat(numbers(new Ablator(ablation(arms(), 4, tuning(), folder.resolve("c"))).run(moment -> {})))
                .isEqualTo(first)
                .hasSize(3 * 3 * 6);
    }

    @Test
    void oneThatWasStoppedGoesOnToTheSameNumbers() {
        List<String> whole = numbers(new Ablator(ablation(arms(), 1, tuning(), folder.resolve("a"))).run(moment -> {}));
        Ablation ablation = ablation(arms(), 2, tuning(), folder.resolve("b"));
        AtomicInteger events = new AtomicInteger();
        Ablator cut = new Ablator(ablation);
        AblationResult part = cut.run(moment -> {
            if (events.incrementAndGet() == 1500) {
                cut.stop();
            }
        });
        assertThat(part.complete()).isFalse();
        assertThat(part.trials()).isNotEmpty();
        AblationResult rest = new Ablator(ablation).run(moment -> {});
        assertThat(numbers(rest)).isEqualTo(whole);
    }

    @Test
    void whatIsFinishedIsNotRunAgainAlsoBesideANewArm() {
        List<Ablation.Arm> arms = arms();
        List<String> two = numbers(new Ablator(ablation(arms.subList(0, 2), 1, null, folder)).run(moment -> {}));
        List<String> ran = Collections.synchronizedList(new ArrayList<>());
        AblationResult three = new Ablator(ablation(arms, 1, null, folder)).run(moment -> ran.add(moment.arm()));
        assertThat(ran).isNotEmpty().containsOnly("leave one out");
        assertThat(numbers(three)).containsAll(two);
    }

    private static List<String> results(Path folder) throws IOException {
        return Files.readAllLines(folder.resolve(Ablator.RESULTS));
    }

    /** Several runs are unfinished, the last one's results come last: what is killed at any event has lost nothing. */
    @Test
    void oneThatIsCutOffAgainHasAllResultsThatWereThere() throws IOException {
        Ablation ablation = ablation(arms(), 1, tuning(), folder);
        AblationResult whole = new Ablator(ablation).run(moment -> {});
        Trial lost = whole.trials("mezo").get(1);
        Files.delete(lost.folder().resolve(RunFolder.OUTCOME));
        List<String> others = results(folder).stream()
                .filter(line -> !line.contains(lost.folder().getFileName().toString()))
                .toList();
        assertThatThrownBy(() -> new Ablator(ablation).run(moment -> {
                    throw new IllegalStateException("killed");
                }))
                .hasMessage("killed");
        assertThat(results(folder)).containsExactlyInAnyOrderElementsOf(others);
    }

    /** Their names fit one folder, not their results: a second one is told so, also by one whose settings differ. */
    @Test
    void aSecondOneInTheFolderIsRefusedUntilTheFirstIsDone() throws IOException {
        Ablation second = ablation(arms().subList(0, 1), 1, null, folder);
        AtomicInteger refused = new AtomicInteger();
        new Ablator(ablation(arms(), 2, null, folder)).run(moment -> {
            if (moment.event() instanceof Event.Started) {
                assertThatThrownBy(() -> new Ablator(second).run(m -> {}))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("an ablation in this folder is going on: " + folder
                                + "; wait for it, end it, or choose another name or folder");
                refused.incrementAndGet();
            }
        });
        assertThat(refused).hasValue(9);
        assertThat(results(folder)).hasSize(9 * 6);
        assertThat(new Ablator(second).run(moment -> {}).complete()).isTrue();
    }

    /** An ablation in a process of its own, which waits in its second run until it is killed. */
    static final class Apart {
        private Apart() {}

        public static void main(String[] args) {
            new Ablator(ablation(arms(), 1, null, Path.of(args[0]))).run(moment -> {
                if (moment.seed() == 2 && moment.event() instanceof Event.Stepped) {
                    System.out.println("waiting");
                    LockSupport.park();
                }
            });
        }
    }

    @Test
    void oneInAnotherProcessIsToldFromOneThatWasKilled() throws Exception {
        Process other = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Apart.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        Ablation ablation = ablation(arms(), 1, null, folder);
        try (BufferedReader told = other.inputReader()) {
            assertThat(told.readLine()).isEqualTo("waiting");
            assertThatThrownBy(() -> new Ablator(ablation).run(moment -> {}))
                    .hasMessageContaining("an ablation in this folder is going on: " + folder);
        } finally {
            other.destroyForcibly().waitFor();
        }
        assertThat(results(folder)).hasSize(6);
        AblationResult rest = new Ablator(ablation).run(moment -> {});
        assertThat(rest.trials().stream().filter(Trial::earlier)).hasSize(1);
        assertThat(numbers(rest))
                .isEqualTo(numbers(
                        new Ablator(ablation(arms(), 1, null, folder.resolve("undisturbed"))).run(moment -> {})));
    }

    @Test
    void resultsAreOneTableOfJsonLinesAndCheckpointsAreGone() throws IOException {
        new Ablator(ablation(arms(), 1, tuning(), folder)).run(moment -> {});
        List<JsonNode> rows = new ArrayList<>();
        for (String line : Files.readAllLines(folder.resolve(Ablator.RESULTS))) {
            rows.add(new ObjectMapper().readTree(line));
        }
        assertThat(rows).allSatisfy(row -> {
            assertThat(row.get("arm").asText()).isIn("mezo", "ldsd", "leave one out");
            assertThat(row.get("phase").asText()).isIn("tuning", "race");
            assertThat(row.get("loss").isNumber()).isTrue();
            assertThat(row.get("score").isNull()).isTrue();
            assertThat(folder.resolve(row.get("folder").asText())).isDirectory();
        });
        assertThat(rows.stream().filter(row -> row.get("phase").asText().equals("race")))
                .hasSize(3 * 3 * 6);
        try (var files = Files.walk(folder)) {
            assertThat(files.map(Path::toString)).noneMatch(name -> name.endsWith(".safetensors"));
        }
    }

    @Test
    void aResultSaysWhatItsScoreIs() throws IOException {
        List<Event.Evaluated> evaluations = Stream.of(Metric.values())
                .map(metric -> new Event.Evaluated(0, 0, Split.DEV, 2, 0.25, metric, 1))
                .toList();
        Path place = folder.resolve("run");
        Trial trial =
                new Trial("mezo", Trial.Phase.RACE, 1, 0.1, 1, new Outcome.Completed(), false, evaluations, place);
        String lines = new AblationResult(ablation(arms(), 1, null, folder), List.of(trial), Map.of()).lines();
        List<String> told = new ArrayList<>();
        for (String line : lines.lines().toList()) {
            JsonNode row = new ObjectMapper().readTree(line);
            told.add(row.get("metric").asText() + " " + row.get("score"));
        }
        assertThat(told).containsExactly("accuracy 0.25", "f1 0.25", "perplexity " + Math.exp(2));
    }

    @Test
    void tuningClimbsToTheBestRateAndSaysWhenItsBudgetEnds() {
        Tuning four = new Tuning(1, List.of(1L), 2);
        Tuning.Tuned found = four.search(1, 10, rate -> Math.abs(Math.log(rate / 8)));
        assertThat(found.learningRate()).isCloseTo(8, within(1e-12));
        assertThat(found.bracketed()).isTrue();
        assertThat(found.tried().keySet()).containsExactly(1.0, 2.0, 4.0, 8.0, 16.0);
        Tuning.Tuned down = four.search(1, 3, rate -> rate > 0.3 ? Double.POSITIVE_INFINITY : 1);
        assertThat(down.tried()).hasSize(3);
        assertThat(down.bracketed()).isFalse();
        assertThatThrownBy(() -> new Tuning(1, List.of(7L, 8L, 7L), 2))
                .hasMessage("a seed of tuning is given twice: [7, 8, 7]");
    }

    /** While every rate diverges, only a lower one can help. */
    @Test
    void tuningGoesDownWhileAllRatesDiverge() {
        Tuning.Tuned found = new Tuning(1, List.of(1L), 2)
                .search(1, 4, rate -> rate > 0.3 ? Double.POSITIVE_INFINITY : Math.abs(Math.log(rate / 0.25)));
        assertThat(found.tried().keySet()).containsExactly(0.125, 0.25, 0.5, 1.0);
        assertThat(found.learningRate()).isEqualTo(0.25);
        assertThat(found.bracketed()).isTrue();
    }

    /** Arms are compared by their lowest evaluation, so none may have more of them than it was given. */
    @Test
    void noArmIsEvaluatedMoreOftenThanAsked() {
        for (int forwards : List.of(4, 58, 240, 246)) {
            Ablation ablation = new Ablation(arms(), List.of(1L), forwards, 5, null, 1, folder);
            for (Ablation.Arm arm : ablation.arms()) {
                Plan plan = ablation.plan(arm, Trial.Phase.RACE, 1, 1e-3, folder);
                int after = (plan.steps() + plan.evaluateEvery() - 1) / plan.evaluateEvery();
                assertThat(after).isBetween(Math.min(3, plan.steps()), 5);
            }
        }
        AblationResult result =
                new Ablator(new Ablation(arms(), List.of(1L), 58, 5, null, 1, folder.resolve("run"))).run(moment -> {});
        assertThat(result.trials()).hasSize(3).allSatisfy(trial -> assertThat(trial.dev())
                .hasSizeBetween(5, 6));
    }

    @Test
    void anArmThatDivergesIsShownLosing() {
        List<Ablation.Arm> arms = List.of(arms().get(0), new Ablation.Arm("wild", toy(Method.mezo(), 10)));
        AblationResult result = new Ablator(ablation(arms, 1, null, folder)).run(moment -> {});
        assertThat(result.complete()).isTrue();
        assertThat(result.range("wild", Trial::loss).median()).isInfinite();
        assertThat(result.forwardsBeside("wild", "mezo")).isInfinite();
        assertThat(result.forwardsBeside("mezo", "wild")).isNaN();
        assertThat(result.trials("wild").get(0).outcome()).isInstanceOf(Outcome.Diverged.class);
        assertThat(result.curve("wild")).isEmpty();
        assertThat(result.diverged("wild")).isEqualTo(3);
        assertThat(result.range("wild", Trial::accuracy).median()).isEqualTo(Double.NEGATIVE_INFINITY);
    }

    @Test
    void theMedianOfTwoIsBetweenThem() {
        AblationResult result =
                new Ablator(new Ablation(arms().subList(0, 1), List.of(1L, 2L), 240, 5, null, 1, folder)).run(m -> {});
        AblationResult.Range loss = result.range("mezo", Trial::loss);
        assertThat(loss.low()).isLessThan(loss.high());
        assertThat(loss.median()).isCloseTo((loss.low() + loss.high()) / 2, within(1e-12));
        assertThat(Median.of(3, 1, Double.POSITIVE_INFINITY)).isEqualTo(3);
        assertThat(Median.of(3, Double.POSITIVE_INFINITY)).isInfinite();
        assertThat(Median.of(Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY))
                .isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(Median.of(DoubleStream.empty())).isNaN();
    }

    @Test
    void everythingThatIsWrongIsSaidAtOnce() {
        assertThatThrownBy(() ->
                        new Ablation(List.of(arms().get(1), arms().get(1)), List.of(1L, 1L), 3, 0, tuning(), 0, folder))
                .hasMessageContaining("two arms have the same name; give each its own, as in arm(\"mine\") { … }: ldsd")
                .hasMessageContaining("seeds are not all different: [1, 1]")
                .hasMessageContaining("budget pays for no step of ldsd, which takes 4 forward passes: 3")
                .hasMessageContaining("evaluations is not strictly positive: 0")
                .hasMessageContaining("atOnce is not in 1 to 64: 0");
        assertThatThrownBy(() -> new Ablation(arms(), List.of(1L), 10_000_000_000L, 5, null, 1, folder))
                .hasMessageContaining("budget pays for more than the 2,147,483,647 steps that a run can have");
        Tuning endless = new Tuning(Long.MAX_VALUE / 4, List.of(9L), 2);
        assertThat(new Ablation(arms(), List.of(1L), 240, 5, endless, 1, folder).runs())
                .isEqualTo(3 * (1 + (long) Integer.MAX_VALUE));
        assertThatThrownBy(
                        () -> new Ablation(arms(), List.of(1L, 9L), 240, 5, new Tuning(300, List.of(9L), 2), 1, folder))
                .hasMessageContaining("a seed of the race is used for tuning, too: 9")
                .hasMessageContaining("tuning's budget pays for fewer than three rates, which take 720 forward passes");
    }

    @Test
    void aLanguageModelIsAblatedAtOnceAsOneAfterTheOther() {
        Plan plan = Plan.builder()
                .model(Models.opt("nano"))
                .method(Method.mezo())
                .task(FineTunerTest.TINY)
                .batch(4)
                .compute(new Compute(LinearKernel.ATEN, 2))
                .build();
        List<Ablation.Arm> arms = List.of(new Ablation.Arm("mezo", plan));
        List<String> one = numbers(
                new Ablator(new Ablation(arms, List.of(1L, 2L), 8, 2, null, 1, folder.resolve("a"))).run(moment -> {}));
        List<String> two = numbers(
                new Ablator(new Ablation(arms, List.of(1L, 2L), 8, 2, null, 2, folder.resolve("b"))).run(moment -> {}));
        assertThat(two).isEqualTo(one).hasSize(2 * (3 + 2));
    }
}
