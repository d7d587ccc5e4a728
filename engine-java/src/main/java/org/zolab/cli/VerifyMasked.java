package org.zolab.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.zolab.model.LanguageModel;
import org.zolab.model.weights.Weights;
import org.zolab.objective.AnswerLikelihood;
import org.zolab.objective.BatchLoss;
import org.zolab.objective.EncodedOptions;
import org.zolab.objective.EncodedOptions.Filling;
import org.zolab.objective.OptionEncoder;
import org.zolab.objective.OptionScoring;
import org.zolab.space.Point;
import org.zolab.task.Example;

/** Compares what a masked language model says at its masks with reference values: an {@code mlm.safetensors} and its losses. */
final class VerifyMasked {

    private final VerifyReport report;
    private final String folder;
    private final LanguageModel model;
    private final Weights file;
    private final Point here;
    private final int maxLength;
    private final double loss;
    private final List<int[]> rows;
    private final int[] gaps;
    private final int[] words;
    private final int[] labels;

    /** {@code loss} is how far an example's loss may be away. */
    VerifyMasked(VerifyReport report, String folder, LanguageModel model, Weights file, double loss) {
        this.loss = loss;
        this.report = report;
        this.folder = folder;
        this.model = model;
        this.file = file;
        this.here = model.parameters().here();
        this.maxLength = model.family().maxTokens();
        this.rows = Golden.Rows.read(file, "").rows();
        this.gaps = Golden.ints(file.longs("mask_position"));
        this.words = Golden.ints(file.longs("label_word_ids"));
        this.labels = Golden.ints(file.longs("labels"));
    }

    /** Whether prompts and words as text become the rows that the reference values are for. */
    void encoding(JsonNode texts, JsonNode labelWords) {
        List<String> options = StreamSupport.stream(labelWords.spliterator(), false)
                .map(JsonNode::asText)
                .toList();
        List<Example> examples = new ArrayList<>();
        for (JsonNode text : texts) {
            examples.add(new Example(text.asText(), options, labels[examples.size()]));
        }
        EncodedOptions encoded = new OptionEncoder(model, maxLength).options(examples);
        EncodedOptions expected = ofWords(0, rows.size());
        boolean equal = encoded.batch().scored().equals(expected.batch().scored())
                && Arrays.deepEquals(
                        encoded.batch().rows().toArray(),
                        expected.batch().rows().toArray());
        report.equal(folder + "/encoding.mlm", equal ? 0 : 1, "token rows, masks or label words");
    }

    /** The logits where the masks stand. */
    void logits() {
        float[][] logits = model.representations().trace(here, rows).logits();
        int vocabulary = model.family().vocabulary();
        double[] computed = IntStream.range(0, gaps.length * vocabulary)
                .mapToDouble(i -> logits[i / vocabulary][gaps[i / vocabulary] * vocabulary + i % vocabulary])
                .toArray();
        for (String name : List.of("mask_logits", "mask_logits_f64")) {
            report.within(folder + "/mlm." + name, Golden.distance(computed, file.doubles(name)), VerifyForward.LOGITS);
        }
    }

    /**
     * The entries of one precision of a {@code losses.json}.
     *
     * @param exact those that an example's loss is held against; the same, unless these are rounded coarsely
     */
    void losses(String precision, JsonNode entries, JsonNode exact) {
        entries.properties().forEach(entry -> {
            String item = folder + "/" + precision + ".mlm." + entry.getKey();
            JsonNode expected = entry.getValue();
            switch (entry.getKey()) {
                case "predicted" ->
                    report.equal(item, Golden.different(chosen(), Golden.ints(expected)), "chosen words");
                case "loss_over_label_words" -> whole(item, expected, this::overWords);
                case "loss_over_vocabulary" -> whole(item, expected, this::overVocabulary);
                case "loss_over_label_words_per_example" ->
                    parts(item, expected, exact.path(entry.getKey()), this::overWords);
                case "loss_over_vocabulary_per_example" ->
                    parts(item, expected, exact.path(entry.getKey()), this::overVocabulary);
                default -> report.skip(item, "not a quantity that is known");
            }
        });
    }

    private void whole(String item, JsonNode expected, ToDoubleFunction<int[]> of) {
        report.within(item, Math.abs(losses(1, of)[0] - expected.asDouble()), loss);
    }

    private void parts(String item, JsonNode expected, JsonNode exact, ToDoubleFunction<int[]> of) {
        double[] ones = IntStream.range(0, expected.size()).mapToDouble(e -> 1).toArray();
        report.asNear(item, losses(expected.size(), of), Golden.doubles(expected), Golden.doubles(exact), ones, loss);
    }

    /** The loss of all examples, or of each alone. */
    private double[] losses(int parts, ToDoubleFunction<int[]> loss) {
        int size = rows.size() / parts;
        return IntStream.range(0, parts)
                .mapToDouble(part -> loss.applyAsDouble(new int[] {part * size, (part + 1) * size}))
                .toArray();
    }

    private double overWords(int[] range) {
        int[] own = Arrays.copyOfRange(labels, range[0], range[1]);
        try (BatchLoss loss = new OptionScoring(model, maxLength).on(ofWords(range[0], range[1]), own)) {
            return loss.at(here);
        }
    }

    private double overVocabulary(int[] range) {
        EncodedOptions answers = EncodedOptions.ofTokens(IntStream.range(range[0], range[1])
                .mapToObj(e -> List.of(new Filling(rows.get(e), gaps[e], words[labels[e]])))
                .toList());
        try (BatchLoss loss = new AnswerLikelihood(model, maxLength).on(answers)) {
            return loss.at(here);
        }
    }

    private int[] chosen() {
        return new OptionScoring(model, maxLength)
                .optionScores(here, ofWords(0, rows.size())).means().stream()
                        .mapToInt(VerifyForward::best)
                        .toArray();
    }

    /** Examples {@code from} to {@code to} with every label word in the gap. */
    private EncodedOptions ofWords(int from, int to) {
        return EncodedOptions.ofTokens(IntStream.range(from, to)
                .mapToObj(e -> IntStream.of(words)
                        .mapToObj(word -> new Filling(rows.get(e), gaps[e], word))
                        .toList())
                .toList());
    }
}
