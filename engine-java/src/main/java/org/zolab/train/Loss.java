package org.zolab.train;

import java.util.function.Supplier;
import java.util.function.ToDoubleBiFunction;
import org.jspecify.annotations.Nullable;
import org.zolab.model.Generation;
import org.zolab.model.LanguageModel;
import org.zolab.objective.AnswerF1;
import org.zolab.objective.AnswerLikelihood;
import org.zolab.objective.NegatedAccuracy;
import org.zolab.objective.NegatedAnswerF1;
import org.zolab.objective.NegatedF1;
import org.zolab.objective.Objective;
import org.zolab.objective.OptionScoring;
import org.zolab.objective.ScoresLoss;
import org.zolab.task.Kind;

/** Which loss of a language model on a task is minimised. Plans call it by its {@link #toString()}. */
public final class Loss {

    /** {@link OptionScoring}. */
    public static final Loss OPTIONS =
            new Loss(() -> "options", (model, maxLength, kind) -> new OptionScoring(model, maxLength));

    /** {@link AnswerLikelihood}; if the task has the model write answers, its texts are scored as well. */
    public static final Loss ANSWERS = new Loss(
            () -> "answers",
            (model, maxLength, kind) ->
                    kind == Kind.GENERATION ? written(model, maxLength) : new AnswerLikelihood(model, maxLength));

    /** {@link NegatedAccuracy} of the options. */
    public static final Loss ACCURACY = new Loss(
            () -> "negatedAccuracy",
            (model, maxLength, kind) -> new NegatedAccuracy(new OptionScoring(model, maxLength)));

    /** {@link NegatedF1} of the options, or {@link NegatedAnswerF1} where answers are generated. */
    public static final Loss F1 = new Loss(
            () -> "negatedF1",
            (model, maxLength, kind) -> kind == Kind.GENERATION
                    ? new NegatedAnswerF1(written(model, maxLength))
                    : new NegatedF1(new OptionScoring(model, maxLength)));

    @FunctionalInterface
    private interface Maker {
        Objective on(LanguageModel model, int maxLength, Kind kind);
    }

    private final Supplier<String> words;
    private final Maker maker;
    private @Nullable String said;

    private Loss(Supplier<String> words, Maker maker) {
        this.words = words;
        this.maker = maker;
    }

    /** The default for tasks of a kind. */
    public static Loss of(Kind kind) {
        return kind == Kind.CLASSIFICATION ? OPTIONS : ANSWERS;
    }

    /** {@link ScoresLoss} with code of one's own, which is known by its {@link Behaviour}, since a name says nothing about the code. */
    public static Loss own(String name, ToDoubleBiFunction<double[], Integer> f) {
        return new Loss(
                () -> "custom " + name + ", behaves as " + Behaviour.of(f),
                (model, maxLength, kind) -> new ScoresLoss(new OptionScoring(model, maxLength), f));
    }

    private static AnswerF1 written(LanguageModel model, int maxLength) {
        return new AnswerF1(
                new AnswerLikelihood(model, maxLength),
                (point, prompts, tokens, stop) ->
                        model.generate(point, prompts, Generation.greedy(tokens).until(stop), (text, prompt) -> {}));
    }

    /** Whether tasks of a kind can have it: all but {@link #ANSWERS} need options to choose from, or for {@link #F1} generated texts. */
    public boolean fits(Kind kind) {
        return this == ANSWERS || kind == Kind.CLASSIFICATION || kind == Kind.CHOICE || writes(kind);
    }

    /** Whether the model writes texts for each loss of a task of this kind. */
    boolean writes(Kind kind) {
        return this == F1 && kind == Kind.GENERATION;
    }

    /** Whether it has a gradient. */
    public boolean differentiable() {
        return this == OPTIONS || this == ANSWERS;
    }

    /** This loss of {@code model} on a task of a kind; texts are at most {@code maxLength} tokens long, as {@link OptionScoring} has it. */
    Objective on(LanguageModel model, int maxLength, Kind kind) {
        return maker.on(model, maxLength, kind);
    }

    @Override
    public synchronized String toString() {
        if (said == null) {
            said = words.get(); // found once: to see how code behaves takes a moment
        }
        return said;
    }
}
