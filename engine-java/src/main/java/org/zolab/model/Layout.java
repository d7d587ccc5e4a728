package org.zolab.model;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.zolab.model.Stage.Piece;
import org.zolab.model.Stage.Place;
import org.zolab.model.Stage.Slice;
import org.zolab.tensor.TorchStorage;
import org.zolab.tensor.Value;

/**
 * Which pieces of a stage are written into a scratch, one after the other, and which are read where they are.
 *
 * @param pieces  all of the stage
 * @param starts  of each piece in the scratch; −1: not written
 * @param slices  what is written
 * @param offsets of each slice in the scratch
 */
record Layout(List<Piece> pieces, long[] starts, List<Slice> slices, long[] offsets) {

    /** A piece is written if any of its tensors is one of {@code changed}. */
    static Layout of(List<Piece> pieces, IntPredicate changed) {
        long[] starts = new long[pieces.size()];
        List<Slice> slices = new ArrayList<>();
        List<Long> offsets = new ArrayList<>();
        long at = 0;
        for (int i = 0; i < starts.length; i++) {
            starts[i] = -1;
            if (pieces.get(i).slices().stream().anyMatch(slice -> changed.test(slice.tensor()))) {
                starts[i] = at;
                for (Slice slice : pieces.get(i).slices()) {
                    slices.add(slice);
                    offsets.add(at);
                    at += slice.count();
                }
            }
        }
        return new Layout(
                pieces,
                starts,
                slices,
                offsets.stream().mapToLong(offset -> offset).toArray());
    }

    /** Whether nothing is written. */
    boolean isEmpty() {
        return slices.isEmpty();
    }

    /** Elements that are written. */
    long elements() {
        return slices.stream().mapToLong(Slice::count).sum();
    }

    /** Where the pieces lie: in {@code scratch} if it is one that is written, else in {@code own}. */
    Place place(TorchStorage own, @Nullable Value scratch) {
        List<Place.At> all = new ArrayList<>();
        for (int i = 0; i < starts.length; i++) {
            Piece piece = pieces.get(i);
            if (scratch != null && starts[i] >= 0) {
                all.add(new Place.At(scratch, false, starts[i], piece.count()));
            } else {
                Slice first = piece.slices().get(0);
                all.add(new Place.At(
                        own.memory(first.tensor()), true, own.start(first.tensor()) + first.from(), piece.count()));
            }
        }
        return new Place(all);
    }
}
