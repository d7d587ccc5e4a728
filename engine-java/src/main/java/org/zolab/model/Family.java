package org.zolab.model;

import java.util.List;
import org.zolab.space.ParameterSpace;
import org.zolab.tensor.LinearKernel;
import org.zolab.tensor.Program;

/** An architecture at one size: its parameters, its stages and its program. */
public interface Family {

    /** The parameters, in the order of their storage. */
    ParameterSpace space();

    /** The stages, first to last; after the last one {@link Stage.Activations#logits()} is filled. */
    List<Stage> stages();

    /** After how many of the first stages the hidden state is one that tools call hidden_0, hidden_1, …; the last is the head's input. */
    int hiddenStates();

    /** Compiles the family's TorchScript. */
    Program program(LinearKernel linear);

    /** Whether a token sees what comes after it too, and is predicted in its own place, where a mask stands; else from what comes before. */
    default boolean masked() {
        return false;
    }

    /** Whether files hold this matrix transposed. */
    default boolean transposed(ParameterSpace.Tensor tensor) {
        return false;
    }

    /** The longest row, in tokens. */
    int maxTokens();

    /** How many tokens there are to choose from. */
    int vocabulary();

    /** Floating-point operations of one forward over {@code rows} rows of {@code length} tokens with logits at {@code positions} places. */
    double flops(long rows, long length, long positions);
}
