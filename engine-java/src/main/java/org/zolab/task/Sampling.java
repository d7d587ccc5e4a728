package org.zolab.task;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.zolab.space.Problems;
import org.zolab.task.data.Row;
import org.zolab.task.data.Table;

/**
 * How many of a published data set's rows a task takes, and which, as in MeZO.
 *
 * <pre>
 *   train + dev   the first of a permutation of the published train rows, dev at the end of them
 *   test          the first of a permutation of the published validation rows
 * </pre>
 *
 * <p>If there are too few rows for both, dev keeps its number. Permutations are numpy's, so the examples equal MeZO's where the files list
 * rows in the order of the published data set. Published test rows are not used, since their labels are not published.
 *
 * <p>Reference: MeZO, arXiv 2305.17333, whose scripts use seed 0.
 *
 * @param train how many examples to train on
 * @param dev   how many to choose settings and checkpoints by
 * @param test  how many to report on
 * @param seed  the seed of the permutations
 */
public record Sampling(int train, int dev, int test, int seed) {

    /** 1,000, 500 and 1,000 with seed 0. */
    public static final Sampling MEZO = new Sampling(1000, 500, 1000, 0);

    /**
     * @throws IllegalArgumentException that names every invalid number
     */
    public Sampling {
        new Problems()
                .require(train > 0, "train is not strictly positive", train)
                .require(dev > 0, "dev is not strictly positive", dev)
                .require(test >= 0, "test is negative", test)
                .orThrow();
    }

    /** This sampling with another number for dev. */
    Sampling withDev(int dev) {
        return new Sampling(train, dev, test, seed);
    }

    /** Builds examples from rows of the published train and validation splits. */
    Map<Split, List<Example>> of(Table trained, Table validation, Function<Row, Example> example) {
        List<Example> both = first(trained, train + dev, example);
        int split = Math.max(0, both.size() - dev);
        return Map.of(
                Split.TRAIN, both.subList(0, split),
                Split.DEV, both.subList(split, both.size()),
                Split.TEST, first(validation, test, example));
    }

    private List<Example> first(Table table, int most, Function<Row, Example> example) {
        int[] order = Permutation.of(seed, table.count());
        return table.rows(Arrays.copyOf(order, Math.min(most, order.length)), example);
    }
}
