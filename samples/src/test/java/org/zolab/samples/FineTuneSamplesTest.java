package org.zolab.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.train.Ablation;
import org.zolab.train.AblationResult;
import org.zolab.train.Method;
import org.zolab.train.Outcome;
import org.zolab.train.Run;

class FineTuneSamplesTest {

    @Test
    void runsBothMethodsFromJava() {
        for (String method : new String[] {"mezo", "ldsd"}) {
            Run run = FineTuneFromJava.run(method, 2);
            assertThat(run.outcome()).isEqualTo(new Outcome.Completed());
            assertThat(run.summary())
                    .startsWith(method + ": completed, 2 steps")
                    .contains("test accuracy 30.0 %");
        }
    }

    @Test
    void trainsScalesAndComparesThem(@TempDir Path folder) throws IOException {
        AblationResult result =
                TrainScales.run(new TrainScales.Budget(2, 4, 16, List.of(1L)), folder.resolve("scales"));
        assertThat(result.complete()).isTrue();
        assertThat(result.ablation().arms())
                .extracting(Ablation.Arm::name)
                .containsExactly("uniform", "untrained", "gradients", "trained")
                .allSatisfy(arm -> assertThat(result.trials(arm).get(0).steps()).isEqualTo(2));
        assertThat(List.of("plan.txt", "results.jsonl", "table.txt", "figure.svg", "commit.txt"))
                .allSatisfy(file ->
                        assertThat(folder.resolve("scales").resolve(file)).isNotEmptyFile());
    }

    @Test
    void runsFromKotlin() {
        Run run = FineTuneKt.fineTune(2);
        assertThat(run.outcome()).isEqualTo(new Outcome.Completed());
        assertThat(run.forwards()).isEqualTo(2 * 6);
    }

    @Test
    void theNumbersOfTheReadmeAreMadeByRuns() {
        Run run = QuickstartNumbers.run(Method.mezo(), 1, 4);
        assertThat(run.steps()).hasSize(2);
        QuickstartNumbers.report(List.of(run)); // a run has all that the report needs
    }
}
