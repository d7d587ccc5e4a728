package org.zolab.objective;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.zolab.probe.LossOracle;
import org.zolab.space.Point;

/** The loss of one batch. It holds native memory: close it after the last question. */
public interface BatchLoss extends LossOracle, AutoCloseable {

    /** Loss and accuracy at {@code points}. */
    List<Score> scores(List<Point> points);

    @Override
    default double[] at(List<Point> points) {
        return scores(points).stream().mapToDouble(Score::loss).toArray();
    }

    @Override
    void close();

    /** The mean of several losses, asked one after the other: a larger batch in the memory of one. Closing it closes them. */
    static BatchLoss mean(List<BatchLoss> parts) {
        return new BatchLoss() {
            @Override
            public List<Score> scores(List<Point> points) {
                List<List<Score>> all =
                        parts.stream().map(part -> part.scores(points)).toList();
                return IntStream.range(0, points.size())
                        .mapToObj(p -> Score.mean(
                                all.stream().map(scores -> scores.get(p)).toList()))
                        .toList();
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
        };
    }
}
