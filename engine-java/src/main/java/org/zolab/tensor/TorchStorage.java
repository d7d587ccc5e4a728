package org.zolab.tensor;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.zolab.space.Lanes;
import org.zolab.space.ParameterSpace;
import org.zolab.space.Precision;
import org.zolab.space.Storage;
import org.zolab.space.Team;

/**
 * A vector of the parameter space in native memory: in one flat tensor per precision, of which a model's weights are views; appended to
 * another vector; or in memory allocated elsewhere. Tensors of the same precision lie in the order of the space.
 */
public final class TorchStorage implements Storage, AutoCloseable {

    /** Where a tensor begins. */
    private record Place(Arena.@Nullable Numbers memory, long start, Lanes lanes) {}

    private final ParameterSpace space;
    private final Arena arena;
    private final Team team;
    private final Map<Precision, Arena.Numbers> flats;
    private final List<Place> places;
    private Arena.@Nullable Numbers room;

    private TorchStorage(
            ParameterSpace space, Arena arena, Team team, Map<Precision, Arena.Numbers> flats, List<Place> places) {
        this.space = space;
        this.arena = arena;
        this.team = team;
        this.flats = flats;
        this.places = List.copyOf(places);
    }

    /** Zeros in single precision. Memory: 4 bytes per parameter, until this or {@code arena} is closed. */
    public TorchStorage(ParameterSpace space, Arena arena, Team team) {
        this(space, arena, team, tensor -> Precision.FP32);
    }

    /** Zeros, with a precision for each tensor. Memory: 4 or 2 bytes per parameter, until this or {@code arena} is closed. */
    public TorchStorage(
            ParameterSpace space, Arena arena, Team team, Function<ParameterSpace.Tensor, Precision> precisions) {
        this.space = space;
        this.arena = arena;
        this.team = team;
        this.flats = new EnumMap<>(Precision.class);
        Map<Precision, Long> sizes = new EnumMap<>(Precision.class);
        long[] starts = new long[space.tensors().size()];
        for (int i = 0; i < starts.length; i++) {
            ParameterSpace.Tensor tensor = space.tensor(i);
            starts[i] = sizes.merge(precisions.apply(tensor), (long) tensor.size(), Long::sum) - tensor.size();
        }
        sizes.forEach((precision, size) -> flats.put(precision, arena.numbers(size, precision)));
        List<Place> all = new ArrayList<>();
        for (int i = 0; i < starts.length; i++) {
            Arena.Numbers flat = Objects.requireNonNull(flats.get(precisions.apply(space.tensor(i))));
            all.add(new Place(
                    flat, starts[i], flat.view(starts[i], space.tensor(i).size())));
        }
        this.places = List.copyOf(all);
    }

    /**
     * Extends {@code first} by zeros in single precision. The tensors of {@code first} must be the first ones of {@code space}, and stay
     * where they are.
     */
    public static TorchStorage behind(TorchStorage first, ParameterSpace space) {
        long before = first.space.dimension();
        Arena.Numbers more = first.arena.numbers(space.dimension() - before, Precision.FP32);
        List<Place> all = new ArrayList<>(first.places);
        for (ParameterSpace.Tensor tensor :
                space.tensors().subList(all.size(), space.tensors().size())) {
            long start = tensor.offset() - before;
            all.add(new Place(more, start, more.view(start, tensor.size())));
        }
        return new TorchStorage(space, first.arena, first.team, Map.of(Precision.FP32, more), all);
    }

    /** Tensors that lie in memory allocated elsewhere, such as some of another vector's. */
    public static TorchStorage of(ParameterSpace space, List<Lanes> lanes, Arena arena, Team team) {
        List<Place> places =
                lanes.stream().map(each -> new Place(null, 0, each)).toList();
        return new TorchStorage(space, arena, team, Map.of(), places);
    }

    /** The flat tensor that tensor {@code i} lies in. */
    public Value memory(int i) {
        return Objects.requireNonNull(places.get(i).memory(), "no program sees these tensors")
                .value();
    }

    /** The position in it of tensor {@code i}'s first number. */
    public long start(int i) {
        return places.get(i).start();
    }

    @Override
    public Lanes lanes(int i) {
        return places.get(i).lanes();
    }

    /** Scratch space beside the vector for this many numbers in single precision, valid until a larger one is asked for. */
    public Lanes room(int numbers) {
        if (room == null || room.size() < numbers) {
            if (room != null) {
                room.close();
            }
            room = arena.numbers(numbers, Precision.FP32);
        }
        return room.view(0, numbers);
    }

    @Override
    public Storage zeros(Precision precision) {
        return new TorchStorage(space, arena, team, tensor -> precision);
    }

    @Override
    public Team team() {
        return team;
    }

    @Override
    public void close() {
        flats.values().forEach(Arena.Numbers::close);
        if (room != null) {
            room.close();
        }
    }
}
