package org.zolab.model;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.zolab.space.ParameterSpace;
import org.zolab.tensor.Program;
import org.zolab.tensor.Value;

/** A stage whose weights are tensors that lie side by side: a block of a family, or what stands between the last one and the head. */
public final class Block implements Stage {

    /** What a stage does. */
    @FunctionalInterface
    public interface Body {

        /** The next hidden state from x, with the weights as a list. */
        Value next(Program program, Value weights, Value x, Shard shard);
    }

    private final List<Slice> slices;
    private final long[] sizes;
    private final long[] rows;
    private final Body body;

    /**
     * A stage of tensors {@code from} to {@code to}, without the last.
     *
     * @param shapes what they are read as, in their order: tensors that lie together may be read as one
     */
    public Block(ParameterSpace space, int from, int to, List<List<Integer>> shapes, Body body) {
        this.slices = IntStream.range(from, to)
                .mapToObj(tensor -> new Slice(tensor, 0, space.tensor(tensor).size()))
                .toList();
        this.sizes = shapes.stream()
                .mapToLong(shape -> shape.stream().mapToLong(extent -> extent).reduce(1, Math::multiplyExact))
                .toArray();
        this.rows = shapes.stream()
                .mapToLong(shape -> shape.size() == 1 ? 0 : shape.get(0))
                .toArray();
        this.body = body;
        if (Arrays.stream(sizes).sum()
                != slices.stream().mapToLong(Slice::count).sum()) {
            throw new IllegalArgumentException("shapes are not those of tensors " + from + " to " + to + ": " + shapes);
        }
    }

    /** A stage of tensors {@code from} to {@code to}, without the last, each read as it is. */
    public static Block of(ParameterSpace space, int from, int to, Body body) {
        List<List<Integer>> shapes = space.tensors().subList(from, to).stream()
                .map(ParameterSpace.Tensor::shape)
                .toList();
        return new Block(space, from, to, shapes, body);
    }

    @Override
    public long products() {
        return IntStream.range(0, sizes.length)
                .filter(i -> rows[i] > 0)
                .mapToLong(i -> sizes[i])
                .sum();
    }

    @Override
    public List<Slice> weights(PreparedBatch batch) {
        return slices;
    }

    @Override
    public void run(Program program, Place weights, Shard shard, Activations state) {
        try (Value views = views(program, weights)) {
            state.x(body.next(program, views, state.x(), shard));
        }
    }

    private Value views(Program program, Place weights) {
        if (slices.isEmpty()) {
            return program.call("nothing");
        }
        try (Value at = Value.of(weights.starts()[0]);
                Value pieces = Value.of(sizes);
                Value shapes = Value.of(rows)) {
            return program.call("pieces", weights.flat(), at, pieces, shapes);
        }
    }
}
