package org.zolab.model;

import java.util.List;

/**
 * Token rows of any lengths, and where they are scored.
 *
 * @param rows   token ids, without padding
 * @param scored the probabilities that are wanted
 * @param second for each row, the token at which its second text begins, which a family may treat differently from the first; the row's
 *               length if there is none
 */
public record TokenBatch(List<int[]> rows, List<Scored> scored, List<Integer> second) {

    /**
     * One wanted number: log p(token | the row up to and including position); for a masked model log p(token at position | the row); for a
     * head of classes log p(class | the row).
     *
     * @param row      the row's index
     * @param position the last token that is seen; for a masked model the place of the mask; 0 for classes
     * @param token    the token that may follow, or that the mask may hide; or the class
     */
    public record Scored(int row, int position, int token) {}

    /** Rows of a single text each. */
    public TokenBatch(List<int[]> rows, List<Scored> scored) {
        this(rows, scored, rows.stream().map(row -> row.length).toList());
    }

    public TokenBatch {
        rows = List.copyOf(rows);
        scored = List.copyOf(scored);
        second = List.copyOf(second);
        if (second.size() != rows.size()) {
            throw new IllegalArgumentException(
                    "second is not one place for each of " + rows.size() + " rows: " + second.size());
        }
        if (rows.isEmpty()) {
            throw new IllegalArgumentException("rows is empty: there is nothing to evaluate");
        }
        for (int[] row : rows) {
            if (row.length == 0) {
                throw new IllegalArgumentException("a row has no tokens; start it with the tokenizer's first token");
            }
        }
    }

    /** The number of tokens, without padding. */
    public int tokens() {
        return rows.stream().mapToInt(row -> row.length).sum();
    }
}
