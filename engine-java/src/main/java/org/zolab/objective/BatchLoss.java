package org.zolab.objective;

import java.util.List;
import org.zolab.probe.LossOracle;
import org.zolab.space.Point;

/** The loss of one batch. It holds native memory, so close it after its last use. */
public interface BatchLoss extends LossOracle, AutoCloseable {

    /** Loss and accuracy at {@code points}. */
    List<Score> scores(List<Point> points);

    /** The number of equal terms, examples or tokens, that this loss is the mean of; its weight in a mean of several losses. */
    int terms();

    @Override
    default double[] at(List<Point> points) {
        return scores(points).stream().mapToDouble(Score::loss).toArray();
    }

    @Override
    void close();

    /**
     * The mean of several losses, weighted by their {@link #terms} and evaluated one after the other: a larger batch in the memory of one.
     * Closing it closes them.
     */
    static BatchLoss mean(List<BatchLoss> parts) {
        return new MeanLoss(parts);
    }
}
