package org.zolab.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.zolab.tensor.Arena;
import org.zolab.tensor.Value;

/**
 * A batch prepared for the forward pass: its distinct tokens are known, rows that begin alike are laid out as one, and rows are sorted by
 * length and divided into shards of about equal work.
 */
public final class PreparedBatch implements AutoCloseable {

    private final TokenBatch batch;
    private final int[] tokens;
    private final int length;
    private final List<Shard> shards = new ArrayList<>();
    private List<Value> hidden = List.of();
    private int behind;

    /** Whole texts for {@code family}, laid out as {@code bundles}, in no more than {@code parts} shards. */
    PreparedBatch(TokenBatch batch, List<Bundle> bundles, Family family, int parts, Arena arena) {
        this(batch, cut(bundles, parts), Collections.nCopies(bundles.size(), Past.none(family)), arena);
    }

    /** Tokens that follow each row's past, every row being a shard of its own; must be read at the parameters themselves. */
    PreparedBatch(TokenBatch batch, List<Past> pasts, Arena arena) {
        this(batch, Bundle.each(batch).stream().map(List::of).toList(), pasts, arena);
    }

    private PreparedBatch(TokenBatch batch, List<List<Bundle>> parts, List<Past> pasts, Arena arena) {
        this.batch = batch;
        Map<Integer, Integer> unique = new LinkedHashMap<>();
        for (int[] row : batch.rows()) {
            for (int id : row) {
                unique.putIfAbsent(id, unique.size());
            }
        }
        this.tokens = unique.keySet().stream().mapToInt(id -> id).toArray();
        this.length = batch.rows().stream().mapToInt(row -> row.length).max().orElseThrow();
        for (int i = 0; i < parts.size(); i++) {
            shards.add(new Shard(batch, parts.get(i), unique, pasts.get(i), arena));
        }
    }

    /** Sorts bundles by length and cuts them so that the most expensive shard, bundles times padded length, is as cheap as possible. */
    private static List<List<Bundle>> cut(List<Bundle> bundles, int parts) {
        List<Bundle> order =
                bundles.stream().sorted(Comparator.comparingInt(Bundle::length)).toList();
        int low = order.get(order.size() - 1).length();
        int high = order.size() * low;
        while (low < high) { // the smallest limit that needs no more than so many shards
            int limit = (low + high) >>> 1;
            if (cutBelow(order, limit).size() <= parts) {
                high = limit;
            } else {
                low = limit + 1;
            }
        }
        return cutBelow(order, low);
    }

    private static List<List<Bundle>> cutBelow(List<Bundle> order, int limit) {
        List<List<Bundle>> result = new ArrayList<>();
        for (int from = 0; from < order.size(); ) {
            int to = from + 1;
            while (to < order.size() && (to + 1 - from) * order.get(to).length() <= limit) {
                to++;
            }
            result.add(order.subList(from, to));
            from = to;
        }
        return result;
    }

    /** The rows and the probabilities wanted of them. */
    public TokenBatch batch() {
        return batch;
    }

    /** The distinct tokens, in the order of {@link Shard#packedIds()}. */
    public int[] tokens() {
        return tokens;
    }

    /** The length of the longest row. */
    public int length() {
        return length;
    }

    /** The position of the rows' first tokens. */
    int first() {
        return shards.get(0).first();
    }

    /** How many hidden states precede those of the rows' tokens. */
    int lead() {
        return shards.get(0).lead();
    }

    /** How many hidden states each stage computes, padding included. */
    public int states() {
        return shards.stream()
                .mapToInt(shard -> shard.rows().length * (shard.lead() + shard.length()))
                .sum();
    }

    List<Shard> shards() {
        return shards;
    }

    /** The hidden states after the first {@code stages} stages, one for each shard; computed once and kept. Empty for no stages. */
    List<Value> hidden(int stages, Supplier<List<Value>> compute) {
        if (stages != behind) {
            hidden.forEach(Value::close);
            hidden = List.of(); // so that nothing is closed twice if computing fails
            behind = 0;
            hidden = stages == 0 ? List.of() : compute.get();
            behind = stages;
        }
        return hidden;
    }

    @Override
    public void close() {
        hidden.forEach(Value::close);
        shards.forEach(Shard::close);
    }
}
