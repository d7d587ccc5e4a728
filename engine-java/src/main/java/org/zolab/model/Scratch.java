package org.zolab.model;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.zolab.space.Lanes;
import org.zolab.space.Precision;
import org.zolab.tensor.Arena;
import org.zolab.tensor.Value;

/** Memory for a stage's weights at one point, separate for each precision. */
final class Scratch implements AutoCloseable {

    private final Map<Precision, Arena.Numbers> memory = new EnumMap<>(Precision.class);
    private final Map<Precision, Lanes> lanes = new EnumMap<>(Precision.class);

    /** Memory for the given count of numbers of each precision. */
    Scratch(Arena arena, Map<Precision, Long> sizes) {
        sizes.forEach((precision, size) -> {
            Arena.Numbers numbers = arena.numbers(size, precision);
            memory.put(precision, numbers);
            lanes.put(precision, numbers.view(0, Math.toIntExact(size)));
        });
    }

    /** Whether there is room for these counts. */
    boolean holds(Map<Precision, Long> sizes) {
        return sizes.entrySet().stream()
                .allMatch(size -> memory.containsKey(size.getKey())
                        && memory.get(size.getKey()).size() >= size.getValue());
    }

    /** The numbers of a precision, for programs. */
    Value value(Precision precision) {
        return Objects.requireNonNull(memory.get(precision)).value();
    }

    /** The numbers of a precision, for writing. */
    Lanes lanes(Precision precision) {
        return Objects.requireNonNull(lanes.get(precision));
    }

    @Override
    public void close() {
        memory.values().forEach(Arena.Numbers::close);
    }
}
