package org.zolab.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.zolab.model.Compute;
import org.zolab.model.LanguageModel;
import org.zolab.model.Representations;
import org.zolab.model.families.Models;
import org.zolab.task.Example;
import org.zolab.tensor.LinearKernel;

/** Options of a head of classes: one for each class, whatever their words are. */
class ClassesTest {

    private static final Path BERT = Path.of("..", "integration-tests", "goldens", "models", "bert-classes");
    private static final List<String> WORDS = List.of(" terrible", " so so", " utterly great");

    private static LanguageModel model;

    @BeforeAll
    static void open() {
        model = Models.at(BERT).load(new Compute(LinearKernel.ATEN, 2));
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static EncodedOptions encode(int maxLength, String prompt) {
        return new OptionEncoder(model, maxLength).options(List.of(new Example(prompt, WORDS, 0)));
    }

    /** −log softmax of the logits where the text begins, and the class with the largest is chosen. */
    @Test
    void theLossIsOverTheClasses() {
        Example example = new Example("no[SEP]yes it is", WORDS, 2);
        EncodedOptions encoded = encode(64, example.prompt());
        assertThat(encoded.batch().rows()).hasSize(1);
        float[] logits = Arrays.copyOf(
                model.representations()
                        .trace(
                                model.parameters().here(),
                                encoded.batch().rows(),
                                encoded.batch().second())
                        .logits()[0],
                3);
        double sum = Math.exp(logits[0]) + Math.exp(logits[1]) + Math.exp(logits[2]);
        OptionScoring scoring = new OptionScoring(model, 64);
        try (BatchLoss loss = scoring.on(List.of(example))) {
            assertThat(loss.at(model.parameters().here())).isCloseTo(Math.log(sum) - logits[2], within(1e-5));
        }
        int best = logits[0] > logits[1] ? logits[0] > logits[2] ? 0 : 2 : logits[1] > logits[2] ? 1 : 2;
        assertThat(scoring.predictions(model.parameters().here(), List.of(example))
                        .get(0)
                        .chosen())
                .isEqualTo(best);
        try (BatchLoss loss = new AnswerLikelihood(model, 64).on(List.of(example))) {
            assertThat(loss.at(model.parameters().here())).isCloseTo(Math.log(sum) - logits[2], within(1e-5));
        }
    }

    /** What a second text is told by changes the logits. */
    @Test
    void aSecondTextStandsBehindTheSeparator() {
        EncodedOptions pair = encode(64, "no[SEP]yes it is");
        int[] row = pair.batch().rows().get(0);
        int separator = model.tokenizer().separator().orElseThrow();
        int second = pair.batch().second().get(0);
        assertThat(row[second - 1]).isEqualTo(separator);
        assertThat(second).isBetween(3, row.length - 2);
        assertThat(encode(64, "no yes it is").batch().second())
                .containsExactly(encode(64, "no yes it is").batch().rows().get(0).length);
        float[] one = model.representations()
                .trace(model.parameters().here(), List.of(row))
                .logits()[0];
        float[] two = model.representations()
                .trace(model.parameters().here(), List.of(row), List.of(second))
                .logits()[0];
        assertThat(two[0]).isNotCloseTo(one[0], within(1e-3f));
    }

    /** The probe sees what the classes are read off by, second texts included. */
    @Test
    void theFeaturesAreWhatTheHeadMultiplies() {
        Example example = new Example("no[SEP]yes it is", WORDS, 2);
        OptionScoring scoring = new OptionScoring(model, 64);
        EncodedOptions encoded = encode(64, example.prompt());
        Representations.Trace trace = model.representations()
                .trace(
                        model.parameters().here(),
                        encoded.batch().rows(),
                        encoded.batch().second());
        float[] pooled = trace.hidden().get(trace.hidden().size() - 1)[0];
        float[] features = scoring.features(model.parameters().here(), List.of(example))[0];
        assertThat(features).containsExactly(Arrays.copyOf(pooled, features.length), within(1e-5f));
    }

    @Test
    void whatIsNotOneOfItsClassesIsRefused() {
        assertThatThrownBy(() -> new OptionEncoder(model, 64)
                        .options(List.of(new Example("no", List.of(" terrible", " great"), 0))))
                .hasMessageContaining(
                        "options of an example are not one for each class that the model's head tells apart,"
                                + " [no, maybe, yes]: [ terrible,  great]")
                .hasMessageContaining("classes = 2");
        assertThatThrownBy(() -> encode(3, "no[SEP]yes"))
                .hasMessageContaining("maxLength leaves no room for a text beside 3 special tokens: 3");
    }
}
