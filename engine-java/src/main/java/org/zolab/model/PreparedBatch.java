package org.zolab.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.zolab.tensor.Arena;
import org.zolab.tensor.Value;

/** A batch as the forward wants it: distinct tokens known, rows sorted by length and cut into shards of about equal work. */
public final class PreparedBatch implements AutoCloseable {

    private final TokenBatch batch;
    private final int[] tokens;
    private final int length;
    private final List<Shard> shards = new ArrayList<>();
    private List<Value> hidden = List.of();
    private int behind;

    /** Whole texts for {@code family}, in at most so many parts. */
    PreparedBatch(TokenBatch batch, Family family, int parts, Arena arena) {
        this(batch, cut(batch, parts), Collections.nCopies(batch.rows().size(), Past.none(family)), arena);
    }

    /** What comes behind each row's past, every row a part of its own; to be read at the parameters themselves. */
    PreparedBatch(TokenBatch batch, List<Past> pasts, Arena arena) {
        this(
                batch,
                IntStream.range(0, pasts.size())
                        .mapToObj(row -> new int[] {row})
                        .toList(),
                pasts,
                arena);
    }

    private PreparedBatch(TokenBatch batch, List<int[]> parts, List<Past> pasts, Arena arena) {
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

    /** Sorts rows by length and cuts them where the most expensive part, rows times padded length, is cheapest. */
    private static List<int[]> cut(TokenBatch batch, int parts) {
        int[] order = IntStream.range(0, batch.rows().size())
                .boxed()
                .sorted(Comparator.comparingInt(row -> batch.rows().get(row).length))
                .mapToInt(row -> row)
                .toArray();
        int longest = batch.rows().get(order[order.length - 1]).length;
        int low = longest;
        int high = order.length * longest;
        while (low < high) { // the smallest limit that needs no more than so many parts
            int limit = (low + high) >>> 1;
            if (cutBelow(batch, order, limit).size() <= parts) {
                high = limit;
            } else {
                low = limit + 1;
            }
        }
        return cutBelow(batch, order, low);
    }

    private static List<int[]> cutBelow(TokenBatch batch, int[] order, int limit) {
        List<int[]> result = new ArrayList<>();
        for (int from = 0; from < order.length; ) {
            int to = from + 1;
            while (to < order.length && (to + 1 - from) * batch.rows().get(order[to]).length <= limit) {
                to++;
            }
            result.add(java.util.Arrays.copyOfRange(order, from, to));
            from = to;
        }
        return result;
    }

    /** The rows and what is wanted of them. */
    public TokenBatch batch() {
        return batch;
    }

    /** The distinct tokens, in the order of {@link Shard#packedIds()}. */
    public int[] tokens() {
        return tokens;
    }

    /** The longest row. */
    public int length() {
        return length;
    }

    /** The position of the rows' first tokens. */
    int first() {
        return shards.get(0).first();
    }

    /** How many hidden states stand before those of the rows' tokens. */
    int lead() {
        return shards.get(0).lead();
    }

    List<Shard> shards() {
        return shards;
    }

    /** The hidden states behind the first so many stages, one for each shard: {@code compute}d once and kept; none behind no stage. */
    List<Value> hidden(int stages, Supplier<List<Value>> compute) {
        if (stages != behind) {
            hidden.forEach(Value::close);
            hidden = List.of(); // so that nothing is closed twice if it cannot be computed
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
