package org.zolab.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntToLongFunction;
import java.util.function.ToLongBiFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.zolab.tensor.Arena;
import org.zolab.tensor.Value;

/** A part of a batch that one thread computes: bundles of rows of alike lengths, padded on the right to the longest of them. */
public final class Shard implements AutoCloseable {

    private final List<Bundle> bundles;
    private final int length;
    private final int reach;
    private final Past past;
    private final int[] entries;
    private final Value ids;
    private final Value packedIds;
    private final Value types;
    private final Value lengths;
    private final Value tokenPositions;
    private final Value places;
    private final int positions;
    private final Value at;
    private final Value position;
    private final Value token;
    private final Arena arena;
    private final Map<List<Double>, Value> constants = new ConcurrentHashMap<>();

    Shard(TokenBatch batch, List<Bundle> bundles, Map<Integer, Integer> uniqueTokens, Past past, Arena arena) {
        this.bundles = bundles;
        this.past = past;
        this.arena = arena;
        this.length = bundles.stream().mapToInt(Bundle::length).max().orElseThrow();
        this.reach = bundles.stream().mapToInt(Bundle::longest).max().orElseThrow();
        int rows = bundles.size();
        int lead = past.lead();
        long[] raw = new long[rows * length];
        long[] packed = new long[rows * length];
        long[] seconds = new long[rows * length];
        for (int i = 0; i < rows; i++) {
            Bundle bundle = bundles.get(i);
            for (int t = 0; t < length; t++) {
                int id = bundle.token(Math.min(t, bundle.length() - 1)); // what stands in the padding is never seen
                raw[i * length + t] = id;
                packed[i * length + t] = uniqueTokens.get(id);
                seconds[i * length + t] = t < batch.second().get(bundle.first()) ? 0 : 1;
            }
        }
        this.ids = arena.longs(raw, rows, length);
        this.packedIds = arena.longs(packed, rows, length);
        this.types = arena.longs(seconds, rows, length);
        this.lengths = arena.longs(
                bundles.stream().mapToLong(bundle -> lead + bundle.length()).toArray(), rows);
        if (bundles.stream().anyMatch(Bundle::branches)) {
            this.tokenPositions = arena.longs(positions(0), rows, length);
            long[] both = Arrays.copyOf(positions(lead), 2 * rows * (lead + length));
            long[] branches = branches(lead);
            System.arraycopy(branches, 0, both, branches.length, branches.length);
            this.places = arena.longs(both, 2, rows, lead + length);
        } else {
            this.tokenPositions = arena.longs(LongStream.range(0, length).toArray(), 1, length);
            this.places = arena.longs(LongStream.range(0, lead + length).toArray(), 1, 1, lead + length);
        }

        Map<Integer, Integer> known = new LinkedHashMap<>(); // flat position of the shard -> index of its logits
        List<int[]> wanted = new ArrayList<>();
        Map<Integer, Integer> bundleOf = new HashMap<>();
        for (int i = 0; i < rows; i++) {
            for (int row = 0; row < bundles.get(i).rows().size(); row++) {
                bundleOf.put(bundles.get(i).first() + row, i);
            }
        }
        for (int e = 0; e < batch.scored().size(); e++) {
            TokenBatch.Scored scored = batch.scored().get(e);
            Integer i = bundleOf.get(scored.row());
            if (i != null) {
                int place = bundles.get(i).at(scored.row(), scored.position());
                int logits = known.computeIfAbsent(i * (lead + length) + lead + place, flat -> known.size());
                wanted.add(new int[] {e, logits, scored.token()});
            }
        }
        this.positions = known.size();
        this.entries = wanted.stream().mapToInt(entry -> entry[0]).toArray();
        this.at = arena.longs(known.keySet().stream().mapToLong(flat -> flat).toArray(), positions);
        this.position = arena.longs(wanted.stream().mapToLong(entry -> entry[1]).toArray(), wanted.size());
        this.token = arena.longs(wanted.stream().mapToLong(entry -> entry[2]).toArray(), wanted.size());
    }

    /** The position of every token in its row, behind {@code lead} hidden states that stand before it, [B, lead + T]; of padding the last one's. */
    private long[] positions(int lead) {
        return each(lead, (bundle, t) -> bundle.position(Math.min(t, bundle.length() - 1)) + lead, t -> t);
    }

    /** 0 for what all rows of a bundle share, else which of them a token belongs to, and -1 for padding, [B, lead + T]. */
    private long[] branches(int lead) {
        return each(lead, (bundle, t) -> t < bundle.length() ? bundle.branch(t) : -1, t -> 0);
    }

    private long[] each(int lead, ToLongBiFunction<Bundle, Integer> token, IntToLongFunction before) {
        return bundles.stream()
                .flatMapToLong(bundle -> LongStream.concat(
                        IntStream.range(0, lead).mapToLong(before),
                        IntStream.range(0, length).mapToLong(t -> token.applyAsLong(bundle, t))))
                .toArray();
    }

    /** The first row of the batch of each bundle. */
    int[] rows() {
        return bundles.stream().mapToInt(Bundle::first).toArray();
    }

    /** Which of the batch's scored entries, in the order of {@link #token()}. */
    int[] entries() {
        return entries;
    }

    /** The padded length. */
    public int length() {
        return length;
    }

    /** How many positions tokens stand at: the longest row of the batch that is here. */
    public int reach() {
        return reach;
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

    /** The position of each token in its row, behind the {@linkplain #first() first} one's, [B, T]; [1, T] if it is the same in all. */
    public Value tokenPositions() {
        return tokenPositions;
    }

    /**
     * Where hidden states stand: the number of each in its row, [1, 1, T], T with those that {@linkplain #lead() lead}; where rows of the batch share what they
     * begin with, [2, B, T], and to which of them each belongs: 0 for all.
     */
    public Value places() {
        return places;
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
        for (Value value : List.of(ids, packedIds, types, lengths, tokenPositions, places, at, position, token)) {
            value.close();
        }
        constants.values().forEach(Value::close);
    }
}
