package org.zolab.model;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.zolab.space.ParameterSpace;
import org.zolab.tensor.LinearKernel;
import org.zolab.tensor.Program;

/** An architecture at one size: its parameters, its stages and its program. */
public interface Family {

    /** The parameters, in storage order. */
    ParameterSpace space();

    /**
     * The stages in order: an {@link Embedding}, a {@link Block} per layer, and what follows them. The last one fills
     * {@link Stage.Activations#logits()}.
     */
    List<Stage> stages();

    /** The sizes that every family's configuration has. */
    interface Size {

        /** The number of tokens in the vocabulary. */
        int vocabulary();

        /** The most tokens of a row. */
        int positions();

        /** The number of blocks; they are the stages after the first. */
        int layers();

        /** The number of query heads in a block. */
        int heads();

        /** The number of key and value heads in a block. */
        default int groups() {
            return heads();
        }

        /** The width of a block's queries, over all heads. */
        int attended();

        /** The width of its keys, and of its values, over all heads. */
        default int kept() {
            return attended() / heads() * groups();
        }
    }

    /** The sizes of its configuration. */
    Size size();

    /** This family with another number of blocks, for measurements. */
    Family withLayers(int layers);

    /**
     * How many of the first stages end in a hidden state that other tools call hidden_0, hidden_1, …; the last such state is the head's
     * input.
     */
    default int hiddenStates() {
        return size().layers();
    }

    /** Compiles the family's TorchScript. */
    Program program(LinearKernel linear);

    /**
     * Whether a token also sees the tokens after it and is predicted at its own, masked position; otherwise it is predicted from those
     * before it.
     */
    default boolean masked() {
        return false;
    }

    /** The transformers module that reads {@link #labels() classes} off; the names of its tensors begin with it. */
    String CLASSIFIER = "classifier";

    /**
     * The names of the classes that its head distinguishes, in the order of its logits, which belong to a whole text and are computed at
     * its first token. Empty if its head predicts tokens.
     */
    default List<String> labels() {
        return List.of();
    }

    /** The indices of the tensors that read classes off; empty without a head of classes. */
    default List<Integer> classifier() {
        return labels().isEmpty()
                ? List.of()
                : IntStream.range(0, space().tensors().size())
                        .filter(i -> space().tensor(i).name().startsWith(CLASSIFIER + "."))
                        .boxed()
                        .toList();
    }

    /** The number of logits at a scored position: one per token or per class. */
    default int outcomes() {
        return labels().isEmpty() ? vocabulary() : labels().size();
    }

    /**
     * This family with a head that distinguishes this many classes; a new head, unless it already has such a one.
     *
     * @throws IllegalArgumentException if this family has no such heads, or it has a head of other classes
     */
    default Family classifying(int classes) {
        throw new IllegalArgumentException("classes are told apart by heads of roberta and bert alone: " + classes
                + "; leave classes out, options are scored by their words then");
    }

    /**
     * The standard deviation of the normal numbers with which a tensor of a new head is initialised where the model's files lack it, 0 for
     * zeros; empty if the files must hold it.
     */
    default OptionalDouble begins(ParameterSpace.Tensor tensor) {
        return OptionalDouble.empty();
    }

    /** The entries of {@code config.json} that describe its head, to be set when the files come from a model with another head. */
    default Map<String, Object> settings() {
        return Map.of();
    }

    /** The position of a text's first token. */
    default int first() {
        return 0;
    }

    /** How many hidden states precede those of a text's tokens. */
    default int lead() {
        return 0;
    }

    /** Whether files hold this matrix transposed. */
    default boolean transposed(ParameterSpace.Tensor tensor) {
        return false;
    }

    /** The most tokens of a row. */
    default int maxTokens() {
        return size().positions();
    }

    /** The number of tokens in the vocabulary. */
    default int vocabulary() {
        return size().vocabulary();
    }
}
