package org.zolab.dsl

import org.zolab.space.Numbers

/**
 * A choice made in a block, such as `ldsd(lr = 1e-3)` or `opt("nano")`, not yet built.
 *
 * All parts of a block are built together, once the whole block is known, so that all of its problems are reported at
 * once.
 */
public class Part<out T : Any> internal constructor(
    private val name: String,
    /** For a method, the explicit arguments that only concern its own estimator, such as `candidates = 8`. */
    internal val estimating: List<String> = emptyList(),
    internal val build: () -> T,
) {
    /** The part as written in a cell; for a method, without the arguments that have their default values. */
    override fun toString(): String {
        val function = name.substringBefore('(')
        val unsaid = plain[function]?.invoke() ?: return Numbers.plain(name)
        val given = arguments(name) - arguments(unsaid.name).toSet()
        return Numbers.plain(given.joinToString(prefix = "$function(", postfix = ")"))
    }

    internal companion object {
        /** Methods with default arguments. */
        private val plain: Map<String, () -> Part<Any>> =
            mapOf(
                "mezo" to { mezo() },
                "ldsd" to { ldsd() },
                "ldsdJaguar" to { ldsdJaguar() },
                "mezoGv" to { mezoGv() },
                "mezoGreedy" to { mezoGreedy() },
                "fzoo" to { fzoo() },
                "spsa15" to { spsa15() },
                "conMezo" to { conMezo() },
                "hizoo" to { hizoo() },
            )

        /** The shortest names that distinguish some choices: `mezo`, `ldsd(lr = 0.01)`, `ldsd(lr = 0.001)`. */
        fun brief(names: List<String>): List<String> {
            val calls = names.map { it.substringBefore('(') to arguments(it) }
            return calls.map { (function, given) ->
                val others = calls.filter { it.first == function }.map { it.second }
                val telling = given.filter { argument -> others.any { argument !in it } }
                if (telling.isEmpty()) function else telling.joinToString(", ", "$function(", ")")
            }
        }

        /** What is between the outer parentheses, split at its commas. */
        private fun arguments(call: String): List<String> = split(call.substringAfter('(', "").substringBeforeLast(')'))

        /** Splits a list at its commas, except those inside parentheses and brackets. */
        fun split(list: String): List<String> {
            var depth = 0
            val found = arrayListOf("")
            for (c in list) {
                if (c in "([") depth++
                if (c in ")]") depth--
                if (c == ',' && depth == 0) found += "" else found[found.lastIndex] += c
            }
            return found.map(String::trim).filter(String::isNotEmpty)
        }
    }
}
