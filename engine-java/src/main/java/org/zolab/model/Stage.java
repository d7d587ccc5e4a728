package org.zolab.model;

import java.util.List;
import org.zolab.tensor.Program;
import org.zolab.tensor.Value;

/**
 * One stage of a forward: the weights it reads, and what it does to one shard's activations.
 *
 * <p>For a displaced point its weights are written, slice after slice, into a scratch; at the parameters themselves it reads their
 * own views.
 */
public interface Stage {

    /** The TorchScript that all families share: views of weights, the head, the scores. */
    String SHARED = "/org/zolab/model/stages.py";

    /** A run of elements of one tensor. */
    record Slice(int tensor, int from, int count) {}

    /** The weights it needs for a batch, in the order it wants them to lie. */
    List<Slice> weights(PreparedBatch batch);

    /** How many elements its matrices have: multiplications for each token that it is given. */
    default long products() {
        return 0;
    }

    /** Advances one shard's activations. Runs on many threads at once, each with its own activations. */
    void run(Program program, Place weights, Shard shard, Activations state);

    /**
     * Where a stage's weights lie.
     *
     * @param flat   the memory
     * @param origin whether it is the parameters' own, where every tensor is whole and at its offset
     * @param starts of each slice, in elements
     */
    record Place(Value flat, boolean origin, long[] starts) {

        /** {@code size} elements from {@code at} on, as a matrix of so many rows, or as a vector if {@code rows} is 0. */
        Value piece(Program program, long at, long size, long rows) {
            try (Value start = Value.of(at);
                    Value count = Value.of(size);
                    Value shape = Value.of(rows)) {
                return program.call("piece", flat, start, count, shape);
            }
        }
    }

    /** What flows from stage to stage, for one point and one shard. */
    final class Activations implements AutoCloseable {
        private @org.jspecify.annotations.Nullable Value x;
        private @org.jspecify.annotations.Nullable Value logits;

        /** The hidden state. */
        public Value x() {
            return java.util.Objects.requireNonNull(x, "the first stage has not run");
        }

        /** Replaces the hidden state. */
        public void x(Value next) {
            if (x != null) {
                x.close();
            }
            x = next;
        }

        /** The logits [N, V] at scored positions. */
        public Value logits() {
            return java.util.Objects.requireNonNull(logits, "the head has not run");
        }

        /** Sets the room for the logits. */
        public void logits(Value room) {
            logits = room;
        }

        @Override
        public void close() {
            if (x != null) {
                x.close();
            }
            if (logits != null) {
                logits.close();
            }
        }
    }
}
