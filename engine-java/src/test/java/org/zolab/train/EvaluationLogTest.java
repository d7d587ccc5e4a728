package org.zolab.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.zolab.task.Split;

class EvaluationLogTest {

    @TempDir
    Path folder;

    private static Event.Evaluated at(int step) {
        return new Event.Evaluated(step, 2L * step, Split.DEV, 1.0 / 3 + step, Double.NaN, Metric.F1, 0.5);
    }

    private Path written() {
        Path file = folder.resolve("evaluations.jsonl");
        EvaluationLog log = EvaluationLog.open(file, 3, Metric.F1);
        for (int step = 0; step < 3; step++) {
            log.append(at(step));
        }
        return file;
    }

    /** Cut anywhere in the last line, those before it are there, and the next goes where the torn one was. */
    @Test
    void aTornLastLineIsDropped() throws IOException {
        Path file = written();
        String whole = Files.readString(file);
        int last = whole.lastIndexOf('\n', whole.length() - 2);
        for (int length = last + 1; length < whole.length() - 1; length++) {
            Files.writeString(file, whole.substring(0, length));
            assertThat(EvaluationLog.read(file, Metric.F1))
                    .as("cut to %d", length)
                    .isEqualTo(List.of(at(0), at(1)));
            EvaluationLog.open(file, 3, Metric.F1).append(at(2));
            assertThat(Files.readString(file)).isEqualTo(whole);
        }
    }

    @Test
    void damageBeforeItIsAnErrorThatNamesTheLine() throws IOException {
        Path file = written();
        Files.writeString(file, Files.readString(file).replaceFirst("\\{\"step\":1", "{\"st"));
        assertThatThrownBy(() -> EvaluationLog.read(file, Metric.F1))
                .hasMessageStartingWith("the evaluations are damaged in line 2: " + file);
    }

    /** As earlier versions wrote them. */
    @Test
    void whatDoesNotNameItsMetricHasThatOfThePlan() throws IOException {
        Path file = written();
        Files.writeString(file, Files.readString(file).replace(",\"metric\":\"F1\"", ""));
        assertThat(file).content().doesNotContain("metric");
        assertThat(EvaluationLog.read(file, Metric.F1)).isEqualTo(List.of(at(0), at(1), at(2)));
    }

    /** Those of steps that were lost are made again. */
    @Test
    void whatLiesBehindTheLedgerIsDropped() {
        Path file = written();
        assertThat(EvaluationLog.open(file, 1, Metric.F1).find(2, Split.DEV)).isEmpty();
        assertThat(EvaluationLog.read(file, Metric.F1)).isEqualTo(List.of(at(0), at(1)));
    }
}
