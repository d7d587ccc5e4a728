package org.zolab.model;

import java.util.Collections;
import java.util.List;
import org.zolab.tensor.Arena;
import org.zolab.tensor.Value;

/**
 * What has been read of a text so far, so that reading on does not compute it again.
 *
 * @param kept keys and values [1, heads, tokens, width of a head] of each block, which blocks extend as they read on; empty if nothing is
 *             kept
 * @param next the position of the next token
 * @param lead how many hidden states the family puts before the next ones; nonzero only at the beginning of a text
 */
record Past(Value kept, int next, int lead) implements AutoCloseable {

    private static final Value NOTHING = Value.tensors();

    /** For texts that are read once, as a whole. */
    static Past none(Family family) {
        return new Past(NOTHING, family.first(), family.lead());
    }

    /** For a text about to be read. Memory from then on, in each block: 8 bytes per token for each number of a key. */
    static Past start(Family family, Arena arena) {
        try (Value nothing = arena.floats(new float[0], 0)) { // torch.cat accepts it as zero tokens of any shape
            List<Value> all = Collections.nCopies(2 * family.size().layers(), nothing);
            return new Past(Value.of(all), family.first(), family.lead());
        }
    }

    /** This past, without its lead, after {@code more} further tokens. */
    Past and(int more) {
        return new Past(kept, next + more, 0);
    }

    @Override
    public void close() {
        kept.close();
    }
}
