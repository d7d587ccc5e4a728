package org.zolab.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.zolab.model.Generation;
import org.zolab.model.LanguageModel;
import org.zolab.model.Representations;
import org.zolab.model.weights.ModelFiles;
import org.zolab.model.weights.Safetensors;
import org.zolab.model.weights.Weights;
import org.zolab.objective.AnswerLikelihood;
import org.zolab.objective.BatchLoss;
import org.zolab.objective.EncodedOptions;
import org.zolab.objective.EncodedOptions.Tokens;
import org.zolab.objective.OptionEncoder;
import org.zolab.objective.OptionScoring;
import org.zolab.objective.OptionScoring.OptionScores;
import org.zolab.space.Point;
import org.zolab.task.Example;

/** Compares a model's logits, hidden states, losses, scores and greedy continuations at θ with reference values. */
final class VerifyForward {

    /** Absolute, in single precision. HOW.md §7. */
    static final double LOGITS = 5e-5;
    /** Absolute, a token. */
    static final double LOSS = 1e-5;
    /** The same where linear layers multiply in bf16. */
    static final double BF16_LOSS = 3e-2;

    private final VerifyReport report;
    private final String folder;
    private final LanguageModel model;
    private final Point here;
    private final int maxLength;
    private final double loss;
    private final OptionScoring scoring;
    private final AnswerLikelihood likelihood;

    /** {@code loss} is how far a token's loss may be away. */
    VerifyForward(VerifyReport report, String folder, LanguageModel model, double loss) {
        this.loss = loss;
        this.report = report;
        this.folder = folder;
        this.model = model;
        this.here = model.parameters().here();
        this.maxLength = model.family().maxTokens();
        this.scoring = new OptionScoring(model, maxLength);
        this.likelihood = new AnswerLikelihood(model, maxLength);
    }

    /** All batches of a {@code logits.safetensors}. */
    void logits(Weights file) {
        for (String batch : Golden.batches(file)) {
            logits(file, batch, quantity -> true);
        }
    }

    /** Those quantities of a batch that are {@code wanted}. */
    void logits(Weights file, String batch, Predicate<String> wanted) {
        report.part(folder + "/" + batch, () -> compare(file, batch, batch, wanted));
    }

    /** What is called {@code batch} is of the tokens {@code ids}. */
    void logits(Weights file, String ids, String batch) {
        report.part(folder + "/" + batch, () -> compare(file, ids, batch, name -> true));
    }

    private void compare(Weights file, String ids, String batch, Predicate<String> wanted) {
        Golden.Rows rows = Golden.Rows.read(file, ids);
        Representations.Trace trace = model.representations().trace(here, rows.rows());
        List<String> names = file.names().stream()
                .filter(name -> name.startsWith(batch + ".") && wanted.test(name))
                .sorted()
                .toList();
        for (String name : names) {
            String quantity = name.substring(batch.length() + 1);
            String item = folder + "/" + name;
            switch (quantity) {
                case "input_ids", "attention_mask", "positions" -> {}
                case "logits", "logits_f64", "logits_merged" -> {
                    List<int[]> places = file.has(batch + ".positions")
                            ? sameForAll(
                                    Golden.ints(file.longs(batch + ".positions")),
                                    rows.rows().size())
                            : rows.places();
                    boolean some = file.has(batch + ".positions");
                    report.within(item, distance(file, name, trace.logits(), rows, places, some), LOGITS);
                }
                case "last_logits", "last_position_logits_f64" ->
                    report.within(item, distanceOfLast(file, name, trace.logits(), rows), LOGITS);
                default -> {
                    if (quantity.matches("hidden_\\d{1,4}")) {
                        float[][] hidden = trace.hidden().get(Integer.parseInt(quantity.substring(7)));
                        report.within(item, distance(file, name, hidden, rows, rows.places(), false), LOGITS);
                    } else {
                        report.skip(item, "not a quantity that is known");
                    }
                }
            }
        }
    }

    private static List<int[]> sameForAll(int[] places, int rows) {
        return IntStream.range(0, rows).mapToObj(r -> places).toList();
    }

    /**
     * The largest distance from [B, T, W] numbers at {@code places} of each row.
     *
     * @param packed whether the file holds these places only, side by side
     */
    private static double distance(
            Weights file, String name, float[][] computed, Golden.Rows rows, List<int[]> places, boolean packed) {
        double[] expected = file.doubles(name);
        int length = (int) file.shape(name)[1];
        int width = (int) file.shape(name)[2];
        double largest = 0;
        for (int r = 0; r < computed.length; r++) {
            int[] real = rows.places().get(r);
            if (computed[r].length != real.length * width) {
                throw new IllegalArgumentException(
                        "width of " + name + " is not the model's " + computed[r].length / real.length + ": " + width);
            }
            for (int p = 0; p < places.get(r).length; p++) {
                int place = places.get(r)[p];
                int token = Arrays.binarySearch(real, place);
                for (int i = 0; i < width; i++) {
                    double reference = expected[(r * length + (packed ? p : place)) * width + i];
                    largest = Math.max(largest, Math.abs(computed[r][token * width + i] - reference));
                }
            }
        }
        return largest;
    }

    private static double distanceOfLast(Weights file, String name, float[][] computed, Golden.Rows rows) {
        double[] expected = file.doubles(name);
        int width = expected.length / computed.length;
        double largest = 0;
        for (int r = 0; r < computed.length; r++) {
            int at = (rows.rows().get(r).length - 1) * width;
            for (int i = 0; i < width; i++) {
                largest = Math.max(largest, Math.abs(computed[r][at + i] - expected[r * width + i]));
            }
        }
        return largest;
    }

    /** Whether prompts and options as text become the rows that the reference values are for. */
    void encoding(JsonNode texts, Weights batches) {
        for (Map.Entry<String, JsonNode> item : texts.properties()) {
            String batch = item.getKey();
            report.part(folder + "/encoding." + batch, () -> {
                List<Example> examples = new ArrayList<>();
                boolean answers = false;
                for (JsonNode text : item.getValue()) {
                    List<String> options = new ArrayList<>();
                    text.get(1).forEach(option -> options.add(option.asText()));
                    if (text.get(1).isTextual()) {
                        answers = true;
                        options.add(text.get(1).asText());
                        options.add(""); // an example has two options at least; an answer's other ones are not encoded
                    }
                    examples.add(new Example(text.get(0).asText(), options, 0));
                }
                EncodedOptions encoded = answers
                        ? new OptionEncoder(model, maxLength).answers(examples)
                        : new OptionEncoder(model, maxLength).options(examples);
                EncodedOptions expected = Golden.options(batches, batch, Golden.owners(batches, batch));
                int different = encoded.batch().scored().equals(expected.batch().scored()) ? 0 : 1;
                different += different(encoded.batch().rows(), expected.batch().rows());
                different += different(encoded.spans(), expected.spans());
                report.equal(folder + "/encoding." + batch, different, "token rows or option lengths");
            });
        }
    }

    private static int different(List<int[]> computed, List<int[]> expected) {
        int common = Math.min(computed.size(), expected.size());
        return (int) IntStream.range(0, common)
                        .filter(i -> !Arrays.equals(computed.get(i), expected.get(i)))
                        .count()
                + Math.abs(computed.size() - expected.size());
    }

    /**
     * The entries of one precision of a {@code losses.json}.
     *
     * @param exact those that parts of a loss are held against; the same, unless these are rounded so coarsely that each has another error
     */
    void losses(String precision, JsonNode entries, JsonNode exact, Weights batches, ModelFiles goldens) {
        for (Map.Entry<String, JsonNode> entry : entries.properties()) {
            String name = entry.getKey();
            String prefix = folder + "/" + precision + "." + name;
            report.part(prefix, () -> {
                if (batches.has(name + ".input_ids")) {
                    EncodedOptions encoded = Golden.options(batches, name, Golden.owners(batches, name));
                    int[] labels = batches.has(name + ".labels") ? Golden.ints(batches.longs(name + ".labels")) : null;
                    scores(prefix, entry.getValue(), exact.path(name), encoded, labels);
                } else if (name.equals("full_sequence")) {
                    List<List<Tokens>> whole =
                            Golden.Rows.read(Safetensors.read(goldens, "logits.safetensors"), "a").rows().stream()
                                    .map(row -> List.of(new Tokens(row, row.length - 1)))
                                    .toList();
                    scores(prefix, entry.getValue(), exact.path(name), EncodedOptions.ofTokens(whole), null);
                } else {
                    report.skip(prefix, "not a batch that is known");
                }
            });
        }
    }

    private void scores(
            String prefix, JsonNode expected, JsonNode exact, EncodedOptions encoded, int @Nullable [] labels) {
        OptionScores scores = scoring.optionScores(here, encoded);
        double[] means = flat(scores.means());
        double[] sums = flat(scores.sums());
        double[] lengths = IntStream.range(0, sums.length)
                .mapToDouble(o -> Math.rint(sums[o] / means[o]))
                .toArray();
        double[] ones = IntStream.range(0, sums.length).mapToDouble(o -> 1).toArray();
        for (Map.Entry<String, JsonNode> quantity : expected.properties()) {
            String item = prefix + "." + quantity.getKey();
            JsonNode value = quantity.getValue();
            JsonNode truth = exact.path(quantity.getKey());
            switch (quantity.getKey()) {
                case "loss", "loss_mean_over_tokens_of_batch" -> {
                    try (BatchLoss f = labels == null ? likelihood.on(encoded) : scoring.on(encoded, labels)) {
                        report.within(item, Math.abs(f.at(here) - value.asDouble()), loss);
                    }
                }
                case "option_sum_logprob", "sum_logprob" -> parts(item, sums, value, truth, lengths, loss);
                case "option_mean_logprob" -> parts(item, means, value, truth, ones, loss);
                case "loss_per_example" -> {
                    double[] losses = Arrays.stream(means).map(mean -> -mean).toArray();
                    parts(item, losses, value, truth, ones, loss);
                }
                case "margin_by_mean" -> { // a difference of two
                    double[] margins = margins(scores.means());
                    parts(item, margins, value, truth, ones, 2 * loss);
                }
                case "predicted", "predicted_by_mean" ->
                    report.equal(item, Golden.different(best(scores.means()), Golden.ints(value)), "chosen options");
                case "predicted_by_sum" ->
                    report.equal(item, Golden.different(best(scores.sums()), Golden.ints(value)), "chosen options");
                case "tokens" -> {
                    int[] counts = Arrays.stream(lengths).mapToInt(n -> (int) n).toArray();
                    report.equal(item, Golden.different(counts, Golden.ints(value)), "token counts");
                }
                default -> report.skip(item, "not a quantity that is known");
            }
        }
    }

    /** Parts of a loss: as near to the exact values as the reference's are, or within the tolerance. */
    private void parts(
            String item, double[] computed, JsonNode reference, JsonNode exact, double[] units, double tolerance) {
        report.asNear(item, computed, Golden.doubles(reference), Golden.doubles(exact), units, tolerance);
    }

    private static double[] flat(List<double[]> lists) {
        return lists.stream().flatMapToDouble(Arrays::stream).toArray();
    }

    private static int[] best(List<double[]> scores) {
        return scores.stream().mapToInt(VerifyForward::best).toArray();
    }

    /** The place of the largest. */
    static int best(double[] scores) {
        return IntStream.range(0, scores.length)
                .boxed()
                .max(Comparator.comparingDouble(o -> scores[o]))
                .orElseThrow();
    }

    private static double[] margins(List<double[]> scores) {
        return scores.stream()
                .mapToDouble(list -> {
                    double[] sorted = list.clone();
                    Arrays.sort(sorted);
                    return sorted[sorted.length - 1] - sorted[sorted.length - 2];
                })
                .toArray();
    }

    /** Greedy continuations: the same tokens. */
    void greedy(JsonNode prompts) {
        report.part(folder + "/greedy", () -> {
            int prompt = 0;
            int tokens = 0;
            int text = 0;
            for (JsonNode expected : prompts) {
                int[] start = model.tokenizer().encode(expected.path("prompt").asText());
                prompt += Golden.different(start, Golden.ints(expected.path("prompt_ids")));
                int[] wanted = Golden.ints(expected.path("new_ids"));
                List<int[]> given = List.of(Golden.ints(expected.path("prompt_ids")));
                Generation greedy = Generation.greedy(wanted.length).beyondEos();
                int[] added = model.generateTokens(here, given, greedy).get(0);
                tokens += Golden.different(added, wanted);
                text += model.tokenizer()
                                .decode(added, false)
                                .equals(expected.path("text").asText())
                        ? 0
                        : 1;
            }
            report.equal(folder + "/greedy.prompt_ids", prompt, "tokens");
            report.equal(folder + "/greedy.new_ids", tokens, "tokens");
            report.equal(folder + "/greedy.text", text, "texts");
        });
    }
}
