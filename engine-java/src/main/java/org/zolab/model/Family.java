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

    /** The parameters, in the order of their storage. */
    ParameterSpace space();

    /** The stages, first to last: an {@link Embedding}, a {@link Block} for each layer, what stands behind; after the last one {@link Stage.Activations#logits()} is filled. */
    List<Stage> stages();

    /** The numbers of a configuration that every family has. */
    interface Size {

        /** How many tokens there are to choose from. */
        int vocabulary();

        /** The longest row, in tokens. */
        int positions();

        /** How many blocks; they are the stages behind the first. */
        int layers();

        /** How many heads a block's queries have. */
        int heads();

        /** How many its keys and values have. */
        default int groups() {
            return heads();
        }

        /** The width of a block's queries, all heads together. */
        int attended();

        /** The width of its keys, and of its values, all heads together. */
        default int kept() {
            return attended() / heads() * groups();
        }
    }

    /** Its size. */
    Size size();

    /** The same with so many blocks, for measurements. */
    Family withLayers(int layers);

    /** After how many of the first stages the hidden state is one that tools call hidden_0, hidden_1, …; the last is the head's input. */
    default int hiddenStates() {
        return size().layers();
    }

    /** Compiles the family's TorchScript. */
    Program program(LinearKernel linear);

    /** Whether a token sees what comes after it too, and is predicted in its own place, where a mask stands; else from what comes before. */
    default boolean masked() {
        return false;
    }

    /** What the names of the tensors begin with that {@link #labels() classes} are read off by, as a module of transformers. */
    String CLASSIFIER = "classifier";

    /** The names of the classes that its head tells apart, in the order of its logits, which are those of a text and stand at its first token; none: its head tells tokens apart. */
    default List<String> labels() {
        return List.of();
    }

    /** The tensors that classes are read off by, of a head of them; others do not know what they are for. */
    default List<Integer> classifier() {
        return labels().isEmpty()
                ? List.of()
                : IntStream.range(0, space().tensors().size())
                        .filter(i -> space().tensor(i).name().startsWith(CLASSIFIER + "."))
                        .boxed()
                        .toList();
    }

    /** How many logits there are at a scored position: one for each token or each class. */
    default int outcomes() {
        return labels().isEmpty() ? vocabulary() : labels().size();
    }

    /**
     * The same with a head that tells so many classes apart, a new one unless it has such a head.
     *
     * @throws IllegalArgumentException if there are none for this family, or it has a head of other classes
     */
    default Family classifying(int classes) {
        throw new IllegalArgumentException("classes are told apart by heads of roberta and bert alone: " + classes
                + "; leave classes out, options are scored by their words then");
    }

    /**
     * The standard deviation of the normal numbers that a tensor of a new head begins with, 0 for zeros, where a model's files do not hold it;
     * empty if they have to.
     */
    default OptionalDouble begins(ParameterSpace.Tensor tensor) {
        return OptionalDouble.empty();
    }

    /** What {@code config.json} has to say of its head, for files that come from a model with another one. */
    default Map<String, Object> settings() {
        return Map.of();
    }

    /** The position of a text's first token. */
    default int first() {
        return 0;
    }

    /** How many hidden states stand before those of a text's tokens. */
    default int lead() {
        return 0;
    }

    /** Whether files hold this matrix transposed. */
    default boolean transposed(ParameterSpace.Tensor tensor) {
        return false;
    }

    /** The longest row, in tokens. */
    default int maxTokens() {
        return size().positions();
    }

    /** How many tokens there are to choose from. */
    default int vocabulary() {
        return size().vocabulary();
    }
}
