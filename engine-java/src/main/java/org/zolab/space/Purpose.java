package org.zolab.space;

/**
 * What addressed numbers are for, the upper byte of the last word of their counters: no two uses share numbers.
 *
 * <p>Reference: the table of docs/noise-v1.md, which calls them so.
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

    /** The last word of a counter. */
    int word(int draw) {
        return number << 24 | draw;
    }
}
