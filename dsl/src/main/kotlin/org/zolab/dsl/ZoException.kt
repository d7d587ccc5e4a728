package org.zolab.dsl

/**
 * Something that the reader of a cell can set right: its message says what is wrong and what to do next.
 *
 * It carries no stack trace, since the frames of the engine say nothing about a block; [cause] has what there is.
 */
public class ZoException(
    message: String,
    cause: Throwable? = null,
) : RuntimeException(message, cause, false, false)

/** What [make] makes; what it refuses is told below [title], without a trace. */
internal fun <T> told(
    title: String,
    make: () -> T,
): T =
    try {
        make()
    } catch (e: IllegalArgumentException) {
        throw ZoException("$title:\n" + e.message.orEmpty().prependIndent("  "))
    }
