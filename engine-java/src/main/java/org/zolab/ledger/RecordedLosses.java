package org.zolab.ledger;

import java.util.List;
import java.util.Map;
import org.zolab.probe.DifferentiableOracle;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;
import org.zolab.space.Point;

/**
 * Answers with the losses of a recorded step, in their recorded order.
 *
 * <p>Replay is the run's own step with this oracle in place of the model: the same formulas and the same passes over θ, but no forward
 * passes.
 */
public final class RecordedLosses implements DifferentiableOracle {

    private final StepRecord step;
    private final List<Double> losses;
    private int given;
    private int slopes;

    /** Replays the losses of {@code step}. */
    public RecordedLosses(StepRecord step) {
        this.step = step;
        this.losses = step.asked();
    }

    @Override
    public double[] at(List<Point> points) {
        if (given + points.size() > losses.size()) {
            throw new IllegalStateException("step " + step.step() + " recorded " + losses.size()
                    + " losses and its replay asks for more; the ledger is of another method or version");
        }
        double[] next = new double[points.size()];
        for (int i = 0; i < next.length; i++) {
            next[i] = losses.get(given++);
        }
        return next;
    }

    /** The next recorded loss together with the step's next recorded slope; a method that asks for slopes records exactly those. */
    @Override
    public Slope slope(Point point, Direction z) {
        double loss = at(point);
        if (slopes == step.slopes().size()) {
            throw new IllegalStateException("step " + step.step() + " recorded " + slopes
                    + " slopes and its replay asks for more; the ledger is of another method or version");
        }
        return new Slope(loss, step.slopes().get(slopes++));
    }

    /** The next recorded loss together with the step's recorded squares. */
    @Override
    public Squares squares(Point point) {
        return new Squares(at(point), step.squares());
    }

    @Override
    public double gradient(Point point, ParameterVector gradient) {
        throw new IllegalStateException(
                "step " + step.step()
                        + " recorded no gradient, only losses, slopes and squares; a method that is to be replayed asks for these");
    }

    @Override
    public Map<String, Long> partial() {
        return step.partial();
    }

    /** Whether every recorded loss has been asked for. */
    public boolean exhausted() {
        return given == losses.size();
    }
}
