package org.zolab.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.zolab.space.ParameterSpace;
import org.zolab.tensor.Program;
import org.zolab.tensor.Value;

/**
 * The first stage of a family: looks up the embedding rows of a batch's tokens and turns them into the first hidden state.
 *
 * <p>For a displaced point only those rows of the table are written, so the cost does not grow with the vocabulary.
 */
public final class Embedding implements Stage {

    /** Weights read in addition to the tokens' rows. */
    @FunctionalInterface
    public interface Part {

        /** Where they lie, for texts of {@code length} tokens from position {@code first} on. */
        Slice of(ParameterSpace space, int first, int length);

        /** A whole tensor. */
        static Part whole(String tensor) {
            return (space, first, length) -> {
                int index = space.indexOf(tensor);
                return new Slice(index, 0, space.tensor(index).size());
            };
        }

        /** One row of a table per token of a text; row {@code offset} is for position 0. */
        static Part positions(String tensor, int offset) {
            return (space, first, length) -> rows(space, tensor, offset + first, length);
        }

        /** One row of a table, as a matrix [1, H]. */
        static Part row(String tensor, int row) {
            return (space, first, length) -> rows(space, tensor, row, 1);
        }

        private static Slice rows(ParameterSpace space, String tensor, int first, int count) {
            int index = space.indexOf(tensor);
            int width = space.tensor(index).shape().get(1);
            return new Slice(index, first * width, count * width);
        }
    }

    /** How a family combines the rows and parts. */
    @FunctionalInterface
    public interface Body {

        /**
         * The first hidden state [B, T, H].
         *
         * @param weights   the tokens' rows, then the parts, as one list
         * @param ids       indices into the rows, [B, T]
         * @param positions of the tokens, indices into {@link Part#positions}, [B, T] or [1, T]
         * @param types     1 for tokens of a second text, [B, T]
         */
        Value embed(Program program, Value weights, Value ids, Value positions, Value types);
    }

    private final ParameterSpace space;
    private final int tokens;
    private final int width;
    private final List<Part> parts;
    private final Body body;

    /** An embedding that reads the table {@code tokens}, and {@code parts}. */
    public Embedding(ParameterSpace space, String tokens, List<Part> parts, Body body) {
        this.space = space;
        this.tokens = space.indexOf(tokens);
        this.width = space.tensor(this.tokens).shape().get(1);
        this.parts = List.copyOf(parts);
        this.body = body;
    }

    @Override
    public IntStream tensors() {
        return IntStream.concat(IntStream.of(tokens), parts.stream().mapToInt(part -> part.of(space, 0, 1)
                .tensor()));
    }

    /** The parts, then the tokens' rows. */
    @Override
    public List<Piece> weights(PreparedBatch batch) {
        List<Piece> pieces = new ArrayList<>();
        for (Part part : parts) {
            pieces.add(new Piece(List.of(part.of(space, batch.first(), batch.length())), false));
        }
        pieces.add(new Piece(
                Arrays.stream(batch.tokens())
                        .mapToObj(token -> new Slice(tokens, token * width, width))
                        .toList(),
                false));
        return pieces;
    }

    /** The index of the table of all tokens' rows. */
    int table() {
        return tokens;
    }

    /** D, the width of a row. */
    public int width() {
        return width;
    }

    /**
     * This stage with a trained prompt before each text: the prompt's rows are embedded as those of tokens, at the positions before the
     * text.
     *
     * @param prompt the index of a tensor [P, D] of a space that begins with the family's tensors
     * @param length P
     */
    public Stage behind(int prompt, int length) {
        return new Prompted(prompt, length);
    }

    @Override
    public void run(Program program, Place weights, Shard shard, Activations state) {
        Place.At table = weights.at(parts.size());
        boolean own = table.own(); // the whole table
        ParameterSpace.Tensor whole = space.tensor(tokens);
        try (Value rows = own
                ? Place.piece(
                        program,
                        table.memory(),
                        table.base(),
                        whole.size(),
                        whole.shape().get(0))
                : weights.piece(program, parts.size(), table.size(), table.size() / width)) {
            Value ids = own ? shard.ids() : shard.packedIds();
            state.x(embed(
                    program, rows, weights, shard.first(), shard.reach(), ids, shard.tokenPositions(), shard.types()));
        }
    }

    /**
     * Applies the body to rows and to the parts, which are the first pieces, for texts of {@code length} tokens from position
     * {@code first} on.
     */
    private Value embed(
            Program program,
            Value rows,
            Place weights,
            int first,
            int length,
            Value ids,
            Value positions,
            Value types) {
        List<Value> views = new ArrayList<>();
        try {
            for (int i = 0; i < parts.size(); i++) {
                Slice slice = parts.get(i).of(space, first, length);
                List<Integer> shape = space.tensor(slice.tensor()).shape();
                int rowsOfPart = shape.size() == 1 ? 0 : slice.count() / shape.get(1);
                Place.At at = weights.at(i);
                long start = at.own() ? at.base() + slice.from() : at.start();
                views.add(Place.piece(program, at.memory(), start, slice.count(), rowsOfPart));
            }
            List<Value> all = new ArrayList<>(List.of(rows));
            all.addAll(views);
            try (Value list = Value.of(all)) {
                return body.embed(program, list, ids, positions, types);
            }
        } finally {
            views.forEach(Value::close);
        }
    }

    private final class Prompted implements Stage {
        private final int prompt;
        private final int length;

        Prompted(int prompt, int length) {
            this.prompt = prompt;
            this.length = length;
        }

        @Override
        public IntStream tensors() {
            return IntStream.concat(Embedding.this.tensors(), IntStream.of(prompt));
        }

        /** The pieces for the tokens, then those for the prompt: its parts and its rows. */
        @Override
        public List<Piece> weights(PreparedBatch batch) {
            List<Piece> pieces = new ArrayList<>(Embedding.this.weights(batch));
            if (batch.lead() > 0) {
                for (Part part : parts) {
                    pieces.add(new Piece(List.of(part.of(space, batch.first() - length, length)), false));
                }
                pieces.add(new Piece(List.of(new Slice(prompt, 0, length * width)), false));
            }
            return pieces;
        }

        @Override
        public void run(Program program, Place weights, Shard shard, Activations state) {
            Embedding.this.run(program, weights, shard, state);
            if (shard.lead() > 0) {
                int own = parts.size() + 1;
                Place behind =
                        new Place(weights.pieces().subList(own, weights.pieces().size()));
                try (Value count = Value.of(length);
                        Value ids = program.call("numbers", shard.ids(), count);
                        Value rows = behind.piece(program, parts.size(), (long) length * width, length);
                        Value types = program.call("zeros", ids);
                        Value first = embed(program, rows, behind, shard.first() - length, length, ids, ids, types)) {
                    state.x(program.call("before", first, state.x()));
                }
            }
        }
    }
}
