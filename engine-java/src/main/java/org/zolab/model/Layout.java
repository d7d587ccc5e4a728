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
 * Which pieces of a stage are written to a scratch, one after the other, and which are read in place.
 *
 * @param pieces  all pieces of the stage
 * @param starts  where each piece begins in the scratch; −1 if it is not written
 * @param written the slices that are written
 * @param sizes   how many numbers of each precision are written
 */
record Layout(List<Piece> pieces, long[] starts, List<Written> written, Map<Precision, Long> sizes) {

    /**
     * A slice in the scratch.
     *
     * @param slice     the slice of the model
     * @param precision the precision in which it is written
     * @param at        the position of its first number among those of its precision
     * @param shared    whether it only converts the model's own numbers to another precision, so that it is the same at every point
     */
    record Written(Slice slice, Precision precision, int at, boolean shared) {}

    /**
     * A piece is written if any of its tensors is {@code changed}, or is kept in another precision than it is read in.
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

    /** Where the pieces lie: the written ones where {@code memory} says, the others in {@code own}. */
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
