package org.zolab.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import de.bwaldvogel.liblinear.Feature;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.zolab.model.Compute;
import org.zolab.model.Subset;
import org.zolab.model.families.Models;
import org.zolab.task.Apidocs;
import org.zolab.task.Example;
import org.zolab.task.GivenTask;
import org.zolab.task.Kind;
import org.zolab.task.Split;
import org.zolab.task.Task;
import org.zolab.tensor.LinearKernel;

class BaselinesTest {

    @Test
    void aProbeReadsMoreOffHiddenStatesThanTheModelSays() {
        Baselines found = Baselines.of(subject(some(Apidocs.task(), 400, Kind.CLASSIFICATION)), new Stop());
        assertThat(found.rows())
                .extracting(Baselines.Row::name)
                .containsExactly("most frequent", "untuned", "linear probe");
        double[] test = found.rows().stream()
                .mapToDouble(row -> row.test().orElseThrow().accuracy())
                .toArray();
        assertThat(test[0]).isBetween(0.15, 0.35);
        assertThat(test[2]).isGreaterThan(test[1] + 0.1).isGreaterThan(0.5);
        assertThat(found.toString()).contains("opt-nano on some", "linear probe", "accuracy", " %");
    }

    @Test
    void aTaskOfChoicesHasNoClassesToProbe() {
        Baselines found = Baselines.of(subject(some(Apidocs.task(), 20, Kind.CHOICE)), new Stop());
        assertThat(found.rows()).extracting(Baselines.Row::name).containsExactly("untuned");
    }

    @Test
    void itIsStopped() {
        LanguageSubject subject = subject(some(Apidocs.task(), 20, Kind.CLASSIFICATION));
        Stop asked = new Stop();
        asked.ask();
        assertThatThrownBy(() -> Baselines.of(subject, asked)).isInstanceOf(CancellationException.class);
    }

    /** Two clouds that a plane separates, in forty dimensions. */
    @Test
    void aProbeSeparatesWhatAPlaneSeparates() {
        Random random = new Random(3);
        float[][] features = new float[200][40];
        int[] labels = new int[200];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = i % 2;
            for (int j = 0; j < 40; j++) {
                features[i][j] = (float) (random.nextGaussian() + (labels[i] == 0 ? -0.5 : 0.5) + 3);
            }
        }
        Feature[][] seen = LinearProbe.features(features);
        LinearProbe probe = LinearProbe.fit(seen, labels, seen, labels);
        assertThat(probe.accuracy(seen, labels)).isGreaterThan(0.99);
    }

    private static LanguageSubject subject(Task task) {
        return new LanguageSubject(
                Models.opt("nano"),
                new Subset.Full(),
                task,
                Loss.of(task.kind()),
                1,
                100,
                200,
                0,
                new Compute(LinearKernel.ATEN, 2));
    }

    private static Task some(Task task, int train, Kind kind) {
        Map<Split, List<Example>> splits = new EnumMap<>(Split.class);
        for (Split split : Split.values()) {
            List<Example> all = task.examples(split);
            splits.put(split, split == Split.TRAIN ? all.subList(0, train) : all);
        }
        return new GivenTask("some", kind, splits);
    }
}
