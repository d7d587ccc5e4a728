package org.zolab.task;

import java.util.List;

/** A named set of examples. An implementation returns the same examples in the same order at every call. */
public interface Task {
    /** The name that plans, figures and folders carry. */
    String name();

    /** The examples of one split; no example is in two splits. */
    List<Example> examples(Split split);
}
