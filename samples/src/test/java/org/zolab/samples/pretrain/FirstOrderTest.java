package org.zolab.samples.pretrain;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class FirstOrderTest {
    @Test
    void backpropagationBeatsGuessingWithinFortySteps() {
        FirstOrder program = new FirstOrder();
        int code = new CommandLine(program).execute("--steps", "40", "--lr", "1e-3", "--seeds", "1");
        assertThat(code).isZero();
        // guessing is right in 25 of 100 with a deviation of 1.4
        assertThat(program.testAccuracy()).isBetween(0.4, 0.95);
    }
}
