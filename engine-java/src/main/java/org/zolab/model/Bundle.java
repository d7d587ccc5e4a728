package org.zolab.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Neighbouring rows of a batch that begin alike, laid out as one: first the tokens they share, then each row's own continuation, which
 * sees the shared tokens and itself. A prompt is thus computed once for all its options, exactly.
 *
 * @param first  the index in the batch of the first row
 * @param rows   the rows
 * @param shared how many leading tokens they share
 * @param starts for each row, where its own tokens begin; for a row without any, where they would
 * @param length the total number of tokens
 */
record Bundle(int first, List<int[]> rows, int shared, int[] starts, int length) {

    private Bundle(int first, List<int[]> rows, int shared) {
        this(first, rows, shared, starts(rows, shared), length(rows, shared));
    }

    private static int[] starts(List<int[]> rows, int shared) {
        int[] starts = new int[rows.size()];
        for (int r = 0, at = shared; r < starts.length; r++) {
            starts[r] = at;
            at += rows.get(r).length - shared;
        }
        return starts;
    }

    private static int length(List<int[]> rows, int shared) {
        return shared + rows.stream().mapToInt(row -> row.length - shared).sum();
    }

    /** Every row in a bundle of its own. */
    static List<Bundle> each(TokenBatch batch) {
        return IntStream.range(0, batch.rows().size())
                .mapToObj(row -> new Bundle(
                        row, List.of(batch.rows().get(row)), batch.rows().get(row).length))
                .toList();
    }

    /**
     * Bundles neighbouring rows as long as they share at least half the tokens of the longest, the bundle is at most twice as long as its
     * longest row, and it has no more than its share of the rows. If tokens see what follows them, every row stays by itself.
     *
     * @param parts how many threads share the rows
     */
    static List<Bundle> of(TokenBatch batch, Family family, int parts) {
        List<Bundle> rows = each(batch);
        if (family.masked()) {
            return rows;
        }
        int most = (rows.size() + parts - 1) / parts;
        List<Bundle> all = new ArrayList<>(rows.subList(0, 1));
        for (Bundle row : rows.subList(1, rows.size())) {
            Bundle last = all.get(all.size() - 1);
            if (last.rows.size() < most && last.begins(row)) {
                all.set(all.size() - 1, last.with(row));
            } else {
                all.add(row);
            }
        }
        return List.copyOf(all);
    }

    private boolean begins(Bundle row) {
        Bundle both = with(row);
        int longest = both.longest();
        return 2 * both.shared >= longest && both.length <= 2 * longest;
    }

    private Bundle with(Bundle row) {
        List<int[]> both = new ArrayList<>(rows);
        both.addAll(row.rows);
        int alike = Arrays.mismatch(rows.get(0), row.rows.get(0));
        return new Bundle(first, both, alike < 0 ? shared : Math.min(shared, alike));
    }

    /** Whether any row has tokens of its own. */
    boolean branches() {
        return shared < length;
    }

    /** The length of its longest row. */
    int longest() {
        return rows.stream().mapToInt(row -> row.length).max().orElseThrow();
    }

    /** Where in the bundle a row of the batch has its token at {@code position}. */
    int at(int row, int position) {
        return position < shared ? position : starts[row - first] + position - shared;
    }

    /** The row that token {@code at} belongs to, counted from 1; 0 if it is shared. */
    int branch(int at) {
        if (at < shared) {
            return 0;
        }
        int row = starts.length;
        while (starts[row - 1] > at) {
            row--;
        }
        return row;
    }

    /** The position of token {@code at} within its row. */
    int position(int at) {
        int branch = branch(at);
        return branch == 0 ? at : shared + at - starts[branch - 1];
    }

    /** The id of token {@code at}. */
    int token(int at) {
        return rows.get(Math.max(0, branch(at) - 1))[position(at)];
    }
}
