package org.zolab.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.zolab.tensor.Arena;
import org.zolab.tensor.Value;

/** A part of a batch that one thread computes: rows of alike lengths, padded on the right to the longest of them. */
public final class Shard implements AutoCloseable {

    private final int[] rows;
    private final int length;
    private final Past past;
    private final int[] entries;
    private final Value ids;
    private final Value packedIds;
    private final Value types;
    private final Value lengths;
    private final int positions;
    private final Value at;
    private final Value position;
    private final Value token;
    private final Arena arena;
    private final Map<List<Double>, Value> constants = new ConcurrentHashMap<>();

    Shard(TokenBatch batch, int[] rows, Map<Integer, Integer> uniqueTokens, Past past, Arena arena) {
        this.rows = rows;
        this.past = past;
        this.arena = arena;
        int longest = 0;
        Map<Integer, Integer> placeOfRow = new LinkedHashMap<>();
        for (int row : rows) {
            placeOfRow.put(row, placeOfRow.size());
            longest = Math.max(longest, batch.rows().get(row).length);
        }
        this.length = longest;
        long[] raw = new long[rows.length * length];
        long[] packed = new long[rows.length * length];
        long[] seconds = new long[rows.length * length];
        for (int i = 0; i < rows.length; i++) {
            int[] row = batch.rows().get(rows[i]);
            for (int t = 0; t < length; t++) {
                int id = row[Math.min(t, row.length - 1)]; // what stands in the padding is never seen
                raw[i * length + t] = id;
                packed[i * length + t] = uniqueTokens.get(id);
                seconds[i * length + t] = t < batch.second().get(rows[i]) ? 0 : 1;
            }
        }
        this.ids = arena.longs(raw, rows.length, length);
        this.packedIds = arena.longs(packed, rows.length, length);
        this.types = arena.longs(seconds, rows.length, length);
        this.lengths = arena.longs(
                Arrays.stream(rows)
                        .mapToLong(row -> past.lead() + batch.rows().get(row).length)
                        .toArray(),
                rows.length);

        Map<Integer, Integer> places = new LinkedHashMap<>(); // flat position of the shard -> index of its logits
        List<int[]> wanted = new ArrayList<>();
        for (int e = 0; e < batch.scored().size(); e++) {
            TokenBatch.Scored scored = batch.scored().get(e);
            Integer place = placeOfRow.get(scored.row());
            if (place != null) {
                int logits = places.computeIfAbsent(
                        place * (past.lead() + length) + past.lead() + scored.position(), flat -> places.size());
                wanted.add(new int[] {e, logits, scored.token()});
            }
        }
        this.positions = places.size();
        this.entries = wanted.stream().mapToInt(entry -> entry[0]).toArray();
        this.at = arena.longs(places.keySet().stream().mapToLong(flat -> flat).toArray(), positions);
        this.position = arena.longs(wanted.stream().mapToLong(entry -> entry[1]).toArray(), wanted.size());
        this.token = arena.longs(wanted.stream().mapToLong(entry -> entry[2]).toArray(), wanted.size());
    }

    /** Which rows of the batch. */
    int[] rows() {
        return rows;
    }

    /** Which of the batch's scored entries, in the order of {@link #token()}. */
    int[] entries() {
        return entries;
    }

    /** The padded length. */
    public int length() {
        return length;
    }

    /** The position of the first token of each row. */
    public int first() {
        return past.next();
    }

    /** How many hidden states stand in each row before those of its tokens: of a trained prompt, where a text begins. With {@link #length()} T. */
    public int lead() {
        return past.lead();
    }

    /** What {@link Stage.Activations#past()} begins with. */
    Value past() {
        return past.kept();
    }

    /** Token ids [B, T], into the whole vocabulary. */
    public Value ids() {
        return ids;
    }

    /** Token ids [B, T], into the distinct tokens of the batch. */
    public Value packedIds() {
        return packedIds;
    }

    /** 1 for a token of a row's second text, else 0, [B, T]. */
    public Value types() {
        return types;
    }

    /** Hidden states of each row [B], without padding. */
    public Value lengths() {
        return lengths;
    }

    /** N, at how many positions logits are needed. */
    public int positions() {
        return positions;
    }

    /** Those positions [N], into the hidden states B·T. */
    public Value at() {
        return at;
    }

    /** Numbers that do not depend on it, such as a family's tables, as a tensor [C] in double precision where it lies: made once, closed with it. */
    public Value constants(List<Double> numbers) {
        return constants.computeIfAbsent(
                numbers,
                all -> arena.doubles(all.stream().mapToDouble(number -> number).toArray(), all.size()));
    }

    /** For each entry [S], which of the N positions. */
    Value position() {
        return position;
    }

    /** For each entry [S], the token. */
    Value token() {
        return token;
    }

    @Override
    public void close() {
        for (Value value : List.of(ids, packedIds, types, lengths, at, position, token)) {
            value.close();
        }
        constants.values().forEach(Value::close);
    }
}
