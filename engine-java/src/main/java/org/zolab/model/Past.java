package org.zolab.model;

import java.util.Collections;
import java.util.List;
import org.zolab.tensor.Arena;
import org.zolab.tensor.Value;

/**
 * What has been read of a text so far, so that more of it is read without computing that again.
 *
 * @param kept keys and values [1, heads, tokens, width of a head] of each block, which blocks lengthen as they read on; empty if nothing is kept
 * @param next the position of the token that comes next
 * @param lead how many hidden states the family puts before the next ones: at a text's beginning only
 */
record Past(Value kept, int next, int lead) implements AutoCloseable {

    private static final Value NOTHING = Value.tensors();

    /** Of texts that are read once, as a whole. */
    static Past none(Family family) {
        return new Past(NOTHING, family.first(), family.lead());
    }

    /** Of a text that is about to be read. Memory from then on: 8 bytes a token for each number of a key, in each block. */
    static Past start(Family family, Arena arena) {
        try (Value nothing = arena.floats(new float[0], 0)) { // torch.cat takes it as no tokens of any shape
            List<Value> all = Collections.nCopies(2 * family.size().layers(), nothing);
            return new Past(Value.of(all), family.first(), family.lead());
        }
    }

    /** The same after so many more tokens. */
    Past and(int more) {
        return new Past(kept, next + more, 0);
    }

    @Override
    public void close() {
        kept.close();
    }
}
