package org.zolab.objective;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.zolab.model.LanguageModel;
import org.zolab.model.PreparedBatch;
import org.zolab.model.ScoredLoss;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;
import org.zolab.space.Point;

/** A loss computed from the log-probabilities of options' tokens: the common part of the objectives here. */
final class LikelihoodLoss implements DifferentiableLoss {

    private final LanguageModel model;
    private final PreparedBatch batch;
    private final ScoredLoss loss;
    private final ToDoubleFunction<float[]> accuracy;
    private final int examples;
    private final int terms;

    /**
     * The loss of encoded options.
     *
     * @param terms    see {@link BatchLoss#terms}
     * @param accuracy from log-probabilities to the share of examples whose right option is preferred
     */
    LikelihoodLoss(
            LanguageModel model,
            EncodedOptions encoded,
            ScoredLoss loss,
            int terms,
            ToDoubleFunction<float[]> accuracy) {
        this.model = model;
        this.batch = model.prepare(encoded.batch());
        this.loss = loss;
        this.terms = terms;
        this.accuracy = accuracy;
        this.examples = encoded.spans().size();
    }

    @Override
    public double[] at(List<Point> points) {
        return Arrays.stream(model.scores(points, batch))
                .mapToDouble(loss::value)
                .toArray();
    }

    @Override
    public List<Score> scores(List<Point> points) {
        return Arrays.stream(model.scores(points, batch))
                .map(y -> new Score(loss.value(y), accuracy.applyAsDouble(y), examples))
                .toList();
    }

    @Override
    public int terms() {
        return terms;
    }

    @Override
    public double gradient(Point point, ParameterVector gradient) {
        return model.gradient(point, batch, loss, gradient);
    }

    @Override
    public Slope slope(Point point, Direction z) {
        double[] both = model.slope(point, batch, loss, z);
        return new Slope(both[0], both[1]);
    }

    @Override
    public void hessianProduct(Point point, Direction v, ParameterVector product) {
        model.hessianProduct(point, batch, loss, v, product);
    }

    @Override
    public Map<String, BitSet> touched() {
        return model.touched(batch);
    }

    @Override
    public void close() {
        batch.close();
    }
}
