package org.zolab.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.zolab.model.LanguageModel;
import org.zolab.model.TokenBatch;
import org.zolab.model.weights.Weights;
import org.zolab.objective.BatchLoss;
import org.zolab.objective.EncodedOptions;
import org.zolab.objective.EncodedOptions.Filling;
import org.zolab.objective.OptionEncoder;
import org.zolab.objective.OptionScoring;
import org.zolab.space.Point;
import org.zolab.task.Example;

/** Compares what a head of classes says of texts and pairs of texts with reference values: {@code logits} of each class, and losses. */
final class VerifyClasses {

    private final VerifyReport report;
    private final String folder;
    private final LanguageModel model;
    private final Weights file;
    private final double loss;
    private final Point here;
    private final int classes;
    private final List<int[]> rows;
    private final List<Integer> second;

    /** {@code loss} is how far an example's loss may be away. */
    VerifyClasses(VerifyReport report, String folder, LanguageModel model, Weights file, double loss) {
        this.report = report;
        this.folder = folder;
        this.model = model;
        this.file = file;
        this.loss = loss;
        this.here = model.parameters().here();
        this.classes = model.family().outcomes();
        this.rows = Golden.Rows.read(file, "").rows();
        int[] types = Golden.ints(file.longs("token_type_ids"));
        int length = types.length / rows.size();
        this.second = IntStream.range(0, rows.size())
                .map(row -> IntStream.range(0, rows.get(row).length)
                        .filter(t -> types[row * length + t] == 1)
                        .findFirst()
                        .orElse(rows.get(row).length))
                .boxed()
                .toList();
    }

    /** Whether prompts become the rows, types included where the model has them, that the reference values are for. */
    void encoding(JsonNode prompts, JsonNode maxLengths) {
        int[] labels = Golden.ints(file.longs("labels"));
        List<String> names = model.family().labels();
        int different = 0;
        for (int e = 0; e < prompts.size(); e++) {
            int limit = maxLengths.get(e).asInt(model.family().maxTokens());
            TokenBatch batch = new OptionEncoder(model, limit)
                    .options(List.of(new Example(prompts.get(e).asText(), names, labels[e])))
                    .batch();
            different += Arrays.equals(batch.rows().get(0), rows.get(e))
                            && (!typed() || batch.second().get(0).equals(second.get(e)))
                    ? 0
                    : 1;
        }
        report.equal(folder + "/encoding.classes", different, "token rows or types");
    }

    /** Whether the reference tells second texts by their types. */
    private boolean typed() {
        return Arrays.stream(file.longs("token_type_ids")).anyMatch(type -> type != 0);
    }

    /** The logits whose names end in {@code suffix}, such as {@code _f64}. */
    void logits(String suffix) {
        float[][] all = model.representations().trace(here, rows, second).logits();
        double[] computed = IntStream.range(0, rows.size() * classes)
                .mapToDouble(i -> all[i / classes][i % classes]) // those of a row's first token
                .toArray();
        String name = "logits" + suffix;
        report.within(folder + "/" + name, Golden.distance(computed, file.doubles(name)), VerifyForward.LOGITS);
    }

    /**
     * The entries of one precision of a {@code losses.json}.
     *
     * @param exact those that an example's loss is held against; the same, unless these are rounded coarsely
     */
    void losses(String precision, JsonNode entries, JsonNode exact) {
        int[] labels = Golden.ints(file.longs("labels"));
        OptionScoring scoring = new OptionScoring(model, model.family().maxTokens());
        double[] each = new double[rows.size()];
        for (int e = 0; e < each.length; e++) {
            try (BatchLoss one = scoring.on(encoded(e, e + 1), new int[] {labels[e]})) {
                each[e] = one.at(here);
            }
        }
        String item = folder + "/" + precision + ".classes.";
        double[] ones = new double[each.length];
        Arrays.fill(ones, 1);
        report.asNear(
                item + "loss_per_example",
                each,
                Golden.doubles(entries.path("loss_per_example")),
                Golden.doubles(exact.path("loss_per_example")),
                ones,
                loss);
        EncodedOptions whole = encoded(0, rows.size());
        try (BatchLoss all = scoring.on(whole, labels)) {
            report.within(
                    item + "loss", Math.abs(all.at(here) - entries.path("loss").asDouble(Double.NaN)), loss);
        }
        int[] chosen = scoring.optionScores(here, whole).means().stream()
                .mapToInt(VerifyForward::best)
                .toArray();
        report.equal(
                item + "predicted", Golden.different(chosen, Golden.ints(entries.path("predicted"))), "chosen classes");
    }

    /** Examples {@code from} to {@code to} with every class. */
    private EncodedOptions encoded(int from, int to) {
        List<List<Filling>> examples = new ArrayList<>();
        for (int e = from; e < to; e++) {
            int row = e;
            examples.add(IntStream.range(0, classes)
                    .mapToObj(label -> new Filling(rows.get(row), 0, label, second.get(row)))
                    .toList());
        }
        return EncodedOptions.ofTokens(examples);
    }
}
