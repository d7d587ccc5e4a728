package org.zolab.objective;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.zolab.probe.DifferentiableOracle;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;
import org.zolab.space.Point;

/**
 * The mean of losses over as many examples each. It knows its gradient if all of them do.
 *
 * <p>Cost of a gradient: one of each part; memory: beside that of a part, a vector as large as θ.
 */
record MeanLoss(List<BatchLoss> parts) implements BatchLoss, DifferentiableOracle {

    @Override
    public List<Score> scores(List<Point> points) {
        List<List<Score>> all = parts.stream().map(part -> part.scores(points)).toList();
        return IntStream.range(0, points.size())
                .mapToObj(p ->
                        Score.mean(all.stream().map(scores -> scores.get(p)).toList()))
                .toList();
    }

    @Override
    public double[] at(List<Point> points) {
        return BatchLoss.super.at(points);
    }

    @Override
    public double gradient(Point point, ParameterVector gradient) {
        ParameterVector own = gradient.heapZeros();
        double sum = 0;
        for (int i = 0; i < parts.size(); i++) {
            sum += DifferentiableOracle.of(parts.get(i)).gradient(point, i == 0 ? gradient : own);
            if (i > 0) {
                gradient.move(Direction.of(own), 1);
            }
        }
        gradient.update(1.0 / parts.size(), Direction.ZERO, 0);
        return sum / parts.size();
    }

    /** The most that any part depends on; a tensor that one of them reads whole is whole. */
    @Override
    public Map<String, Long> partial() {
        Map<String, Long> all = new TreeMap<>(parts.get(0).partial());
        for (BatchLoss part : parts) {
            Map<String, Long> own = part.partial();
            all.keySet().retainAll(own.keySet());
            all.replaceAll((name, elements) -> Math.max(elements, own.getOrDefault(name, 0L)));
        }
        return all;
    }

    @Override
    public void close() {
        parts.forEach(BatchLoss::close);
    }
}
