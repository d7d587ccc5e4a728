package org.zolab.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ObjIntConsumer;
import org.zolab.space.Point;
import org.zolab.tensor.Arena;
import org.zolab.tensor.Value;

/**
 * What a {@link LanguageModel} computes on the way to its logits: hidden states, features, keys and values, embeddings. For probes,
 * adapters and comparisons.
 */
public final class Representations {

    private final LanguageModel model;
    private final Family family;
    private final Forward forward;
    private final Arena arena;

    Representations(LanguageModel model, Forward forward, Arena arena) {
        this.model = model;
        this.family = model.family();
        this.forward = forward;
        this.arena = arena;
    }

    /**
     * Everything that a forward pass computes, for study and comparison.
     *
     * @param hidden for each hidden state and row, [T, width] numbers: the input of each block, then the head's input
     * @param logits for each row, [T, V] numbers
     */
    public record Trace(List<float[][]> hidden, float[][] logits) {}

    /** The hidden states and logits of every token at a point. Memory: as much as all of them. */
    public Trace trace(Point point, List<int[]> rows) {
        return trace(point, rows, rows.stream().map(row -> row.length).toList());
    }

    /** The hidden states and logits of every token at a point, for rows whose second texts begin at the tokens {@code second}. */
    public Trace trace(Point point, List<int[]> rows, List<Integer> second) {
        List<TokenBatch.Scored> everywhere = new ArrayList<>();
        for (int r = 0; r < rows.size(); r++) {
            for (int t = 0; t < rows.get(r).length; t++) {
                everywhere.add(new TokenBatch.Scored(r, t, 0));
            }
        }
        int states = family.hiddenStates();
        List<float[][]> hidden = new ArrayList<>();
        for (int i = 0; i <= states; i++) {
            hidden.add(new float[rows.size()][]);
        }
        float[][] logits = new float[rows.size()][];
        TokenBatch all = new TokenBatch(rows, everywhere, second);
        try (PreparedBatch batch = model.prepare(all, Bundle.each(all))) {
            forward.evaluate(
                    List.of(point),
                    batch,
                    (stage, shard, state) -> {
                        if (stage < states) {
                            float[] x = arena.toArray(state.x());
                            int length = shard.lead() + shard.length();
                            int width = x.length / (shard.rows().length * length);
                            for (int i = 0; i < shard.rows().length; i++) {
                                int from = (i * length + shard.lead()) * width;
                                int row = shard.rows()[i];
                                hidden.get(stage)[row] =
                                        Arrays.copyOfRange(x, from, from + rows.get(row).length * width);
                            }
                        }
                    },
                    (p, shard, state) -> {
                        split(shard, rows, state.x(), (values, row) -> hidden.get(states)[row] = values);
                        split(shard, rows, state.logits(), (values, row) -> logits[row] = values);
                    });
        }
        return new Trace(hidden, logits);
    }

    /** Splits a shard's [N, width] numbers, which are in the order of the batch's rows, into rows. */
    private void split(Shard shard, List<int[]> rows, Value value, ObjIntConsumer<float[]> sink) {
        float[] all = arena.toArray(value);
        int width = all.length / shard.positions();
        int at = 0;
        for (int row : Arrays.stream(shard.rows()).sorted().toArray()) {
            int count = rows.get(row).length * width;
            sink.accept(Arrays.copyOfRange(all, at, at + count), row);
            at += count;
        }
    }

    /**
     * The head's input at a point, at the single scored position of each row, in the order of the scored entries, [rows][width]. One
     * forward pass.
     */
    public float[][] features(Point point, TokenBatch wanted) {
        float[][] features = new float[wanted.scored().size()][];
        try (PreparedBatch batch = model.prepare(wanted)) {
            forward.evaluate(List.of(point), batch, null, (p, shard, state) -> {
                float[] all = arena.toArray(state.x());
                int width = all.length / shard.positions();
                for (int i = 0; i < shard.positions(); i++) {
                    features[shard.entries()[i]] = Arrays.copyOfRange(all, i * width, (i + 1) * width);
                }
            });
        }
        return features;
    }

    /**
     * The keys and values that the blocks compute for a text at the present parameters: two arrays of [T, heads, width of a head] numbers
     * per block, beginning with those of trained vectors that precede texts. One forward pass.
     */
    public List<float[]> keysAndValues(int[] text) {
        model.require(List.of(text), family.maxTokens());
        TokenBatch batch = new TokenBatch(List.of(text), List.of(new TokenBatch.Scored(0, 0, 0)));
        List<float[]> all = new ArrayList<>();
        try (Past past = Past.start(family, arena);
                PreparedBatch prepared = new PreparedBatch(batch, List.of(past), arena)) {
            forward.evaluate(
                    List.of(model.parameters().here()),
                    prepared,
                    null,
                    (p, shard, state) -> all.addAll(arena.toArrays(state.past())));
        }
        int heads = family.size().groups();
        return all.stream()
                .map(numbers -> byToken(numbers, heads, family.size().kept() / heads))
                .toList();
    }

    /** Transposes [heads, T, width] numbers to [T, heads, width]. */
    private static float[] byToken(float[] numbers, int heads, int width) {
        float[] all = new float[numbers.length];
        int tokens = numbers.length / (heads * width);
        for (int at = 0; at < heads * tokens; at++) {
            System.arraycopy(numbers, at * width, all, (at % tokens * heads + at / tokens) * width, width);
        }
        return all;
    }

    /** The rows of the embedding table for {@code tokens}, at the present parameters. */
    public float[] embeddings(int[] tokens) {
        model.require(List.of(tokens), tokens.length);
        Embedding embedding = (Embedding) family.stages().get(0);
        WeightsAt here = model.weightsHere();
        float[] rows = new float[tokens.length * embedding.width()];
        float[] row = new float[embedding.width()];
        for (int t = 0; t < tokens.length; t++) {
            here.read(embedding.table(), tokens[t] * row.length, row, row.length);
            System.arraycopy(row, 0, rows, t * row.length, row.length);
        }
        return rows;
    }
}
