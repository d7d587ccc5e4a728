package org.zolab.objective;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.zolab.model.LanguageModel;
import org.zolab.model.PreparedBatch;
import org.zolab.model.ScoredLoss;
import org.zolab.space.Direction;
import org.zolab.space.ParameterVector;
import org.zolab.space.Point;

/** A loss computed from the log-probabilities of options' tokens: the common part of the objectives here. */
final class LikelihoodLoss implements DifferentiableLoss {

    /** The share of examples whose right option is preferred. */
    @FunctionalInterface
    interface Accuracy {
        double at(Point point, float[] logProbabilities);
    }

    private final LanguageModel model;
    private final PreparedBatch batch;
    private final ScoredLoss loss;
    private final Accuracy accuracy;
    private final int examples;
    private final int terms;

    LikelihoodLoss(LanguageModel model, EncodedOptions encoded, ScoredLoss loss, int terms, Accuracy accuracy) {
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
        float[][] scores = model.scores(points, batch);
        List<Score> result = new ArrayList<>();
        for (int p = 0; p < scores.length; p++) {
            result.add(new Score(loss.value(scores[p]), accuracy.at(points.get(p), scores[p]), examples));
        }
        return result;
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
