package org.zolab.model;

import java.util.Collections;
import java.util.List;
import org.zolab.tensor.Arena;
import org.zolab.tensor.Value;

/**
 * What has been read of a text so far, so that more of it is read without computing that again.
 *
 * @param kept   keys and values [1, heads, tokens, width of a head] of each block, which blocks lengthen as they read on; empty if nothing is kept
 * @param tokens how many tokens they are of
 */
record Past(Value kept, int tokens) implements AutoCloseable {

    /** Of texts that are read once, as a whole. */
    static final Past NONE = new Past(Value.tensors(), 0);

    /** Of a text that is about to be read. Memory from then on: 8 bytes a token for each number of a key, in each block. */
    static Past start(Family family, Arena arena) {
        try (Value nothing = arena.floats(new float[0], 0)) { // torch.cat takes it as no tokens of any shape
            List<Value> all = Collections.nCopies(2 * family.size().layers(), nothing);
            return new Past(Value.of(all), 0);
        }
    }

    /** The same after so many more tokens. */
    Past and(int more) {
        return new Past(kept, tokens + more);
    }

    @Override
    public void close() {
        kept.close();
    }
}
