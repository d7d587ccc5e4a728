package org.zolab.space;

/**
 * What addressed numbers are used for. It is the upper byte of the last counter word, so no two uses share numbers.
 *
 * <p>Reference: the table in docs/noise-v1.md, which uses these names.
 */
enum Purpose {
    GAUSSIAN_PROBE(1),
    RADEMACHER_PROBE(2),
    ROUNDING_DITHER(3),
    LEFT_FACTOR(4),
    ORDER_OF_EXAMPLES(5),
    INITIAL_WEIGHTS(6),
    RIGHT_FACTOR(7),
    CORE(8),
    CHOICE_OF_TENSORS(9),
    CHOICE_OF_LAYERS(10),
    ORDER_OF_BLOCKS(11),
    NEW_TOKEN(12),
    ORDER_OF_DATA_SETS(13);

    private final int number;

    Purpose(int number) {
        this.number = number;
    }

    /** The last word of a draw's counters. */
    int word(int draw) {
        return number << 24 | draw;
    }
}
