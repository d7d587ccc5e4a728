package org.zolab.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.zolab.estimator.BestOf;
import org.zolab.estimator.CentralDifference;
import org.zolab.estimator.Estimate;
import org.zolab.probe.CountingOracle;
import org.zolab.probe.LossOracle;
import org.zolab.sampler.DirectionLaw;
import org.zolab.sampler.Isotropic;
import org.zolab.sampler.LearnedMean;
import org.zolab.sampler.MeanStart;
import org.zolab.space.Direction;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Precision;
import org.zolab.space.Storage;
import org.zolab.space.Team;
import org.zolab.train.ZerothOrder;
import org.zolab.update.Sgd;

class StepLedgerTest {

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void file() {
        file = folder.resolve("ledger.jsonl");
    }

    private static StepRecord step(int t) {
        return new StepRecord(
                t, -7, List.of(1.0 / 3 + t, Math.nextUp(0.1)), List.of(-1e-300), 2e-5, "onednn/2", Map.of("rows", 7L));
    }

    private void write(int steps) {
        try (StepLedger ledger = StepLedger.open(file)) {
            for (int t = 0; t < steps; t++) {
                ledger.append(step(t));
            }
        }
    }

    @Test
    void readsBackToTheBit() {
        write(3);
        assertThat(StepLedger.read(file)).containsExactly(step(0), step(1), step(2));
    }

    /** Equal steps are equal bytes: what a step asked of tensors is told in the order of their names. */
    @Test
    void whatIsAskedOfTensorsIsInTheOrderOfTheirNames() throws IOException {
        Map<String, Long> partial = new HashMap<>();
        for (int i = 9; i >= 0; i--) {
            partial.put("layer." + i, (long) i);
        }
        try (StepLedger ledger = StepLedger.open(file)) {
            ledger.append(new StepRecord(0, 1, List.of(1.0), List.of(1.0), 1, "java", partial));
        }
        assertThat(Files.readString(file))
                .containsSubsequence(IntStream.range(0, 10)
                        .mapToObj(i -> "\"layer." + i + "\":" + i)
                        .toList());
    }

    /** Cut anywhere in the last line, the steps before it are there, and the next step goes where the torn one was. */
    @Test
    void aTornTailIsDropped() throws IOException {
        write(3);
        byte[] whole = Files.readAllBytes(file);
        int lastLine = whole.length / 3 * 2;
        for (int length = lastLine + 1; length < whole.length; length++) {
            Files.write(file, java.util.Arrays.copyOf(whole, length));
            assertThat(StepLedger.read(file)).as("cut to %d bytes", length).containsExactly(step(0), step(1));
        }
        try (StepLedger ledger = StepLedger.open(file)) {
            ledger.append(step(2));
        }
        assertThat(Files.readAllBytes(file)).isEqualTo(whole);
    }

    @Test
    void damageInTheMiddleIsAnErrorThatNamesTheLine() throws IOException {
        write(3);
        String text = Files.readString(file).replaceFirst("\"step\":1", "\"step\":4");
        Files.writeString(file, text);
        assertThatThrownBy(() -> StepLedger.read(file))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("damaged in line 2")
                .hasMessageContaining("keep the steps up to there");
    }

    @Test
    void stepsOfTwoRunsAreRefused() throws IOException {
        write(2);
        Files.writeString(
                file, Files.readString(file).lines().findFirst().orElseThrow() + "\n", StandardOpenOption.APPEND);
        assertThatThrownBy(() -> StepLedger.read(file)).hasMessageContaining("skips from step 1 to 0");
    }

    @Test
    void aLedgerThatCannotBeWrittenSaysWhatToDo() {
        assertThatThrownBy(() -> StepLedger.open(folder)) // a folder in its place
                .hasMessageContaining("cannot be")
                .hasMessageContaining(folder.toString());
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("No space left on device");
            }
        };
        assertThatThrownBy(() -> new StepLedger(file, full, () -> {}).append(step(0)))
                .hasMessageContaining(file.toString())
                .hasMessageContaining("No space left on device")
                .hasMessageContaining("free some space");
    }

    private static final ParameterSpace SPACE = ParameterSpace.builder()
            .add("w", List.of(70, 30))
            .add("b", List.of(30))
            .build();

    /** A loss with curvature, so that every step depends on all before it. */
    private static final LossOracle QUARTIC = points -> points.stream()
            .mapToDouble(point -> {
                double sum = 0;
                for (float x : point.coordinates()) {
                    sum += (x - 1.0) * (x - 1.0) + 0.1 * x * x * x * x;
                }
                return sum;
            })
            .toArray();

    private static ZerothOrder method(String name, ParameterVector theta) {
        return name.startsWith("mezo")
                ? new ZerothOrder(
                        new Isotropic.Config(DirectionLaw.GAUSSIAN).create(theta),
                        new CentralDifference(1e-3),
                        new Sgd().create(theta),
                        t -> 1e-4,
                        5)
                : new ZerothOrder(
                        new LearnedMean.Config(
                                        1e-2,
                                        1,
                                        LearnedMean.Form.SCALE_FREE,
                                        DirectionLaw.GAUSSIAN,
                                        0,
                                        MeanStart.ZERO,
                                        false,
                                        name.endsWith("bf16") ? Precision.BF16 : Precision.FP32)
                                .create(theta),
                        new BestOf(4, 1e-3),
                        new Sgd().create(theta),
                        t -> 1e-4,
                        5);
    }

    private static ParameterVector start(Precision precision) {
        ParameterVector theta = new ParameterVector(SPACE, Storage.heap(SPACE, new Team(2, () -> {}))).zeros(precision);
        theta.dither(new NoiseKey(5, 0, 1));
        theta.move(Direction.noise(new NoiseKey(1, 0, 0), Law.GAUSSIAN), 1);
        return theta;
    }

    /** Two hundred steps from their record alone: equal bits, and a tail cut off by a kill is taken again with a loss. */
    @ParameterizedTest
    @ValueSource(strings = {"mezo", "mezo, theta in bf16", "ldsd", "ldsd in bf16"})
    void replayGivesEqualBits(String name) throws IOException {
        Precision precision = name.contains("theta") ? Precision.BF16 : Precision.FP32;
        ParameterVector theta = start(precision);
        ZerothOrder method = method(name, theta);
        long[] prints = new long[200];
        try (StepLedger ledger = StepLedger.open(file)) {
            for (int t = 0; t < 200; t++) {
                CountingOracle f = new CountingOracle(QUARTIC);
                Estimate estimate = method.step(t, f, theta);
                ledger.append(new StepRecord(t, 5, f.losses(), estimate.slopes(), 1e-4, "test/2", Map.of()));
                prints[t] = theta.fingerprint();
            }
        }
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, java.util.Arrays.copyOf(whole, whole.length - 9)); // killed while the last line was written

        ParameterVector again = start(precision);
        ZerothOrder replay = method(name, again);
        List<StepRecord> steps = StepLedger.read(file);
        assertThat(steps).hasSize(199);
        List<Long> replayed = new ArrayList<>();
        for (StepRecord step : steps) {
            RecordedLosses losses = new RecordedLosses(step);
            replay.step(step.step(), losses, again);
            assertThat(losses.exhausted()).isTrue();
            replayed.add(again.fingerprint());
        }
        assertThat(replayed)
                .containsExactlyElementsOf(
                        java.util.Arrays.stream(prints, 0, 199).boxed().toList());
        replay.step(199, QUARTIC, again);
        assertThat(again.fingerprint()).isEqualTo(prints[199]);
    }

    @Test
    void aLedgerOfAnotherMethodIsRefused() {
        ParameterVector theta = start(Precision.FP32);
        Supplier<StepRecord> two =
                () -> new StepRecord(0, 5, List.of(1.0, 2.0), List.of(1.0), 1e-4, "test/2", Map.of());
        assertThatThrownBy(() -> method("ldsd", theta).step(0, new RecordedLosses(two.get()), theta))
                .hasMessageContaining("recorded 2 losses and its replay asks for more");
    }

    @Test
    void aSecondWriterIsRefusedUntilTheFirstIsDone() {
        try (StepLedger ledger = StepLedger.open(file)) {
            ledger.append(step(0));
            StepLedger.read(file); // a reader does not end the lock
            assertThatThrownBy(() -> StepLedger.open(file))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("the ledger is being written by another run: " + file);
        }
        try (StepLedger ledger = StepLedger.open(file)) {
            ledger.append(step(1));
        }
        assertThat(StepLedger.read(file)).hasSize(2);
    }
}
