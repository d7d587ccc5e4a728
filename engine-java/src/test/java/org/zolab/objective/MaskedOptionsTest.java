package org.zolab.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.zolab.model.Compute;
import org.zolab.model.LanguageModel;
import org.zolab.model.families.Models;
import org.zolab.model.text.Tokenizer;
import org.zolab.task.Demonstrations;
import org.zolab.task.Example;
import org.zolab.task.FewShot;
import org.zolab.task.GivenTask;
import org.zolab.task.Kind;
import org.zolab.task.Pieces;
import org.zolab.task.Split;
import org.zolab.task.Task;
import org.zolab.task.data.Row;
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

    /** Demonstrations are templates with their words in them, piece by piece; only what is asked has a gap. */
    @ParameterizedTest
    @ValueSource(strings = {"roberta-tiny", "bert-tiny"})
    void demonstrationsOfPiecesHaveTheirWords(String folder) {
        Task plain = reviews(List.of("a film", "it was", "the film"));
        Example asked = Demonstrations.before(plain, 2).examples(Split.TRAIN).get(0);
        assertThat(asked.prompt())
                .isEqualTo("a film It was great.\n\nit was It was terrible.\n\nthe film It was<mask>.");
        assertThat(asked.pieces().most()).isEqualTo(3 * 128);
        try (LanguageModel any = Models.at(ROBERTA.resolveSibling(folder)).load(new Compute(LinearKernel.ATEN, 2))) {
            Tokenizer tokenizer = any.tokenizer();
            List<Integer> expected = new ArrayList<>(List.of(tokenizer.encode("")[0]));
            for (String piece : List.of(
                    "a film",
                    " It was",
                    " great",
                    ".",
                    "\n\n",
                    "it was",
                    " It was",
                    " terrible",
                    ".",
                    "\n\n",
                    "the film",
                    " It was")) {
                Arrays.stream(tokenizer.encodePlain(piece)).forEach(expected::add);
            }
            int gap = expected.size();
            expected.add(tokenizer.mask().orElseThrow());
            Arrays.stream(tokenizer.encodePlain(".")).forEach(expected::add);
            expected.add(tokenizer.encode("")[1]);
            EncodedOptions encoded = new OptionEncoder(any, 0).options(List.of(asked));
            assertThat(encoded.batch().rows().get(0))
                    .containsExactly(expected.stream().mapToInt(id -> id).toArray());
            assertThat(encoded.batch().scored().get(0).position()).isEqualTo(gap);
            Task many = reviews(Collections.nCopies(20, "the film"));
            assertThatThrownBy(() -> new OptionEncoder(any, 0)
                            .options(List.of(Demonstrations.before(many, 19)
                                    .examples(Split.TRAIN)
                                    .get(0))))
                    .hasMessageContaining("a text is longer than the 64 tokens that " + any.name() + " takes");
        }
    }

    /** In a text the answer takes the place of the model's own mask, and else the end. */
    @ParameterizedTest
    @ValueSource(strings = {"roberta-tiny, <mask>", "bert-tiny, [MASK]"})
    void demonstrationsOfATextHaveTheirWords(String modelAndMask) {
        String[] words = modelAndMask.split(", ");
        Task plain = new GivenTask(
                "own",
                Kind.CLASSIFICATION,
                Map.of(
                        Split.TRAIN,
                        List.of(
                                new Example("The film was " + words[1] + ", a joy", WORDS, 1),
                                new Example("A joy" + words[1] + ".", List.of("the", "a$1"), 1),
                                new Example("It was", WORDS, 0),
                                Example.of(
                                        new Pieces(List.of(new Pieces.Gap(), new Pieces.Text(" film", 9)), 9),
                                        WORDS,
                                        0),
                                new Example("The joy was " + words[1] + ".", WORDS, 0))));
        Example asked = Demonstrations.before(plain, 4).examples(Split.TRAIN).get(0);
        assertThat(asked.prompt())
                .isEqualTo("The film was great, a joy\n\nA joya$1.\n\nIt was terrible\n\nterrible film\n\nThe joy was "
                        + words[1] + ".");
        List<Example> train = plain.examples(Split.TRAIN);
        Task pieces =
                new GivenTask("mixed", Kind.CLASSIFICATION, Map.of(Split.TRAIN, List.of(train.get(0), train.get(3))));
        assertThat(Demonstrations.before(pieces, 1).examples(Split.TRAIN).get(0).pieces())
                .isEqualTo(new Pieces(
                        List.of(
                                new Pieces.Text("The film was great, a joy\n\n", Pieces.ALL),
                                new Pieces.Gap(),
                                new Pieces.Text(" film", 9)),
                        Pieces.ALL));
        try (LanguageModel any = Models.at(ROBERTA.resolveSibling(words[0])).load(new Compute(LinearKernel.ATEN, 2))) {
            assertThat(new OptionEncoder(any, 0)
                            .options(List.of(asked))
                            .batch()
                            .rows()
                            .get(0))
                    .containsExactly(any.tokenizer().encode(asked.prompt()))
                    .containsOnlyOnce(any.tokenizer().mask().orElseThrow());
        }
    }

    /** Of two classes in turns, the second one first. */
    private static Task reviews(List<String> sentences) {
        List<Example> examples = IntStream.range(0, sentences.size())
                .mapToObj(i -> FewShot.SST2.example(
                        new Row("rows", i, Map.of("sentence", sentences.get(i), "label", 1L - i % 2))))
                .toList();
        return new GivenTask("few", Kind.CLASSIFICATION, Map.of(Split.TRAIN, examples));
    }

    @Test
    void whatCannotFillAGapIsRefused() {
        assertThatThrownBy(() -> encode(64, "<mask> was <mask>.", WORDS))
                .hasMessageContaining("gaps <mask> of a prompt are not one: 2 in \"<mask> was <mask>.\"");
        assertThatThrownBy(() -> encode(64, "It was", List.of(" great", " utterly forgettable")))
                .hasMessageContaining("option is not one token of this masked model: \" utterly forgettable\"");
    }
}
