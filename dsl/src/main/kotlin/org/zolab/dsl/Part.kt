package org.zolab.dsl

/**
 * A choice made in a block, such as `ldsd(lr = 1e-3)` or `opt("nano")`: what was asked for, not yet built.
 *
 * Parts are built together, once the whole block is known, so that everything that is wrong with it is told at once.
 */
public class Part<out T : Any> internal constructor(
    private val name: String,
    /** Of a method, the arguments that a cell gave to its own estimator alone, such as `candidates = 8`. */
    internal val estimating: List<String> = emptyList(),
    internal val build: () -> T,
) {
    override fun toString(): String = name

    internal companion object {
        /** What methods are when nothing is said of them. */
        private val plain by lazy {
            listOf(mezo(), ldsd(), ldsdJaguar(), mezoGv(), mezoGreedy(), fzoo(), spsa15(), conMezo(), hizoo())
                .associate { "$it".substringBefore('(') to arguments("$it") }
        }

        /** Names of choices that are told apart by as little as possible: `mezo`, `ldsd(lr = 0.01)`, `ldsd(lr = 0.001)`. */
        fun brief(names: List<String>): List<String> {
            val calls = names.map { it.substringBefore('(') to arguments(it) }
            return calls.map { (function, given) ->
                val others = calls.filter { it.first == function }.map { it.second }
                val unsaid = plain[function].orEmpty()
                val telling = given.filter { argument -> argument !in unsaid && others.any { argument !in it } }
                if (telling.isEmpty()) function else telling.joinToString(", ", "$function(", ")")
            }
        }

        /** What stands between the outer parentheses and at their commas. */
        private fun arguments(call: String): List<String> {
            var depth = 0
            val inside = call.substringAfter('(', "").substringBeforeLast(')')
            val found = arrayListOf("")
            for (c in inside) {
                if (c == '(') depth++
                if (c == ')') depth--
                if (c == ',' && depth == 0) found += "" else found[found.lastIndex] += c
            }
            return found.map(String::trim).filter(String::isNotEmpty)
        }
    }
}
