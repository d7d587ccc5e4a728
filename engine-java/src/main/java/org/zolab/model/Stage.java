package org.zolab.model;

import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.zolab.tensor.Program;
import org.zolab.tensor.Value;

/**
 * One stage of a forward pass: the weights it reads, and what it does to one shard's activations.
 *
 * <p>At a point, weights that differ from the model's own are written to a scratch, slice after slice; the others are read in place.
 */
public interface Stage {

    /** The TorchScript that all families share: views of weights, the head, the scores. */
    String SHARED = "/org/zolab/model/stages.py";

    /** A run of elements of one tensor. */
    record Slice(int tensor, int from, int count) {}

    /**
     * Slices that are read as one and therefore have to be contiguous.
     *
     * @param linear whether a linear layer multiplies by it, in the precision of the run's products
     */
    record Piece(List<Slice> slices, boolean linear) {

        /** The number of elements. */
        int count() {
            return slices.stream().mapToInt(Slice::count).sum();
        }
    }

    /** The tensors that it reads, in whole or in part. */
    IntStream tensors();

    /** The weights it needs for a batch, in the order in which they are to lie. */
    List<Piece> weights(PreparedBatch batch);

    /** The tensors that its linear layers multiply by, in the precision of the run's products. */
    default IntStream linear() {
        return IntStream.empty();
    }

    /** The number of elements of its matrices, which is the number of multiplications per token. */
    default long products() {
        return 0;
    }

    /** Advances one shard's activations. Called by many threads at once, each with its own activations. */
    void run(Program program, Place weights, Shard shard, Activations state);

    /** Where a stage's pieces lie, in order. */
    record Place(List<At> pieces) {

        /**
         * Where one piece lies.
         *
         * @param memory the model's own weights, in which every tensor is whole, or a scratch
         * @param own    whether it is the model's own weights
         * @param base   where the tensor begins, if so
         * @param start  where the piece begins, in elements
         * @param size   the number of its elements
         */
        record At(Value memory, boolean own, long base, long start, long size) {

            /** Whether it begins where {@code before} ends. */
            boolean follows(At before) {
                return memory == before.memory() && start == before.start() + before.size();
            }
        }

        /** Where piece {@code i} lies. */
        At at(int i) {
            return pieces.get(i);
        }

        /** {@code size} elements from the start of piece {@code i}, as a matrix of {@code rows} rows, or as a vector if {@code rows} is 0. */
        Value piece(Program program, int i, long size, long rows) {
            return piece(program, at(i).memory(), at(i).start(), size, rows);
        }

        /**
         * {@code size} elements of {@code memory} from {@code start} on, as a matrix of {@code rows} rows, or as a vector if {@code rows}
         * is 0.
         */
        static Value piece(Program program, Value memory, long start, long size, long rows) {
            try (Value at = Value.of(start);
                    Value count = Value.of(size);
                    Value shape = Value.of(rows)) {
                return program.call("piece", memory, at, count, shape);
            }
        }
    }

    /** What is passed from stage to stage, for one point and one shard. */
    final class Activations implements AutoCloseable {
        private @org.jspecify.annotations.Nullable Value x;
        private @org.jspecify.annotations.Nullable Value logits;
        private Value past;
        private boolean lent;

        /** Activations before the first stage. */
        Activations(Shard shard) {
            this.past = shard.past();
        }

        /** Activations after stages computed elsewhere; the hidden state {@code x} is not closed with them. */
        Activations(Shard shard, Value x) {
            this(shard);
            this.x = x;
            this.lent = true;
        }

        /** The hidden state. */
        public Value x() {
            return Objects.requireNonNull(x, "the first stage has not run");
        }

        /** Replaces the hidden state. */
        public void x(Value next) {
            forget();
            x = next;
            lent = false;
        }

        /**
         * Keys and values of what was read before, in the form that {@code recall} of stages.py reads and modifies; empty if there was
         * nothing.
         */
        public Value past() {
            return past;
        }

        /** Replaces the keys and values of the past; the caller closes them. */
        void past(Value other) {
            past = other;
        }

        /** The logits [N, V] at scored positions. */
        public Value logits() {
            return Objects.requireNonNull(logits, "the head has not run");
        }

        /** Sets the memory for the logits. */
        public void logits(Value room) {
            logits = room;
        }

        /** The hidden state, which is then no longer closed with these activations. */
        Value release() {
            lent = true;
            return x();
        }

        private void forget() {
            if (x != null && !lent) {
                x.close();
            }
        }

        @Override
        public void close() {
            forget();
            if (logits != null) {
                logits.close();
            }
        }
    }
}
