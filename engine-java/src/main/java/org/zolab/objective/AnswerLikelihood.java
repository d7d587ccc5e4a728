package org.zolab.objective;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.zolab.model.LanguageModel;
import org.zolab.model.ScoredLoss;
import org.zolab.space.Point;
import org.zolab.task.Example;

/**
 * The language-model loss of the right answers: teacher forcing, averaged over all answer tokens of the batch, so that long answers weigh
 * more, as in MeZO. The loss of a whole split is averaged in the same way, however many chunks it is scored in, and its exponential is the
 * split's perplexity.
 *
 * <pre>
 *   loss = −Σ log p(token | what stands before) / number of tokens
 * </pre>
 *
 * <p>Accuracy is not part of this loss. Of a split, it is the share of the examples with a choice whose option of the highest mean
 * log-likelihood is a right one: each counts once, however long its answer is, and examples without a choice do not count. It takes a
 * forward pass over their options, and is NaN if there is nothing to choose; of a batch, it is NaN.
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
     * @param maxLength longer texts are cut as {@link OptionEncoder} says; at most what the model takes. 0 refuses texts longer
     *                  than the model takes
     */
    public AnswerLikelihood(LanguageModel model, int maxLength) {
        this.model = model;
        this.options = new OptionScoring(model, maxLength);
        this.encoder = new OptionEncoder(model, maxLength);
    }

    @Override
    public int tokens(Example example) {
        return options.tokens(example);
    }

    @Override
    public DifferentiableLoss on(List<Example> examples) {
        return on(encoder.answers(examples));
    }

    /** The loss of answers given as token ids, one option per example. */
    public DifferentiableLoss on(EncodedOptions answers) {
        return new LikelihoodLoss(
                model, answers, new TokenMean(answers), answers.batch().scored().size(), ofAnswers -> Double.NaN);
    }

    @Override
    public Score score(Point point, List<Example> examples) {
        List<Example> choices = examples.stream().filter(Example::isChoice).toList();
        return new Score(
                Objective.super.score(point, examples).loss(),
                choices.isEmpty() ? Double.NaN : options.score(point, choices).accuracy(),
                examples.size());
    }

    private record TokenMean(EncodedOptions answers) implements ScoredLoss {
        @Override
        public double value(float[] y) {
            double sum = IntStream.range(0, answers.spans().size())
                    .mapToDouble(e -> answers.sum(y, e, 0))
                    .sum();
            return -sum / y.length;
        }

        @Override
        public float[] gradient(float[] y) {
            float[] gradient = new float[y.length];
            Arrays.fill(gradient, -1f / y.length);
            return gradient;
        }

        @Override
        public float[] gradientAlong(float[] y, float[] change) {
            return new float[y.length]; // the loss is linear
        }
    }
}
