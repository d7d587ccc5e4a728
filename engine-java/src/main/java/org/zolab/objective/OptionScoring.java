package org.zolab.objective;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.zolab.model.LanguageModel;
import org.zolab.model.PreparedBatch;
import org.zolab.model.ScoredLoss;
import org.zolab.space.Point;
import org.zolab.task.Example;

/**
 * Classification by the likelihood of options, as in MeZO.
 *
 * <pre>
 *   score(option) = mean over its tokens of log p(token | what stands before)
 *   loss          = −log softmax(scores)[right option], averaged over examples
 * </pre>
 *
 * <p>Log-probabilities are in single precision, sums in double. A prompt is computed once for all options that follow it, and one-token
 * options are read from its last logits; in a masked model all options share one gap. The numbers are the same as with separate rows.
 *
 * <p>Reference: MeZO, arXiv 2305.17333, train_as_classification.
 */
public final class OptionScoring implements Objective {

    private final LanguageModel model;
    private final OptionEncoder encoder;

    /**
     * Scores options with {@code model}.
     *
     * @param maxLength longer texts are cut as {@link OptionEncoder} says; at most what the model takes. 0 refuses texts longer
     *                  than the model takes
     */
    public OptionScoring(LanguageModel model, int maxLength) {
        this.model = model;
        this.encoder = new OptionEncoder(model, maxLength);
    }

    @Override
    public int tokens(Example example) {
        return encoder.length(example);
    }

    /** The scores of every option of every example at a point: the mean and the sum of its tokens' log-probabilities. */
    public OptionScores optionScores(Point point, List<Example> examples) {
        return optionScores(point, encoder.options(examples));
    }

    /** The scores of every option of examples given as token ids, at a point: the mean and the sum of its tokens' log-probabilities. */
    public OptionScores optionScores(Point point, EncodedOptions encoded) {
        try (PreparedBatch batch = model.prepare(encoded.batch())) {
            float[] logProbabilities = model.scores(List.of(point), batch)[0];
            List<double[]> means = new ArrayList<>();
            List<double[]> sums = new ArrayList<>();
            for (int e = 0; e < encoded.spans().size(); e++) {
                means.add(means(encoded, logProbabilities, e));
                int example = e;
                sums.add(IntStream.range(0, encoded.options(e))
                        .mapToDouble(o -> encoded.sum(logProbabilities, example, o))
                        .toArray());
            }
            return new OptionScores(means, sums);
        }
    }

    /**
     * Scores by example and option.
     *
     * @param means length-normalised log-likelihoods
     * @param sums  log-likelihoods
     */
    public record OptionScores(List<double[]> means, List<double[]> sums) {}

    /** The preferred options of any number of examples. */
    public List<Prediction> predictions(Point point, List<Example> examples) {
        List<Prediction> predictions = new ArrayList<>();
        for (int from = 0; from < examples.size(); from += CHUNK) {
            List<Example> some = examples.subList(from, Math.min(examples.size(), from + CHUNK));
            try (Choices choices = choices(some)) {
                int[] best = best(choices.scores(List.of(point)).get(0));
                IntStream.range(0, best.length).forEach(e -> predictions.add(new Prediction(some.get(e), best[e])));
            }
        }
        return predictions;
    }

    /**
     * The input for a linear probe: for any number of examples, the hidden state that predicts the options' first token, which is at the
     * prompt's last token or at the mask. One forward pass over all examples.
     */
    public float[][] features(Point point, List<Example> examples) {
        float[][] features = new float[examples.size()][];
        for (int from = 0; from < features.length; from += CHUNK) {
            EncodedOptions encoded = encoder.options(examples.subList(from, Math.min(features.length, from + CHUNK)));
            float[][] some = model.representations().features(point, encoded.first());
            System.arraycopy(some, 0, features, from, some.length);
        }
        return features;
    }

    /** The scores of every example's options, to be evaluated at points; close it after its last use. */
    Choices choices(List<Example> examples) {
        EncodedOptions encoded = encoder.options(examples);
        return new Choices(model, encoded, model.prepare(encoded.batch()));
    }

    /** The scores of a batch's options, to be evaluated at points; made by {@link #choices}. */
    record Choices(LanguageModel model, EncodedOptions encoded, PreparedBatch batch) implements AutoCloseable {

        /** For each point, the scores of each example's options. One forward pass per point. */
        List<List<double[]>> scores(List<Point> points) {
            return Arrays.stream(model.scores(points, batch))
                    .map(y -> IntStream.range(0, encoded.spans().size())
                            .mapToObj(e -> means(encoded, y, e))
                            .toList())
                    .toList();
        }

        /** A loss computed from these scores; closing it closes these choices. */
        BatchLoss loss(Function<List<double[]>, Score> of) {
            return new BatchLoss() {
                @Override
                public List<Score> scores(List<Point> points) {
                    return Choices.this.scores(points).stream().map(of).toList();
                }

                @Override
                public int terms() {
                    return encoded.spans().size();
                }

                @Override
                public Map<String, BitSet> touched() {
                    return model.touched(batch);
                }

                @Override
                public void close() {
                    Choices.this.close();
                }
            };
        }

        @Override
        public void close() {
            batch.close();
        }
    }

    @Override
    public DifferentiableLoss on(List<Example> examples) {
        return on(
                encoder.options(examples),
                examples.stream().mapToInt(Example::label).toArray(),
                (e, option) -> examples.get(e).isRight(option));
    }

    /** The loss of examples given as token ids; {@code labels} are the indices of the right options. */
    public DifferentiableLoss on(EncodedOptions encoded, int[] labels) {
        return on(encoded, labels, (e, option) -> option == labels[e]);
    }

    private DifferentiableLoss on(EncodedOptions encoded, int[] labels, BiPredicate<Integer, Integer> right) {
        return new LikelihoodLoss(
                model,
                encoded,
                new ChoiceLoss(encoded, labels),
                labels.length,
                y -> (double) IntStream.range(0, labels.length)
                                .filter(e -> right.test(e, best(means(encoded, y, e))))
                                .count()
                        / labels.length);
    }

    private record ChoiceLoss(EncodedOptions encoded, int[] labels) implements ScoredLoss {
        @Override
        public double value(float[] y) {
            double loss = 0;
            for (int e = 0; e < labels.length; e++) {
                loss += crossEntropy(means(encoded, y, e), labels[e]);
            }
            return loss / labels.length;
        }

        /** (softmax(scores) − [right option]) / (tokens of the option · examples), for each of its tokens. */
        @Override
        public float[] gradient(float[] y) {
            float[] gradient = new float[y.length];
            for (int e = 0; e < labels.length; e++) {
                double[] p = softmax(means(encoded, y, e));
                p[labels[e]] -= 1;
                spread(e, p, gradient);
            }
            return gradient;
        }

        /** The derivative of a softmax is pᵢ(ṡᵢ − Σⱼ pⱼṡⱼ). */
        @Override
        public float[] gradientAlong(float[] y, float[] change) {
            float[] result = new float[y.length];
            for (int e = 0; e < labels.length; e++) {
                double[] p = softmax(means(encoded, y, e));
                double[] s = means(encoded, change, e);
                double mean = IntStream.range(0, p.length)
                        .mapToDouble(o -> p[o] * s[o])
                        .sum();
                for (int o = 0; o < p.length; o++) {
                    p[o] *= s[o] - mean;
                }
                spread(e, p, result);
            }
            return result;
        }

        /** Converts one number per option score to one for each of the option's tokens. */
        private void spread(int example, double[] ofOptions, float[] ofTokens) {
            int[] span = encoded.spans().get(example);
            for (int o = 0; o < ofOptions.length; o++) {
                float share = (float) (ofOptions[o] / encoded.length(example, o) / labels.length);
                Arrays.fill(ofTokens, span[o], span[o + 1], share);
            }
        }
    }

    private static double[] softmax(double[] scores) {
        return IntStream.range(0, scores.length)
                .mapToDouble(o -> Math.exp(-crossEntropy(scores, o)))
                .toArray();
    }

    private static double[] means(EncodedOptions encoded, float[] logProbabilities, int example) {
        double[] means = new double[encoded.options(example)];
        for (int o = 0; o < means.length; o++) {
            means[o] = encoded.sum(logProbabilities, example, o) / encoded.length(example, o);
        }
        return means;
    }

    /** −log softmax(scores)[label]. */
    static double crossEntropy(double[] scores, int label) {
        double largest = scores[best(scores)];
        double sum = 0;
        for (double score : scores) {
            sum += Math.exp(score - largest);
        }
        return largest + Math.log(sum) - scores[label];
    }

    /** The index of each example's best option. */
    static int[] best(List<double[]> scores) {
        return scores.stream().mapToInt(OptionScoring::best).toArray();
    }

    private static int best(double[] scores) {
        int best = 0;
        for (int o = 1; o < scores.length; o++) {
            if (scores[o] > scores[best]) {
                best = o;
            }
        }
        return best;
    }
}
