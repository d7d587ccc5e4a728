package org.zolab.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
    void trainsScalesAndComparesThem(@TempDir Path folder) {
        Map<String, List<Run>> runs = TrainScales.run(
                new TrainScales.Budget(2, 2, 16, List.of(1e-5, 1e-4), List.of(1L)), folder.resolve("nets.safetensors"));
        assertThat(runs.keySet()).containsExactly("uniform", "untrained", "gradients", "trained");
        assertThat(runs.values())
                .allSatisfy(ofArm -> assertThat(ofArm.get(0).forwards()).isEqualTo(4));
        assertThat(runs.get("uniform").get(0).summary()).startsWith("zo-finetuner: completed, 2 steps");
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
