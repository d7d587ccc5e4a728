package org.zolab.objective;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.zolab.model.LanguageModel;
import org.zolab.model.PreparedBatch;
import org.zolab.space.Point;
import org.zolab.task.Example;

/**
 * The language-model loss of the right answers: teacher forcing, averaged over all answer tokens of the batch, so that long answers
 * weigh more, as MeZO does it.
 *
 * <pre>
 *   loss = −Σ log p(token | what stands before) / number of tokens
 * </pre>
 *
 * <p>Accuracy is not measured by this objective: it counts the examples whose right option has the highest mean log-likelihood,
 * which needs one more row for every other option, when scores are asked for.
 *
 * <p>Reference: MeZO, arXiv 2305.17333, only_train_option.
 */
public final class AnswerLikelihood implements Objective {

    private final LanguageModel model;
    private final OptionScoring options;
    private final OptionEncoder encoder;

    /**
     * The likelihood under {@code model}.
     *
     * @param maxLength longer texts are cut on the left, keeping their first token; at most what the model takes
     */
    public AnswerLikelihood(LanguageModel model, int maxLength) {
        this.model = model;
        this.options = new OptionScoring(model, maxLength);
        this.encoder = new OptionEncoder(model.tokenizer(), maxLength);
    }

    @Override
    public int tokens(Example example) {
        return options.tokens(example);
    }

    @Override
    public BatchLoss on(List<Example> examples) {
        BatchLoss likelihood = on(encoder.answers(examples));
        return new BatchLoss() {
            @Override
            public double[] at(List<Point> points) {
                return likelihood.at(points);
            }

            @Override
            public List<Score> scores(List<Point> points) {
                double[] losses = at(points);
                List<Score> scores = new ArrayList<>();
                try (BatchLoss choice = options.on(examples)) {
                    for (Score score : choice.scores(points)) {
                        scores.add(new Score(losses[scores.size()], score.accuracy(), score.examples()));
                    }
                }
                return scores;
            }

            @Override
            public void close() {
                likelihood.close();
            }
        };
    }

    /** The loss of answers that are token ids already, one option an example; their accuracy is NaN, there is no choice. */
    public BatchLoss on(EncodedOptions answers) {
        PreparedBatch batch = model.prepare(answers.batch());
        int examples = answers.spans().size();
        return new BatchLoss() {
            @Override
            public double[] at(List<Point> points) {
                double[] losses = new double[points.size()];
                float[][] logProbabilities = model.scores(points, batch);
                for (int p = 0; p < losses.length; p++) {
                    float[] ofPoint = logProbabilities[p];
                    double sum = IntStream.range(0, examples)
                            .mapToDouble(e -> answers.sum(ofPoint, e, 0))
                            .sum();
                    losses[p] = -sum / ofPoint.length;
                }
                return losses;
            }

            @Override
            public List<Score> scores(List<Point> points) {
                return Arrays.stream(at(points))
                        .mapToObj(loss -> new Score(loss, Double.NaN, examples))
                        .toList();
            }

            @Override
            public void close() {
                batch.close();
            }
        };
    }
}
