package org.zolab.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.zolab.model.Compute;
import org.zolab.model.LanguageModel;
import org.zolab.model.families.Models;
import org.zolab.probe.DifferentiableOracle;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.ParameterVector;
import org.zolab.space.Point;
import org.zolab.task.Example;
import org.zolab.tensor.LinearKernel;

/** The mean over tokens, however examples are put together. */
class AnswerLikelihoodTest {

    /** Answers of one word to nine. */
    private static final List<Example> EXAMPLES = IntStream.range(0, 130)
            .mapToObj(i -> Example.answered("Returns the", List.of(" number of elements".repeat(1 + i % 3) + " " + i)))
            .toList();

    @Test
    void ofASplitItIsOverAllTokensInHoweverManyChunks() {
        try (LanguageModel model = Models.opt("nano").load(new Compute(LinearKernel.ATEN, 2))) {
            AnswerLikelihood likelihood = new AnswerLikelihood(model, 256);
            OptionEncoder encoder = new OptionEncoder(model, 256);
            Point here = model.parameters().here();
            double sum = 0;
            double means = 0;
            int tokens = 0;
            for (Example example : EXAMPLES) {
                EncodedOptions answer = encoder.answers(List.of(example));
                try (BatchLoss alone = likelihood.on(answer)) {
                    double loss = alone.at(here);
                    sum += loss * answer.length(0, 0);
                    means += loss;
                    tokens += answer.length(0, 0);
                }
            }
            assertThat(means / EXAMPLES.size()).isNotCloseTo(sum / tokens, within(0.01));
            Score score = likelihood.score(here, EXAMPLES);
            assertThat(score.loss()).isCloseTo(sum / tokens, within(1e-4));
            assertThat(score.examples()).isEqualTo(EXAMPLES.size());
        }
    }

    /** Examples without a choice are the shortest here, so that they fill whole chunks. */
    @Test
    void accuracyIsTheShareOfRightChoicesWhateverElseThereIs() {
        List<Example> mixed = IntStream.range(0, 130)
                .mapToObj(i -> i < 70
                        ? EXAMPLES.get(i)
                        : new Example(
                                "Returns the number of elements in this list, or", List.of(" -1", " " + i), i % 2))
                .toList();
        try (LanguageModel model = Models.opt("nano").load(new Compute(LinearKernel.ATEN, 2))) {
            Point here = model.parameters().here();
            long right = new OptionScoring(model, 256)
                    .predictions(here, mixed.subList(70, 130)).stream()
                            .filter(Prediction::isRight)
                            .count();
            assertThat(new AnswerLikelihood(model, 256).score(here, mixed).accuracy())
                    .isCloseTo(right / 60.0, within(1e-12));
        }
    }

    /** Of values, and of gradients. */
    @Test
    void severalBatchesAreOneLargerOne() {
        List<Example> some = EXAMPLES.subList(0, 6);
        try (LanguageModel model = Models.opt("nano").load(new Compute(LinearKernel.ATEN, 2))) {
            AnswerLikelihood likelihood = new AnswerLikelihood(model, 256);
            ParameterVector theta = model.parameters();
            try (BatchLoss whole = likelihood.on(some);
                    BatchLoss parts = BatchLoss.mean(List.of(
                            likelihood.on(some.subList(0, 1)),
                            likelihood.on(some.subList(1, 3)),
                            likelihood.on(some.subList(3, 6))))) {
                assertThat(parts.terms()).isEqualTo(whole.terms());
                assertThat(parts.at(theta.here())).isCloseTo(whole.at(theta.here()), within(1e-5));
                ParameterVector expected = theta.heapZeros();
                ParameterVector gradient = theta.heapZeros();
                double loss = DifferentiableOracle.of(whole).gradient(theta.here(), expected);
                assertThat(DifferentiableOracle.of(parts).gradient(theta.here(), gradient))
                        .isCloseTo(loss, within(1e-5));
                Direction error = Direction.of(gradient).minus(Direction.of(expected));
                assertThat(Fold.norm(expected, error)).isLessThan(1e-4 * Fold.norm(expected, Direction.of(expected)));
                assertThat(parts.touched()).isEqualTo(whole.touched()).isNotEmpty();
            }
        }
    }
}
