package org.zolab.dsl

/**
 * A choice made in a block, such as `ldsd(lr = 1e-3)` or `opt("nano")`: what was asked for, not yet built.
 *
 * Parts are built together, once the whole block is known, so that everything that is wrong with it is told at once.
 */
public class Part<out T : Any> internal constructor(
    private val name: String,
    internal val build: () -> T,
) {
    override fun toString(): String = name
}
