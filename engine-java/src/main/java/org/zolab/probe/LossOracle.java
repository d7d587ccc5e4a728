package org.zolab.probe;

import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.zolab.space.Point;

/**
 * The loss of one batch, evaluated at points.
 *
 * <p>Points of one call are evaluated on the same examples, and possibly together: side by side in one batch, layer by layer, or on other
 * machines. Evaluation has no side effects: the parameters keep their bits, even if it throws.
 */
@FunctionalInterface
public interface LossOracle {

    /** The losses at {@code points}, in order. Cost: one forward pass per point. */
    double[] at(List<Point> points);

    /**
     * The tensors of which this loss depends only on some elements, such as the embedding rows of a batch's tokens, and which elements
     * those are.
     */
    default Map<String, BitSet> touched() {
        return Map.of();
    }

    /** The tensors of {@link #touched}, with the number of elements the loss depends on. */
    default Map<String, Long> partial() {
        Map<String, Long> partial = new TreeMap<>();
        touched().forEach((name, elements) -> partial.put(name, (long) elements.cardinality()));
        return partial;
    }

    /** The loss at one point. */
    default double at(Point point) {
        return at(List.of(point))[0];
    }
}
