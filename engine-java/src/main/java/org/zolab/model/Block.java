package org.zolab.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.zolab.space.ParameterSpace;
import org.zolab.tensor.Program;
import org.zolab.tensor.Value;

/** A stage whose weights are contiguous tensors: a family's block, or whatever stands between the last block and the head. */
public final class Block implements Stage {

    /** The computation of a stage. */
    @FunctionalInterface
    public interface Body {

        /** Computes the next hidden state, given the weights as a list. */
        Value next(Program program, Value weights, Activations state, Shard shard);
    }

    private final List<Piece> pieces;
    private final long[] sizes;
    private final long[] rows;
    private final Body body;

    /**
     * A stage of tensors {@code from} (inclusive) to {@code to} (exclusive).
     *
     * @param shapes the shapes in which they are read, in order; adjacent tensors may be read as one
     */
    public Block(ParameterSpace space, int from, int to, List<List<Integer>> shapes, Body body) {
        this.sizes = shapes.stream()
                .mapToLong(shape -> shape.stream().mapToLong(extent -> extent).reduce(1, Math::multiplyExact))
                .toArray();
        this.rows = shapes.stream()
                .mapToLong(shape -> shape.size() == 1 ? 0 : shape.get(0))
                .toArray();
        this.body = body;
        this.pieces = new ArrayList<>();
        int tensor = from;
        for (int i = 0; i < sizes.length; i++) {
            List<Slice> slices = new ArrayList<>();
            for (long left = sizes[i]; left > 0 && tensor < to; tensor++) {
                slices.add(new Slice(tensor, 0, space.tensor(tensor).size()));
                left -= space.tensor(tensor).size();
            }
            pieces.add(new Piece(List.copyOf(slices), rows[i] > 0));
        }
        if (tensor != to
                || !Arrays.equals(pieces.stream().mapToLong(Piece::count).toArray(), sizes)) {
            throw new IllegalArgumentException("shapes are not those of tensors " + from + " to " + to + ": " + shapes);
        }
    }

    /** A stage of tensors {@code from} (inclusive) to {@code to} (exclusive), each read with its own shape. */
    public static Block of(ParameterSpace space, int from, int to, Body body) {
        List<List<Integer>> shapes = space.tensors().subList(from, to).stream()
                .map(ParameterSpace.Tensor::shape)
                .toList();
        return new Block(space, from, to, shapes, body);
    }

    /**
     * This block after a prefix: trained keys and values that every token of a text sees.
     *
     * @param space  a space that begins with the family's tensors
     * @param prefix the index in it of the first of two tensors [P, groups·W], keys and values
     * @param groups the number of key and value heads
     */
    public Stage behind(ParameterSpace space, int prefix, int groups) {
        return new Prefixed(
                new Piece(
                        List.of(
                                new Slice(prefix, 0, space.tensor(prefix).size()),
                                new Slice(
                                        prefix + 1, 0, space.tensor(prefix + 1).size())),
                        false),
                2 * space.tensor(prefix).shape().get(0),
                groups);
    }

    @Override
    public long products() {
        return IntStream.range(0, sizes.length)
                .filter(i -> rows[i] > 0)
                .mapToLong(i -> sizes[i])
                .sum();
    }

    @Override
    public IntStream tensors() {
        return pieces.stream().flatMap(piece -> piece.slices().stream()).mapToInt(Slice::tensor);
    }

    @Override
    public IntStream linear() {
        return pieces.stream()
                .filter(Piece::linear)
                .flatMap(piece -> piece.slices().stream())
                .mapToInt(Slice::tensor);
    }

    @Override
    public List<Piece> weights(PreparedBatch batch) {
        return pieces;
    }

    @Override
    public void run(Program program, Place weights, Shard shard, Activations state) {
        try (Value views = views(program, weights)) {
            state.x(body.next(program, views, state, shard));
        }
    }

    private final class Prefixed implements Stage {
        private final Piece prefix;
        private final int vectors;
        private final int groups;

        Prefixed(Piece prefix, int vectors, int groups) {
            this.prefix = prefix;
            this.vectors = vectors;
            this.groups = groups;
        }

        @Override
        public long products() {
            return Block.this.products();
        }

        @Override
        public IntStream tensors() {
            return IntStream.concat(
                    Block.this.tensors(), prefix.slices().stream().mapToInt(Slice::tensor));
        }

        @Override
        public IntStream linear() {
            return Block.this.linear();
        }

        /** The block's pieces, then the prefix. */
        @Override
        public List<Piece> weights(PreparedBatch batch) {
            List<Piece> all = new ArrayList<>(pieces);
            all.add(prefix);
            return all;
        }

        @Override
        public void run(Program program, Place weights, Shard shard, Activations state) {
            int last = pieces.size();
            try (Value own = weights.piece(program, last, prefix.count(), vectors);
                    Value count = Value.of(groups);
                    Value past = program.call("behind", own, state.past(), state.x(), count)) {
                Value before = state.past();
                state.past(past);
                Block.this.run(program, new Place(weights.pieces().subList(0, last)), shard, state);
                state.past(before);
            }
        }
    }

    /** Views of all pieces; adjacent ones are cut by a single call. */
    private Value views(Program program, Place weights) {
        Value views = program.call("nothing");
        for (int from = 0, to; from < sizes.length; from = to) {
            to = from + 1;
            while (to < sizes.length && weights.at(to).follows(weights.at(to - 1))) {
                to++;
            }
            try (Value before = views;
                    Value at = Value.of(weights.at(from).start());
                    Value counts = Value.of(Arrays.copyOfRange(sizes, from, to));
                    Value shapes = Value.of(Arrays.copyOfRange(rows, from, to))) {
                views = program.call("pieces", before, weights.at(from).memory(), at, counts, shapes);
            }
        }
        return views;
    }
}
