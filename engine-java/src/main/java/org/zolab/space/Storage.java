package org.zolab.space;

import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Where the numbers of a vector are stored. */
public interface Storage {

    /** The elements of tensor {@code i}. */
    Lanes lanes(int i);

    /** Storage of the same space and kind in the given precision, filled with zeros. */
    Storage zeros(Precision precision);

    /** The accelerator that evaluates formulas over this storage in place; empty if Java threads do. */
    default Optional<Accelerator> accelerator() {
        return lanes(0) instanceof Lanes.Remote remote ? Optional.of(remote.accelerator()) : Optional.empty();
    }

    /** The threads that sweep over this storage. */
    Team team();

    /** The elements of tensor {@code i} as a live view, see {@link Lanes#floats}. */
    default FloatBuffer of(int i) {
        return lanes(i).floats();
    }

    /** Copies elements {@code from} to {@code from + n} of tensor {@code i} exactly to {@code into[at…]}. */
    default void read(int i, int from, float[] into, int at, int n) {
        lanes(i).read(from, into, at, n);
    }

    /** Storage on the Java heap in single precision, for toy objectives and tests. */
    static Storage heap(ParameterSpace space, Team team) {
        return heap(space, team, tensor -> Precision.FP32);
    }

    /** Storage on the Java heap, with a precision for each tensor. */
    static Storage heap(ParameterSpace space, Team team, Function<ParameterSpace.Tensor, Precision> precisions) {
        List<Lanes> tensors = space.tensors().stream()
                .map(tensor -> precisions.apply(tensor) == Precision.FP32
                        ? Lanes.of(FloatBuffer.allocate(tensor.size()))
                        : Lanes.of(ShortBuffer.allocate(tensor.size())))
                .toList();
        return new Storage() {
            @Override
            public Lanes lanes(int i) {
                return tensors.get(i);
            }

            @Override
            public Storage zeros(Precision precision) {
                return heap(space, team, tensor -> precision);
            }

            @Override
            public Team team() {
                return team;
            }
        };
    }
}
