package org.zolab.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.zolab.model.Compute;
import org.zolab.model.LanguageModel;
import org.zolab.model.families.Models;
import org.zolab.task.Example;
import org.zolab.tensor.LinearKernel;

/** The F1 of generated words by hand-counted cases, and what a score of answers tells. */
class AnswerF1Test {

    @Test
    void countsWordsWithoutArticlesAndPunctuation() {
        assertThat(AnswerF1.f1("The cat sat, on a mat.", "cat on the mat")).isCloseTo(6.0 / 7, within(1e-12));
        assertThat(AnswerF1.f1("U.S.A.", "usa")).isEqualTo(1);
        assertThat(AnswerF1.f1("no no yes", "no")).isCloseTo(0.5, within(1e-12));
        assertThat(AnswerF1.f1("théâtre a", "théâtre")).isEqualTo(1);
        assertThat(AnswerF1.f1("", "four")).isZero();
        assertThat(AnswerF1.f1("the", "a")).isZero();
    }

    @Test
    void theBestRightAnswerCountsAndTheLossStaysTheLikelihood() {
        List<Example> examples = List.of(
                Example.answered("Question: What fell?\nAnswer:", List.of(" snow\n", " heavy rain\n")),
                Example.answered("Question: How many?\nAnswer:", List.of(" four\n")));
        List<String> asked = new ArrayList<>();
        Generator generator = (point, prompts, most, stop) -> {
            asked.addAll(prompts);
            assertThat(most).isEqualTo(50);
            assertThat(stop).isEqualTo("\n");
            return List.of("rain", " five");
        };
        try (LanguageModel model = Models.opt("nano").load(new Compute(LinearKernel.ATEN, 2))) {
            Objective likelihood = new AnswerLikelihood(model, 256);
            Score score =
                    new AnswerF1(likelihood, generator).score(model.parameters().here(), examples);
            assertThat(asked)
                    .containsExactly(examples.get(0).prompt(), examples.get(1).prompt());
            assertThat(score.accuracy()).isCloseTo((2.0 / 3 + 0) / 2, within(1e-12));
            Score plain = likelihood.score(model.parameters().here(), examples);
            assertThat(score.loss()).isEqualTo(plain.loss());
            assertThat(plain.accuracy()).isNaN();
        }
    }

    @Test
    void anyRightOptionCountsInAChoice() {
        Example one = new Example("This class is about", List.of(" numbers", " time", " text"), 0);
        Example any = new Example(one.prompt(), one.options(), List.of(0, 1, 2));
        Example two = new Example(one.prompt(), one.options(), List.of(1, 0));
        try (LanguageModel model = Models.opt("nano").load(new Compute(LinearKernel.ATEN, 2))) {
            OptionScoring options = new OptionScoring(model, 256);
            Prediction chosen =
                    options.predictions(model.parameters().here(), List.of(one)).get(0);
            Example both =
                    new Example(one.prompt(), one.options(), List.of((chosen.chosen() + 1) % 3, chosen.chosen()));
            Example wrong = new Example(one.prompt(), one.options(), (chosen.chosen() + 1) % 3);
            assertThat(options.score(model.parameters().here(), List.of(both, wrong))
                            .accuracy())
                    .isEqualTo(0.5);
            assertThat(new NegatedF1(options)
                            .score(model.parameters().here(), List.of(both))
                            .loss())
                    .isEqualTo(-1);
            assertThat(any.isChoice()).isFalse();
            assertThat(two.answer()).isEqualTo(" time");
        }
    }
}
