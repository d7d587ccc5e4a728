package org.zolab.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.zolab.task.Split;

class TrialTest {

    private static Trial falling(Outcome outcome) {
        return new Trial(
                "arm",
                Trial.Phase.RACE,
                1,
                0.1,
                100,
                outcome,
                false,
                List.of(evaluated(0, 0, 2), evaluated(50, 100, 1), evaluated(100, 200, 0.5)),
                Path.of("nowhere"));
    }

    private static Event.Evaluated evaluated(int step, long forwards, double loss) {
        return new Event.Evaluated(step, forwards, Split.DEV, loss, Double.NaN, Metric.ACCURACY, 1);
    }

    @Test
    void betweenEvaluationsALossFallsInAStraightLine() {
        Trial trial = falling(new Outcome.Completed());
        assertThat(trial.forwardsTo(2)).isZero();
        assertThat(trial.forwardsTo(1.75)).isEqualTo(25);
        assertThat(trial.forwardsTo(1)).isEqualTo(100);
        assertThat(trial.forwardsTo(0.75)).isEqualTo(150);
        assertThat(trial.forwardsTo(0.4)).isInfinite();
    }

    /** However low its loss was before. */
    @Test
    void aRunThatDivergedGetsNowhere() {
        Trial trial = falling(new Outcome.Diverged(100, "a smaller learningRate"));
        assertThat(trial.loss()).isInfinite();
        assertThat(trial.forwardsTo(1)).isEqualTo(Double.POSITIVE_INFINITY);
    }
}
