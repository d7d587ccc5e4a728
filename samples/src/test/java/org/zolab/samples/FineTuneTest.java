package org.zolab.samples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.zolab.train.Outcome;
import org.zolab.train.Run;

class FineTuneTest {

    @Test
    void runsBothMethods() {
        for (String method : new String[] {"mezo", "ldsd"}) {
            Run run = FineTune.run(method, 2);
            assertThat(run.outcome()).isEqualTo(new Outcome.Completed());
            assertThat(run.summary()).startsWith(method + ": completed, 2 steps").contains("test accuracy 2");
        }
    }
}
