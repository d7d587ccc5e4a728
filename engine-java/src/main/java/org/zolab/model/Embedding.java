package org.zolab.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.zolab.space.ParameterSpace;
import org.zolab.tensor.Program;
import org.zolab.tensor.Value;

/**
 * The first stage of a family: the rows of a batch's tokens, and what is made of them.
 *
 * <p>Of the table only those rows are written for a displaced point, so the cost does not grow with the vocabulary.
 */
public final class Embedding implements Stage {

    /** What is read beside the tokens' rows. */
    @FunctionalInterface
    public interface Part {

        /** Where it lies, for texts of {@code length} tokens from position {@code first} on. */
        Slice of(ParameterSpace space, int first, int length);

        /** A whole tensor. */
        static Part whole(String tensor) {
            return (space, first, length) -> {
                int index = space.indexOf(tensor);
                return new Slice(index, 0, space.tensor(index).size());
            };
        }

        /** As many rows of a table as a text has tokens, row {@code offset} for position 0. */
        static Part positions(String tensor, int offset) {
            return (space, first, length) -> rows(space, tensor, offset + first, length);
        }

        /** One row of a table, as a vector. */
        static Part row(String tensor, int row) {
            return (space, first, length) -> rows(space, tensor, row, 1);
        }

        private static Slice rows(ParameterSpace space, String tensor, int first, int count) {
            int index = space.indexOf(tensor);
            int width = space.tensor(index).shape().get(1);
            return new Slice(index, first * width, count * width);
        }
    }

    /** What a family makes of them. */
    @FunctionalInterface
    public interface Body {

        /** The first hidden state [B, T, H] from the tokens' rows and the parts, as one list, and ids [B, T] into the rows. */
        Value embed(Program program, Value weights, Value ids);
    }

    private final ParameterSpace space;
    private final int tokens;
    private final int width;
    private final List<Part> parts;
    private final Body body;

    /** The rows of {@code tokens}, and {@code parts}. */
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

    @Override
    public void run(Program program, Place weights, Shard shard, Activations state) {
        Place.At table = weights.at(parts.size());
        List<Value> views = new ArrayList<>();
        try {
            if (table.own()) { // all of it
                ParameterSpace.Tensor whole = space.tensor(tokens);
                views.add(Place.piece(
                        program,
                        table.memory(),
                        table.base(),
                        whole.size(),
                        whole.shape().get(0)));
            } else {
                views.add(weights.piece(program, parts.size(), table.size(), table.size() / width));
            }
            for (int i = 0; i < parts.size(); i++) {
                Slice slice = parts.get(i).of(space, shard.first(), shard.length());
                List<Integer> shape = space.tensor(slice.tensor()).shape();
                int rowsOfPart = shape.size() == 1 || slice.count() == shape.get(1) ? 0 : slice.count() / shape.get(1);
                Place.At at = weights.at(i);
                long start = at.own() ? at.base() + slice.from() : at.start();
                views.add(Place.piece(program, at.memory(), start, slice.count(), rowsOfPart));
            }
            try (Value list = Value.of(views)) {
                state.x(body.embed(program, list, table.own() ? shard.ids() : shard.packedIds()));
            }
        } finally {
            views.forEach(Value::close);
        }
    }
}
