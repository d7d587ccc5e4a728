package org.zolab.objective;

import java.util.List;
import org.zolab.probe.LossOracle;
import org.zolab.space.Point;

/** The loss of one batch. It holds native memory: close it after the last question. */
public interface BatchLoss extends LossOracle, AutoCloseable {

    /** Loss and accuracy at {@code points}. */
    List<Score> scores(List<Point> points);

    /** How many equal terms this loss is a mean of, examples or tokens: what it counts in a mean of several. */
    int terms();

    @Override
    default double[] at(List<Point> points) {
        return scores(points).stream().mapToDouble(Score::loss).toArray();
    }

    @Override
    void close();

    /** The mean of several losses by their {@link #terms}, asked one after the other: a larger batch in the memory of one. Closing it closes them. */
    static BatchLoss mean(List<BatchLoss> parts) {
        return new MeanLoss(parts);
    }
}
