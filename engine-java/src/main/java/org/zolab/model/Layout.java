package org.zolab.model;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntPredicate;
import org.zolab.model.Stage.Piece;
import org.zolab.model.Stage.Place;
import org.zolab.model.Stage.Slice;
import org.zolab.space.Precision;
import org.zolab.tensor.TorchStorage;
import org.zolab.tensor.Value;

/**
 * Which pieces of a stage are written into a scratch, one after the other, and which are read where they are.
 *
 * @param pieces  all of the stage
 * @param starts  of each piece in the scratch; −1: not written
 * @param written what is written
 * @param sizes   how many numbers of each precision that is
 */
record Layout(List<Piece> pieces, long[] starts, List<Written> written, Map<Precision, Long> sizes) {

    /**
     * A slice in the scratch.
     *
     * @param slice     of the model
     * @param precision in which it is written
     * @param at        its first number among those of its precision
     * @param shared    whether it is the model's own in another precision, so the same at every point
     */
    record Written(Slice slice, Precision precision, int at, boolean shared) {}

    /**
     * A piece is written if any of its tensors is one of {@code changed}, or is kept in another precision than it is read in.
     *
     * @param linear the precision in which linear layers read their matrices; everything else is read in single precision
     * @param own    where the model's own numbers lie
     */
    static Layout of(List<Piece> pieces, IntPredicate changed, Precision linear, TorchStorage own) {
        long[] starts = new long[pieces.size()];
        List<Written> written = new ArrayList<>();
        Map<Precision, Long> sizes = new EnumMap<>(Precision.class);
        for (int i = 0; i < starts.length; i++) {
            Piece piece = pieces.get(i);
            Precision precision = piece.linear() ? linear : Precision.FP32;
            boolean differs = piece.slices().stream().anyMatch(slice -> changed.test(slice.tensor()));
            boolean recast = piece.slices().stream()
                    .anyMatch(slice -> own.lanes(slice.tensor()).precision() != precision);
            starts[i] = differs || recast ? sizes.getOrDefault(precision, 0L) : -1;
            for (Slice slice : differs || recast ? piece.slices() : List.<Slice>of()) {
                long end = sizes.merge(precision, (long) slice.count(), Long::sum);
                written.add(new Written(slice, precision, Math.toIntExact(end - slice.count()), !differs));
            }
        }
        return new Layout(pieces, starts, written, sizes);
    }

    /** Whether nothing is written. */
    boolean isEmpty() {
        return written.isEmpty();
    }

    /** Where the pieces lie: those that are written where {@code memory} says, the others in {@code own}. */
    Place place(TorchStorage own, Function<Written, Value> memory) {
        List<Place.At> all = new ArrayList<>();
        int next = 0;
        for (int i = 0; i < starts.length; i++) {
            Piece piece = pieces.get(i);
            if (starts[i] >= 0) {
                all.add(new Place.At(memory.apply(written.get(next)), false, starts[i], starts[i], piece.count()));
                next += piece.slices().size();
            } else {
                Slice slice = piece.slices().get(0);
                long base = own.start(slice.tensor());
                all.add(new Place.At(own.memory(slice.tensor()), true, base, base + slice.from(), piece.count()));
            }
        }
        return new Place(all);
    }
}
