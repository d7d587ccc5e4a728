package org.zolab.dsl.jupyter

import org.jetbrains.kotlinx.jupyter.api.MimeTypedResult
import org.jetbrains.kotlinx.jupyter.api.mimeResult
import org.jetbrains.letsPlot.Figure
import org.zolab.dsl.Comparison
import org.zolab.dsl.Image
import org.zolab.dsl.Listed
import org.zolab.dsl.Table
import org.zolab.dsl.curve
import org.zolab.dsl.figure
import org.zolab.dsl.sentence
import org.zolab.dsl.table
import org.zolab.objective.Prediction
import org.zolab.train.AblationResult
import org.zolab.train.Event
import org.zolab.train.Metric
import org.zolab.train.Plan
import org.zolab.train.Run
import java.util.Locale

/**
 * Values as outputs of a cell: an image in HTML for notebooks, trusted or not, and beside it the bare SVG, a PNG for what
 * shows nothing else, and text.
 */
internal object Bundles {
    fun of(run: Run): MimeTypedResult =
        if (run.curve().isEmpty()) {
            mimeResult("text/html" to Html.note(run.summary()), "text/plain" to run.summary())
        } else {
            of(run.figure(), run.summary())
        }

    fun of(comparison: Comparison): MimeTypedResult {
        val text = comparison.toString()
        return of(comparison.figure(), text, Html.table(comparison))
    }

    /** Runs of a sweep as a comparison, earlier ones as lines. */
    fun of(runs: Listed<*>): MimeTypedResult =
        runs.filterIsInstance<Run>().takeIf { it.isNotEmpty() }?.let { of(Comparison(it)) }
            ?: mimeResult("text/html" to Html.plain("$runs"), "text/plain" to "$runs")

    fun of(result: AblationResult): MimeTypedResult {
        val table = result.table()
        val said = result.sentence()
        val text = "$said\n$table" // the first line is what a terminal shows
        if (result.trials().all { it.tuning() }) return mimeResult("text/html" to Html.note(said), "text/plain" to said)
        return of(result.figure(), text, Html.table(table) + Html.note(said))
    }

    fun of(
        figure: Figure,
        text: String,
        above: String = Html.caption(text),
    ): MimeTypedResult {
        val svg = Image.svg(figure)
        val html = "text/html" to above + Image.html(svg, text)
        val rest = arrayOf("image/svg+xml" to svg, "text/plain" to text)
        val png = Image.png(svg) ?: return mimeResult(html, *rest)
        return mimeResult(html, "image/png" to png, *rest)
    }

    /** What a plan is and what it would cost, or why its examples are none for its model. */
    fun of(plan: Plan): MimeTypedResult {
        val cost =
            try {
                "${plan.estimate()}"
            } catch (e: IllegalArgumentException) {
                "this plan cannot run:\n" + e.message.orEmpty().prependIndent("  ")
            }
        return "$plan\n$cost".let {
            mimeResult(
                "text/html" to Html.plain(it),
                "text/plain" to it,
            )
        }
    }

    /** What a model prefers, an example a row. */
    fun ofPredictions(all: List<Prediction>): MimeTypedResult =
        of(
            table(
                "prompt" to all.map { it.example().prompt().replace("\n", "⏎") },
                "right" to all.map { it.example().answer() },
                "chosen" to all.map { it.answer() },
                "" to all.map { if (it.isRight) "" else "✗" },
            ),
        )

    /** What evaluations told, one a row. */
    fun ofEvaluations(all: List<Event.Evaluated>): MimeTypedResult =
        of(
            table(
                "split" to all.map { it.split().name.lowercase() },
                "step" to all.map { it.step() },
                "forwards" to all.map { it.forwards() },
                "loss" to all.map { "%.6g".format(Locale.ROOT, it.loss()) },
                "accuracy" to all.map { if (it.accuracy().isNaN()) null else Metric.ACCURACY.text(it.accuracy()) },
            ),
        )

    fun of(table: Table): MimeTypedResult = mimeResult("text/html" to Html.table(table), "text/plain" to "$table")
}
