package org.zolab.model;

import java.util.List;

/**
 * Token rows of any lengths, and where they are scored.
 *
 * @param rows   token ids, without padding
 * @param scored which probabilities are wanted
 */
public record TokenBatch(List<int[]> rows, List<Scored> scored) {

    /**
     * One wanted number: log p(token | the row up to and with position), of a masked model log p(token at position | the row).
     *
     * @param row      which row
     * @param position the last token that is seen, of a masked model the place of the mask
     * @param token    the token that may follow, or be hidden by the mask
     */
    public record Scored(int row, int position, int token) {}

    public TokenBatch {
        rows = List.copyOf(rows);
        scored = List.copyOf(scored);
        if (rows.isEmpty()) {
            throw new IllegalArgumentException("rows is empty: there is nothing to evaluate");
        }
        for (int[] row : rows) {
            if (row.length == 0) {
                throw new IllegalArgumentException("a row has no tokens; start it with the tokenizer's first token");
            }
        }
    }

    /** How many real tokens. */
    public int tokens() {
        return rows.stream().mapToInt(row -> row.length).sum();
    }
}
