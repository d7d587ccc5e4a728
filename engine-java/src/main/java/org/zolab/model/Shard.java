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

/** The part of a batch that one thread computes: bundles of similar length, padded on the right to the longest of them. */
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
                int id = bundle.token(Math.min(t, bundle.length() - 1)); // padding is never seen
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

    /** The position of every token in its row, after {@code lead} hidden states before it, [B, lead + T]; padding repeats the last token's. */
    private long[] positions(int lead) {
        return each(lead, (bundle, t) -> bundle.position(Math.min(t, bundle.length() - 1)) + lead, t -> t);
    }

    /** 0 for tokens shared by all rows of a bundle, otherwise the row a token belongs to, counted from 1; −1 for padding, [B, lead + T]. */
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

    /** For each bundle, the batch's index of its first row. */
    int[] rows() {
        return bundles.stream().mapToInt(Bundle::first).toArray();
    }

    /** The indices of the batch's scored entries that are here, in the order of {@link #token()}. */
    int[] entries() {
        return entries;
    }

    /** The padded length. */
    public int length() {
        return length;
    }

    /** How many positions tokens occupy: the length of the longest row in this shard. */
    public int reach() {
        return reach;
    }

    /** The position of each row's first token. */
    public int first() {
        return past.next();
    }

    /**
     * How many hidden states precede those of the tokens in each row: a trained prompt, at the beginning of a text. Together with
     * {@link #length()} this gives T.
     */
    public int lead() {
        return past.lead();
    }

    /** The initial value of {@link Stage.Activations#past()}. */
    Value past() {
        return past.kept();
    }

    /** Token ids [B, T], indexing the whole vocabulary. */
    public Value ids() {
        return ids;
    }

    /** Token ids [B, T], indexing the batch's distinct tokens. */
    public Value packedIds() {
        return packedIds;
    }

    /** 1 for tokens of a row's second text, otherwise 0, [B, T]. */
    public Value types() {
        return types;
    }

    /**
     * The position of each token in its row, relative to the {@linkplain #first() first} token's, [B, T]; [1, T] if it is the same in all
     * rows.
     */
    public Value tokenPositions() {
        return tokenPositions;
    }

    /**
     * The places of hidden states: their index in the row, [1, 1, T], where T includes those that {@linkplain #lead() lead}. Where rows of
     * the batch share their beginning, [2, B, T], which adds the row that each belongs to, 0 meaning all.
     */
    public Value places() {
        return places;
    }

    /** The number of hidden states of each row [B], without padding. */
    public Value lengths() {
        return lengths;
    }

    /** N, the number of positions at which logits are needed. */
    public int positions() {
        return positions;
    }

    /** Those positions [N], as indices into the B·T hidden states. */
    public Value at() {
        return at;
    }

    /**
     * Numbers that do not depend on the shard, such as a family's tables, as a tensor [C] in double precision on its device; made once,
     * and closed with the shard.
     */
    public Value constants(List<Double> numbers) {
        return constants.computeIfAbsent(
                numbers,
                all -> arena.doubles(all.stream().mapToDouble(number -> number).toArray(), all.size()));
    }

    /** For each entry [S], the index of its position among the N. */
    Value position() {
        return position;
    }

    /** For each entry [S], its token. */
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
