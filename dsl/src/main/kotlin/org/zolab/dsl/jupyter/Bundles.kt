package org.zolab.dsl.jupyter

import org.jetbrains.kotlinx.jupyter.api.MimeTypedResult
import org.jetbrains.kotlinx.jupyter.api.mimeResult
import org.jetbrains.letsPlot.Figure
import org.zolab.dsl.Columns
import org.zolab.dsl.Comparison
import org.zolab.dsl.Image
import org.zolab.dsl.Table
import org.zolab.dsl.curve
import org.zolab.dsl.figure
import org.zolab.dsl.listed
import org.zolab.dsl.sentence
import org.zolab.dsl.table
import org.zolab.objective.Prediction
import org.zolab.objective.Score
import org.zolab.space.Numbers
import org.zolab.train.AblationResult
import org.zolab.train.Baselines
import org.zolab.train.Event
import org.zolab.train.LearningRateSearch
import org.zolab.train.Plan
import org.zolab.train.Run
import org.zolab.train.SavedRun
import org.zolab.train.Trial
import java.util.Locale

/**
 * Values as outputs of a cell: an image in HTML for notebooks, trusted or not, together with the bare SVG, a PNG for
 * viewers that show nothing else, and text.
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
        return of(comparison.figure(), text, Html.table(comparison.table()))
    }

    /** Earlier runs, one per row. */
    fun ofSaved(all: List<SavedRun>): MimeTypedResult =
        mimeResult(
            "text/html" to Html.table(listed(all)),
            "text/plain" to Comparison(all).lines().joinToString("\n"),
        )

    fun of(result: AblationResult): MimeTypedResult {
        val table = result.table()
        val said = result.sentence()
        val text = "$said\n$table" // the first line is what a terminal shows
        if (result.trials().all { it.phase() == Trial.Phase.TUNING }) {
            return mimeResult("text/html" to Html.note(said), "text/plain" to said)
        }
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

    /** A plan's settings and cost, or why its model cannot run on its examples. */
    fun of(plan: Plan): MimeTypedResult {
        val cost =
            try {
                "${plan.cost()}"
            } catch (e: IllegalArgumentException) {
                "this plan cannot run:\n" + e.message.orEmpty().prependIndent("  ")
            } catch (e: Exception) {
                "this plan cannot run, its code of a cell fails:\n  $e"
            }
        return Numbers.plain("$plan\n$cost").let {
            mimeResult(
                "text/html" to Html.plain(it),
                "text/plain" to it,
            )
        }
    }

    /** A model's predictions, one example per row. */
    fun ofPredictions(all: List<Prediction>): MimeTypedResult =
        of(
            table(
                "prompt" to all.map { it.example().prompt().replace("\n", "⏎") },
                "right" to all.map { it.example().answer() },
                "chosen" to all.map { it.answer() },
                "" to all.map { if (it.isRight) "" else "✗" },
            ),
        )

    /** Evaluations, one per row. */
    fun ofEvaluations(all: List<Event.Evaluated>): MimeTypedResult =
        of(
            table(
                "split" to all.map { it.split().name.lowercase() },
                "step" to all.map { it.step() },
                "forwards" to all.map { it.forwards() },
                "loss" to all.map { Numbers.plain("%.6g".format(Locale.ROOT, it.loss())) },
                metrics(all) to all.map(::score),
            ),
        )

    /** Steps, one per row. */
    fun ofSteps(all: List<Event.Stepped>): MimeTypedResult =
        rows(
            all,
            "step" to { it.step() },
            "forwards" to { it.forwards() },
            "loss" to { it.loss() },
            "slope" to { it.slope() },
            "η" to { it.learningRate() },
        )

    /** Instrument readings, one per row. */
    fun ofReadings(all: List<Event.Measured>): MimeTypedResult {
        val names = all.flatMap { it.values().keys }.distinct()
        val values = names.map { name -> name to { read: Event.Measured -> read.values()[name] } }
        return rows(all, "step" to { it.step() }, "forwards" to { it.forwards() }, *values.toTypedArray())
    }

    /** Runs of an ablation, one per row. */
    fun ofTrials(all: List<Trial>): MimeTypedResult =
        rows(
            all,
            "arm" to { it.arm() },
            "seed" to { "${it.seed()}" },
            "η" to { it.learningRate() },
            "" to { if (it.phase() == Trial.Phase.TUNING) "tuning" else "" },
            "" to { it.outcome().word() },
            "lowest dev loss" to { it.loss() },
            metrics(all.flatMap(Trial::evaluations)) to
                { trial ->
                    trial
                        .best()
                        .filter { trial.completed() }
                        .map(::score)
                        .orElse(null)
                },
        )

    /** Columns, with one row per entry. */
    fun of(columns: Columns): MimeTypedResult {
        val values = columns.map { (name, values) -> name to { row: Int -> values[row] } }
        return rows(
            columns.values
                .firstOrNull()
                .orEmpty()
                .indices
                .toList(),
            *values.toTypedArray(),
            text = "$columns",
        )
    }

    fun of(all: Baselines): MimeTypedResult {
        fun told(score: Score?) = score?.let { all.metric().formatted(it.loss(), it.accuracy()) }
        val table =
            table(
                all.name() to all.rows().map { it.name() },
                "dev ${all.metric().label()}" to all.rows().map { told(it.dev()) },
                "test ${all.metric().label()}" to all.rows().map { told(it.test().orElse(null)) },
            )
        return mimeResult("text/html" to Html.table(table), "text/plain" to "$all")
    }

    fun of(found: LearningRateSearch): MimeTypedResult {
        val table =
            table(
                "learningRate" to listOf(found.learningRate()),
                "epsilon" to listOf(found.epsilon()),
                "estimates" to listOf(found.estimates()),
                "forwards" to listOf(found.forwards()),
            )
        return mimeResult("text/html" to Html.table(table), "text/plain" to "$found")
    }

    /** One row per item; if there are many, only the first and the last ones. */
    private fun <T : Any> rows(
        all: List<T>,
        vararg columns: Pair<String, (T) -> Any?>,
        text: String? = null,
    ): MimeTypedResult {
        val shown = if (all.size <= MOST) all else all.take(MOST / 2) + null + all.takeLast(MOST / 2)
        val table = Table(columns.map { (name, of) -> name to shown.map { if (it == null) Table.MORE else of(it) } })
        return mimeResult("text/html" to Html.table(table), "text/plain" to (text ?: "$table"))
    }

    private const val MOST = 20

    /** The heading of a column of scores. */
    private fun metrics(all: List<Event.Evaluated>) = all.map { it.metric().label() }.distinct().joinToString(" or ")

    private fun score(at: Event.Evaluated): String? =
        at
            .metric()
            .value(at)
            .takeIf(Double::isFinite)
            ?.let(at.metric()::format)

    fun of(table: Table): MimeTypedResult = mimeResult("text/html" to Html.table(table), "text/plain" to "$table")
}
