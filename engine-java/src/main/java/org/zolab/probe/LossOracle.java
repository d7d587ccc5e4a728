package org.zolab.probe;

import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.zolab.space.Point;

/**
 * The loss of one batch, asked at points.
 *
 * <p>Points asked together are evaluated on the same examples, and may be evaluated together: side by side in one batch, layer by
 * layer, or on other machines. Asking changes nothing: the parameters keep their bits, whatever throws.
 */
@FunctionalInterface
public interface LossOracle {

    /** The losses at {@code points}, in their order; as many forward passes as there are points. */
    double[] at(List<Point> points);

    /** The tensors of which this loss depends on some elements only, such as the rows of a batch's tokens, and on which. */
    default Map<String, BitSet> touched() {
        return Map.of();
    }

    /** The same tensors, and on how many. */
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
