package org.zolab.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.zolab.model.Compute;
import org.zolab.model.LanguageModel;
import org.zolab.model.families.Models;
import org.zolab.task.Example;
import org.zolab.task.Pieces;
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
        float[] logits = model.representations()
                .trace(model.parameters().here(), encoded.batch().rows())
                .logits()[0];
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

    /** Each piece has its own tokens and limit, where one text would merge what meets at a seam. */
    @Test
    void piecesAreEncodedAndCutOneByOne() {
        Pieces pieces = new Pieces(
                List.of(
                        new Pieces.Text("the film was great ...", 4),
                        new Pieces.Text("?", 9),
                        new Pieces.Gap(),
                        new Pieces.Text(", it was terrible", 9)),
                64);
        Example example = Example.of(pieces, WORDS, 1);
        assertThat(example.prompt()).isEqualTo("the film was great ...?<mask>, it was terrible");
        EncodedOptions encoded = new OptionEncoder(model, 64).options(List.of(example));
        int[] special = model.tokenizer().encode("");
        List<Integer> expected = new ArrayList<>(List.of(special[0]));
        Arrays.stream(model.tokenizer().encodePlain("the film was great ..."))
                .limit(4)
                .forEach(expected::add);
        Arrays.stream(model.tokenizer().encodePlain("?")).forEach(expected::add);
        int gap = expected.size();
        expected.add(model.tokenizer().mask().orElseThrow());
        Arrays.stream(model.tokenizer().encodePlain(", it was terrible"))
                .limit(9)
                .forEach(expected::add);
        expected.add(special[1]);
        assertThat(encoded.batch().rows()).hasSize(1);
        assertThat(encoded.batch().rows().get(0))
                .containsExactly(expected.stream().mapToInt(id -> id).toArray());
        assertThat(encoded.batch().scored().get(0).position()).isEqualTo(gap);
        int[] cut = new OptionEncoder(model, gap + 2)
                .options(List.of(example))
                .batch()
                .rows()
                .get(0);
        assertThat(cut).containsExactly(Arrays.copyOf(encoded.batch().rows().get(0), gap + 2));
        assertThatThrownBy(() -> new OptionEncoder(model, gap).options(List.of(example)))
                .hasMessage("gap is behind the " + gap + " tokens that are kept of a prompt in pieces: " + gap
                        + "; raise maxLength");
        assertThatThrownBy(() -> new Pieces(List.of(new Pieces.Text("no gap", 0)), 1))
                .hasMessage("tokens of a piece are not strictly positive: 0");
        assertThatThrownBy(() -> new Pieces(List.of(new Pieces.Gap(), new Pieces.Gap()), 0))
                .hasMessage("gaps of a prompt are not one: 2\ntokens of a prompt are not strictly positive: 0");
    }

    /** The gap is the tokenizer's own mask, whatever it calls it. */
    @Test
    void aGapOfPiecesIsAnyModels() {
        Path folder = ROBERTA.resolveSibling("bert-tiny");
        Pieces pieces = new Pieces(List.of(new Pieces.Text("the film", 9), new Pieces.Gap()), 64);
        try (LanguageModel bert = Models.at(folder).load(new Compute(LinearKernel.ATEN, 2))) {
            EncodedOptions encoded =
                    new OptionEncoder(bert, 64).options(List.of(Example.of(pieces, List.of(" the", " film"), 1)));
            assertThat(encoded.batch().rows().get(0)).isEqualTo(bert.tokenizer().encode("the film [MASK]"));
        }
    }

    @Test
    void whatCannotFillAGapIsRefused() {
        assertThatThrownBy(() -> encode(64, "<mask> was <mask>.", WORDS))
                .hasMessageContaining("gaps <mask> of a prompt are not one: 2 in \"<mask> was <mask>.\"");
        assertThatThrownBy(() -> encode(64, "It was", List.of(" great", " utterly forgettable")))
                .hasMessageContaining("option is not one token of this masked model: \" utterly forgettable\"");
    }
}
