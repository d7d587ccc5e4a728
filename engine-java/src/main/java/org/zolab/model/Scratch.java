package org.zolab.model;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.zolab.space.Lanes;
import org.zolab.space.Precision;
import org.zolab.tensor.Arena;
import org.zolab.tensor.Value;

/** Room for a stage's weights at one point: numbers of each precision apart. */
final class Scratch implements AutoCloseable {

    private final Map<Precision, Arena.Numbers> memory = new EnumMap<>(Precision.class);
    private final Map<Precision, Lanes> lanes = new EnumMap<>(Precision.class);

    /** Room for so many numbers of each precision. */
    Scratch(Arena arena, Map<Precision, Long> sizes) {
        sizes.forEach((precision, size) -> {
            Arena.Numbers numbers = arena.numbers(size, precision);
            memory.put(precision, numbers);
            lanes.put(precision, numbers.view(0, Math.toIntExact(size)));
        });
    }

    /** Whether there is room for so many. */
    boolean holds(Map<Precision, Long> sizes) {
        return sizes.entrySet().stream()
                .allMatch(size -> memory.containsKey(size.getKey())
                        && memory.get(size.getKey()).size() >= size.getValue());
    }

    /** Numbers of a precision, for programs. */
    Value value(Precision precision) {
        return Objects.requireNonNull(memory.get(precision)).value();
    }

    /** The same, to write. */
    Lanes lanes(Precision precision) {
        return Objects.requireNonNull(lanes.get(precision));
    }

    @Override
    public void close() {
        memory.values().forEach(Arena.Numbers::close);
    }
}
