package org.zolab.ledger;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A few numbers that describe one step, enough to repeat it without a forward pass.
 *
 * @param step         the step's index, counted from 0
 * @param seed         the seed of its noise; together with the step it forms the key
 * @param losses       every loss that was asked for before θ moved, in order
 * @param slopes       the directional derivatives computed from them
 * @param learningRate η
 * @param compute      how the losses were computed, such as {@code onednn/2}
 * @param partial      the tensors of which the loss depends only on some elements, with how many; empty if the step did not ask
 * @param squares      the squared gradient norm of each tensor; empty if the step did not ask
 * @param tried        the losses at points that the rule tried, in order; empty if it tried none
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record StepRecord(
        int step,
        long seed,
        List<Double> losses,
        List<Double> slopes,
        double learningRate,
        String compute,
        @Nullable Map<String, Long> partial,
        @Nullable Map<String, Double> squares,
        @Nullable List<Double> tried) {

    public StepRecord {
        losses = List.copyOf(losses);
        slopes = List.copyOf(slopes);
        partial = partial == null // absent in a file
                ? Map.of()
                : Collections.unmodifiableMap(new TreeMap<>(partial)); // by name, so that equal runs are equal files
        squares = squares == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(squares));
        tried = tried == null ? List.of() : List.copyOf(tried);
    }

    /** A step that asked for no squared gradient norms, and whose rule tried nothing. */
    public StepRecord(
            int step,
            long seed,
            List<Double> losses,
            List<Double> slopes,
            double learningRate,
            String compute,
            Map<String, Long> partial) {
        this(step, seed, losses, slopes, learningRate, compute, partial, Map.of(), List.of());
    }

    /** Every loss that was asked for, in order. */
    public List<Double> asked() {
        return Stream.concat(losses.stream(), tried.stream()).toList();
    }
}
