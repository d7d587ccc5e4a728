package org.zolab.dsl

import org.zolab.space.Numbers
import org.zolab.train.Evaluations
import org.zolab.train.Run
import java.math.BigDecimal
import java.math.MathContext
import java.util.Locale

/**
 * Training losses as columns for your own figures: `run`, `seed`, `step`, `forwards`, `loss`, one row per step.
 * `step` and `forwards` include the step; its losses were measured before θ moved.
 *
 * ```
 * letsPlot(losses(listOf(first, second))) + geomLine { x = "forwards"; y = "loss"; color = "run" } + onAnyPage()
 * ```
 */
public fun losses(runs: List<Run>): Map<String, List<Any>> =
    columns(runs.flatMap { run -> run.steps().map { run.at(it.step(), it.forwards()) + ("loss" to it.loss()) } })

/**
 * Losses on the dev split, or the values of a function objective at θ, as columns: `run`, `seed`, `step`, `forwards`,
 * `loss`, one row per evaluation.
 */
public fun devLosses(runs: List<Run>): Map<String, List<Any>> =
    columns(runs.flatMap { run -> run.dev().map { run.at(it.step(), it.forwards()) + ("loss" to it.loss()) } })

/**
 * Instrument readings as columns for your own figures: `run`, `seed`, `step`, `forwards`, `reading` (the name) and
 * `value`, one row per number.
 *
 * @param names which readings. Default: all
 */
public fun readings(
    runs: List<Run>,
    vararg names: String,
): Map<String, List<Any>> =
    columns(
        runs.flatMap { run ->
            run.readings().flatMap { read ->
                read
                    .values()
                    .filterKeys { names.isEmpty() || it in names }
                    .map { (name, value) ->
                        run.at(read.step(), read.forwards()) + mapOf("reading" to name, "value" to value)
                    }
            }
        },
    )

private fun Run.at(
    step: Int,
    forwards: Long,
): Map<String, Any> =
    mapOf("run" to plan().name(), "seed" to "${plan().seed()}", "step" to step, "forwards" to forwards)

private fun columns(rows: List<Map<String, Any>>): Map<String, List<Any>> =
    Columns(
        rows
            .firstOrNull()
            ?.keys
            .orEmpty()
            .associateWith { name -> rows.map { it.getValue(name) } },
    )

/** Columns whose text is their names and the number of rows, not their contents. */
internal class Columns(
    all: Map<String, List<Any>>,
) : Map<String, List<Any>> by all {
    override fun toString(): String =
        if (isEmpty()) {
            "no rows"
        } else {
            "%,d rows of %s".format(
                Locale.ROOT,
                values.firstOrNull()?.size ?: 0,
                keys.joinToString(),
            )
        }
}

/** A list of runs whose text is one line per run, with the settings in which runs of the same name differ. */
internal class Listed<T : Evaluations>(
    runs: List<T>,
) : List<T> by runs {
    override fun toString(): String = if (isEmpty()) "no run" else Comparison(this).lines().joinToString("\n")
}

/**
 * Columns as a table, formatted in a notebook and as plain text elsewhere. Numbers are shown to three digits.
 *
 * ```
 * table("η" to rates, "loss" to runs.map { it.best().get().loss() })
 * ```
 */
public fun table(vararg columns: Pair<String, List<Any?>>): Table = Table(columns.toList())

/** Columns shown as a table. */
public class Table internal constructor(
    /** Each column's heading and values. */
    public val columns: List<Pair<String, List<Any?>>>,
) {
    /** The headings, followed by the rows, as text. */
    internal val rows: List<List<String>> =
        listOf(columns.map { it.first }) +
            columns.map { texts(it.second) }.let { told ->
                List(columns.maxOfOrNull { it.second.size } ?: 0) { row -> told.map { it.getOrNull(row) ?: "–" } }
            }

    /** Whether a column holds numbers, which are right-aligned. */
    internal fun numeric(column: Int): Boolean = columns[column].second.all { it is Number || it == null || it == MORE }

    override fun toString(): String {
        val widths = columns.indices.map { column -> rows.maxOf { it[column].length } }
        return rows.joinToString("\n") { row ->
            row
                .mapIndexed { i, cell -> if (numeric(i)) cell.padStart(widths[i]) else cell.padEnd(widths[i]) }
                .joinToString("   ")
                .trimEnd()
        }
    }

    internal companion object {
        /** A cell that stands for rows left out. */
        const val MORE = "⋮"

        private const val DIGITS = 3

        /** Whole numbers in full, others to three digits, all with exponents if one of them needs it. */
        fun texts(values: List<Any?>): List<String> {
            val sizes =
                values.filterIsInstance<Number>().map { Math.abs(it.toDouble()) }.filter {
                    it > 0 &&
                        it.isFinite()
                }
            val exponents = sizes.any { it < 1e-3 || it >= 1e6 }
            return values.map { value ->
                when (value) {
                    null -> "–"
                    is Double, is Float -> number((value as Number).toDouble(), exponents)
                    is Int, is Long -> "%,d".format(Locale.ROOT, value)
                    else -> "$value"
                }
            }
        }

        private fun number(
            value: Double,
            exponent: Boolean,
        ): String {
            if (!value.isFinite()) return "–"
            // the size after rounding counts: 0.9996 is shown as 1.00 beside 0.715
            val size = BigDecimal(Math.abs(value)).round(MathContext(DIGITS)).toDouble()
            return when {
                size != 0.0 && exponent -> Numbers.plain("%.1e".format(Locale.ROOT, value))
                size >= 100 -> "%,.0f".format(Locale.ROOT, value)
                size >= 10 -> "%.1f".format(Locale.ROOT, value)
                size >= 1 || size == 0.0 -> "%.2f".format(Locale.ROOT, value)
                else -> small(value, size)
            }
        }

        /** Below 1: three decimals, and more if three digits need them. */
        private fun small(
            value: Double,
            size: Double,
        ): String {
            val decimals = DIGITS - 1 - Math.floor(Math.log10(size)).toInt()
            val text = "%.${decimals}f".format(Locale.ROOT, value)
            val least = text.length - (decimals - DIGITS)
            return text.take(least) + text.drop(least).trimEnd('0')
        }
    }
}
