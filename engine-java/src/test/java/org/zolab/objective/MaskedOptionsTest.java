package org.zolab.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.zolab.model.Compute;
import org.zolab.model.LanguageModel;
import org.zolab.model.families.Models;
import org.zolab.task.Example;
import org.zolab.tensor.LinearKernel;

/** Options of a masked model: words that fill a gap. */
class MaskedOptionsTest {

    private static final Path ROBERTA = Path.of("..", "integration-tests", "goldens", "models", "roberta-tiny");
    private static final List<String> WORDS = List.of(" terrible", " great");

    private static LanguageModel model;

    @BeforeAll
    static void open() {
        model = Models.at(ROBERTA).load(new Compute(LinearKernel.ATEN, 2));
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static EncodedOptions encode(int maxLength, String prompt, List<String> words) {
        return new OptionEncoder(model, maxLength).options(List.of(new Example(prompt, words, 0)));
    }

    @Test
    void theGapIsWhereThePromptHasItAndElseAtItsEnd() {
        int mask = model.tokenizer().mask().orElseThrow();
        EncodedOptions within = encode(64, "The film was <mask>.", WORDS);
        assertThat(within.batch().rows()).hasSize(1);
        int gap = within.batch().scored().get(0).position();
        assertThat(within.batch().rows().get(0)[gap]).isEqualTo(mask);
        assertThat(within.batch().rows().get(0)).isEqualTo(model.tokenizer().encode("The film was <mask>."));
        assertThat(encode(64, "The film was ", WORDS).batch().rows().get(0))
                .isEqualTo(model.tokenizer().encode("The film was <mask>"));
    }

    /** The right word's share among the words, by its logit, is what the loss says. */
    @Test
    void theLossIsOverTheWordsAtTheGap() {
        Example example = new Example("The film was <mask>.", WORDS, 1);
        EncodedOptions encoded = encode(64, example.prompt(), WORDS);
        int gap = encoded.batch().scored().get(0).position();
        float[] logits =
                model.trace(model.parameters().here(), encoded.batch().rows()).logits()[0];
        double[] words = WORDS.stream()
                .mapToDouble(word -> logits[
                        gap * model.family().vocabulary() + model.tokenizer().encodePlain(word)[0]])
                .toArray();
        double expected = Math.log(Math.exp(words[0]) + Math.exp(words[1])) - words[1];
        try (BatchLoss loss = new OptionScoring(model, 64).on(List.of(example))) {
            assertThat(loss.at(model.parameters().here())).isCloseTo(expected, within(1e-5));
        }
    }

    @Test
    void aLongTextIsCutInFrontOfItsGap() {
        String prompt = "The film was great and the ending was terrible. It was <mask>.";
        int[] whole = encode(64, prompt, WORDS).batch().rows().get(0);
        EncodedOptions cut = encode(8, prompt, WORDS);
        int[] row = cut.batch().rows().get(0);
        assertThat(row).hasSize(8).startsWith(whole[0]).endsWith(whole[whole.length - 1]);
        assertThat(row[cut.batch().scored().get(0).position()])
                .isEqualTo(model.tokenizer().mask().orElseThrow());
        assertThatThrownBy(() -> encode(2, prompt, WORDS)).hasMessageContaining("gap would be cut off");
    }

    @Test
    void whatCannotFillAGapIsRefused() {
        assertThatThrownBy(() -> encode(64, "<mask> was <mask>.", WORDS))
                .hasMessageContaining("gaps <mask> of a prompt are not one: 2 in \"<mask> was <mask>.\"");
        assertThatThrownBy(() -> encode(64, "It was", List.of(" great", " utterly forgettable")))
                .hasMessageContaining("option is not one token of this masked model: \" utterly forgettable\"");
    }
}
