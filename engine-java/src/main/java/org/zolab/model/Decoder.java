package org.zolab.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.zolab.space.Point;
import org.zolab.tensor.Arena;

/**
 * Reads prompts and continues them token by token. Keys and values of the tokens read are kept, so a prompt costs one forward pass over
 * its tokens and then one over a single token for each new one.
 *
 * <p>A few prompts advance together, stage by stage; when one is finished, the next takes its place. Each is a shard of its own, so the
 * bits of its tokens do not depend on the others.
 */
final class Decoder {

    /** How many prompts advance together: enough for a stage, once read from memory, to serve several. */
    static final int TOGETHER = 8;

    /** Is told of every new token. */
    @FunctionalInterface
    interface Listener {

        /** Whether to continue prompt {@code row}, to which these tokens have been added so far. */
        boolean goesOn(int row, int[] added);
    }

    private final Family family;
    private final Forward forward;
    private final Point here;
    private final Arena arena;

    /** Decodes with the weights at {@code here}, which must be the present parameters of {@code forward}. */
    Decoder(Family family, Forward forward, Point here, Arena arena) {
        this.family = family;
        this.forward = forward;
        this.here = here;
        this.arena = arena;
    }

    /** The tokens that follow each prompt; {@code eos} ends one, and is not part of the result. */
    List<int[]> run(List<int[]> prompts, Generation settings, int eos, Listener listener) {
        int[][] added = new int[prompts.size()][];
        List<Row> live = new ArrayList<>();
        try {
            for (int next = 0; next < added.length || !live.isEmpty(); ) {
                while (next < added.length && live.size() < TOGETHER) {
                    live.add(new Row(next, prompts.get(next++)));
                }
                read(live, settings);
                for (Row row : List.copyOf(live)) {
                    if (row.token == eos || !row.add(listener) || row.added.length == settings.maxNewTokens()) {
                        added[row.index] = row.added;
                        live.remove(row);
                        row.past.close();
                    }
                }
            }
        } finally {
            live.forEach(row -> row.past.close());
        }
        return List.of(added);
    }

    /** Reads each row's unread tokens and chooses its next one. */
    private void read(List<Row> rows, Generation settings) {
        List<TokenBatch.Scored> last = IntStream.range(0, rows.size())
                .mapToObj(row -> new TokenBatch.Scored(row, rows.get(row).unread.length - 1, 0))
                .toList();
        TokenBatch batch = new TokenBatch(rows.stream().map(row -> row.unread).toList(), last);
        List<Past> pasts = rows.stream().map(row -> row.past).toList();
        try (PreparedBatch prepared = new PreparedBatch(batch, pasts, arena)) {
            forward.evaluate(List.of(here), prepared, null, (p, shard, state) -> {
                Row row = rows.get(shard.rows()[0]);
                row.token = settings.next(arena.toArray(state.logits()), row.added.length);
            });
        }
    }

    /** A prompt in progress. */
    private final class Row {
        private final int index;
        private int[] unread;
        private int[] added = {};
        private Past past = Past.start(family, arena);
        private int token;

        Row(int index, int[] prompt) {
            this.index = index;
            this.unread = prompt;
        }

        boolean add(Listener listener) {
            past = past.and(unread.length);
            unread = new int[] {token};
            added = Arrays.copyOf(added, added.length + 1);
            added[added.length - 1] = token;
            return listener.goesOn(index, added);
        }
    }
}
