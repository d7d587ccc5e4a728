package org.zolab.dsl

/**
 * A problem that the author of a cell can fix: the message says what is wrong and what to do next.
 *
 * It has no stack trace, since the engine's frames say nothing about a block; [cause] has one if the failure was
 * unexpected.
 */
public class ZoException(
    message: String,
    cause: Throwable? = null,
) : RuntimeException(message, cause, false, false)

/**
 * The result of [make]; if it refuses its arguments, a [ZoException] with the reason below [title], without a stack
 * trace.
 */
internal fun <T> told(
    title: String,
    make: () -> T,
): T =
    try {
        make()
    } catch (e: IllegalArgumentException) {
        throw ZoException("$title:\n" + e.message.orEmpty().prependIndent("  "))
    }
