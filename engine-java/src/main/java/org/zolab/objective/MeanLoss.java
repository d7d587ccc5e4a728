package org.zolab.objective;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.zolab.probe.DifferentiableOracle;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;
import org.zolab.space.Point;

/**
 * The mean of losses weighted by their numbers of terms: the loss of one batch of all their examples. It knows its gradient if all of them
 * do.
 *
 * <p>Cost of a gradient: one of each part. Memory: that of a part plus a vector as large as θ.
 */
record MeanLoss(List<BatchLoss> parts) implements BatchLoss, DifferentiableOracle {

    private int[] each() {
        return parts.stream().mapToInt(BatchLoss::terms).toArray();
    }

    @Override
    public int terms() {
        return Arrays.stream(each()).sum();
    }

    @Override
    public List<Score> scores(List<Point> points) {
        List<List<Score>> all = parts.stream().map(part -> part.scores(points)).toList();
        return IntStream.range(0, points.size())
                .mapToObj(p ->
                        Score.mean(all.stream().map(scores -> scores.get(p)).toList(), each()))
                .toList();
    }

    @Override
    public double[] at(List<Point> points) {
        return BatchLoss.super.at(points);
    }

    @Override
    public double gradient(Point point, ParameterVector gradient) {
        ParameterVector own = gradient.heapZeros();
        int[] terms = each();
        double sum = 0;
        for (int i = 0; i < terms.length; i++) {
            sum += terms[i] * DifferentiableOracle.of(parts.get(i)).gradient(point, i == 0 ? gradient : own);
            if (i > 0) {
                gradient.move(Direction.of(own), (double) terms[i] / terms[0]);
            }
        }
        gradient.update((double) terms[0] / terms(), Direction.ZERO, 0);
        return sum / terms();
    }

    /** Everything that any part depends on; a tensor that one of them reads as a whole counts as whole. */
    @Override
    public Map<String, BitSet> touched() {
        List<Map<String, BitSet>> each = parts.stream().map(BatchLoss::touched).toList();
        Map<String, BitSet> all = new TreeMap<>();
        for (String name : each.get(0).keySet()) {
            if (each.stream().allMatch(own -> own.containsKey(name))) {
                BitSet elements = new BitSet();
                each.forEach(own -> elements.or(own.get(name)));
                all.put(name, elements);
            }
        }
        return all;
    }

    @Override
    public void close() {
        parts.forEach(BatchLoss::close);
    }
}
