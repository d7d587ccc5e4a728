package org.zolab.dsl

/**
 * Something that the reader of a cell can set right: its message says what is wrong and what to do next.
 *
 * It carries no stack trace and no cause, since a kernel prints both under the cell, a hundred frames that say nothing
 * about a block; [reason] has what there is.
 */
public class ZoException(
    message: String,
    /** What went wrong below the block, if it was not the block itself. */
    public val reason: Throwable? = null,
) : RuntimeException(message, null, false, false)
