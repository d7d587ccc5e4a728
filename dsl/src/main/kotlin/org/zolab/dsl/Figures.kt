package org.zolab.dsl

import org.jetbrains.letsPlot.Figure
import org.jetbrains.letsPlot.geom.geomHLine
import org.jetbrains.letsPlot.geom.geomLine
import org.jetbrains.letsPlot.geom.geomPoint
import org.jetbrains.letsPlot.geom.geomRibbon
import org.jetbrains.letsPlot.geom.geomSegment
import org.jetbrains.letsPlot.geom.geomText
import org.jetbrains.letsPlot.gggrid
import org.jetbrains.letsPlot.ggsize
import org.jetbrains.letsPlot.intern.Feature
import org.jetbrains.letsPlot.intern.Plot
import org.jetbrains.letsPlot.label.labs
import org.jetbrains.letsPlot.letsPlot
import org.jetbrains.letsPlot.scale.guideLegend
import org.jetbrains.letsPlot.scale.guides
import org.jetbrains.letsPlot.scale.scaleColorManual
import org.jetbrains.letsPlot.scale.scaleFillManual
import org.jetbrains.letsPlot.scale.scaleXContinuous
import org.jetbrains.letsPlot.scale.scaleYContinuous
import org.jetbrains.letsPlot.scale.scaleYLog10
import org.jetbrains.letsPlot.themes.elementBlank
import org.jetbrains.letsPlot.themes.elementLine
import org.jetbrains.letsPlot.themes.elementText
import org.jetbrains.letsPlot.themes.margin
import org.jetbrains.letsPlot.themes.theme
import org.zolab.dsl.Curve.Dot
import org.zolab.train.AblationResult
import org.zolab.train.Metric
import org.zolab.train.Trial
import java.math.BigDecimal
import java.util.Locale

/**
 * Makes your own figure look like a run's: mid-grey text and lines on a transparent background, readable on light and
 * dark pages, and six colours that most people can tell apart.
 *
 * ```
 * letsPlot(losses(listOf(run))) + geomLine { x = "forwards"; y = "loss" } + onAnyPage()
 * ```
 *
 * @param width in pixels
 * @param height in pixels
 * @param names what the colours stand for, in their order. Default: the order in the data
 */
public fun onAnyPage(
    width: Int = Figures.WIDTH,
    height: Int = Figures.HEIGHT,
    names: List<String> = listOf(),
): Feature =
    Figures.ground() +
        scaleColorManual(Figures.COLOURS, limits = names.ifEmpty { null }) +
        scaleFillManual(Figures.COLOURS, limits = names.ifEmpty { null }) +
        ggsize(width, height)

/**
 * Draws runs, with mid-grey text and lines on a transparent background, so that figures are readable on light and dark
 * pages.
 */
internal object Figures {
    private const val INK = "#7F8794"
    private const val GRID = "rgba(127,135,148,0.22)"
    const val WIDTH = 860
    const val HEIGHT = 300

    /** Height of a row of panels if there are several. */
    private const val LOW = 230

    /** Separates the name of a panel from that of one of its parts. */
    private const val PART = ": "

    /** The most dots in a panel; more could not be distinguished at its width, and would make a notebook large. */
    private const val MOST_DOTS = 480

    /** Width of a legend in pixels: around its texts, per character, and at most. */
    private const val KEY = 60
    private const val LETTER = 7
    private const val MOST_LEGEND = 300

    /** A panel narrower than this, in pixels, has room for a short title only. */
    private const val NARROW = 320

    /** The most characters of a panel's title. */
    private const val MOST_TITLE = 46

    /** The most pixels for the names of rows. */
    private const val MOST_NAMES = 400

    /**
     * Width in pixels of a key in a legend below its panel, including its margins, and height of a row of such keys.
     */
    private const val PART_KEY = 44
    private const val PART_ROW = 20

    /**
     * Space between a name in a legend and the next key, with an end marker so that it is not trimmed. Removed from the
     * image.
     */
    const val GAP = "\u00A0\u00A0\u00A0\u00A0\u200B"

    /** Pixels to the left of a plot, for the numbers of its axis. */
    private const val AXIS = 50

    /** More arms than this are drawn as marks instead of curves. */
    private const val MOST_CURVES = 6

    /** Font size of a row's name, the same as an axis has. */
    private const val TEXT = 5.9

    /** Pixels above the rows of marks, and per row. */
    private const val HEAD = 70
    private const val ROW = 22

    /** Format of shares on an axis. */
    private const val SHARE = ".0%"

    /** Losses whose ratio exceeds this are drawn on a logarithmic axis. */
    private const val STEEP = 50

    /** The least span of an axis of shares. */
    private const val LEAST_SHARES = 0.1

    /** With more decades than this, only powers of ten are labelled. */
    private const val MANY_DECADES = 4

    /**
     * Pixels to the right of a plot, for half of the last number of its axis, and above it, for half of the uppermost.
     */
    private const val MARGIN = 16
    private const val ABOVE = 10

    /** The most intervals between the numbers of a vertical axis. */
    private const val STEPS = 5

    /** Tolerance for rounding errors of doubles, as a share of a step. */
    private const val ROUNDING = 1e-6

    /** An axis with more decimals than this, or with numbers this large, uses exponents. */
    private const val DECIMALS = 5
    private const val LARGE = 1e6

    /**
     * Values whose relative difference is smaller are drawn as equal: an axis that resolves it would have meaningless
     * digits.
     */
    private const val EQUAL = 1e-5

    /** Fewer dots than this are drawn larger. */
    private const val FEW_DOTS = 120

    /**
     * Blue, orange, green, violet, red, teal, which most people can tell apart, on white and on black; then paler
     * versions of them.
     */
    val COLOURS =
        listOf("#3D8BD9", "#E5812F", "#3FA864", "#A06BD6", "#D9534F", "#2AA5A5") +
            listOf("#9CC4EE", "#F2B98A", "#9AD3B0", "#CDB1EA", "#EDA29F", "#8FD3D3")

    /**
     * The training loss and the dev score over forward passes and, below them, instrument readings, one panel per name.
     * The name of a single curve is in the title, those of several in a legend. [said] is the caption below the figure.
     */
    fun of(
        curves: List<Curve>,
        said: String? = null,
    ): Figure {
        val labels = Labels.numbered(curves.map(Curve::label))
        val legend = curves.size > 1
        val scored = curves.any { it.scores.isNotEmpty() }
        val beside = if (legend) minOf(MOST_LEGEND, KEY + LETTER * labels.maxOf { it.length }) else 0
        val panel = (WIDTH - beside) / 2.0
        val panels =
            listOfNotNull(
                losses(curves, labels, legend && !scored, panel < NARROW)
                    .takeIf { !scored || curves.any { it.losses.isNotEmpty() } },
                if (scored) scores(curves, labels, legend) else null,
            )
        val read =
            curves
                .flatMap { it.readings.keys }
                .distinct()
                .groupBy { it.substringBefore(PART) }
                .toList()
        val end = forwards(curves)
        val all = (panels + read.map { (title, names) -> reading(title, names, curves, labels) }).map { it + end }
        if (all.size == 1) return said(all.single(), said, WIDTH) + ggsize(WIDTH, HEIGHT)
        val rows = (all.size + 1) / 2
        val widths = listOf(panel, panel + beside)
        // the axis is labelled only once per column, at its bottom
        val shown = all.mapIndexed { i, each -> if (i + 2 < all.size) each + labs(x = "") else each }.toMutableList()
        shown[2 * rows - 2] = said(shown[2 * rows - 2], said, panel.toInt())
        if (rows == 1) return gggrid(shown, ncol = 2, widths = widths, align = true) + ggsize(WIDTH, HEIGHT)
        val legends = panels.map { 0 } + read.map { (_, names) -> belowRows(names) * PART_ROW }
        val heights = legends.chunked(2) { LOW + it.max() }
        return gggrid(shown, ncol = 2, widths = widths, heights = heights, vspace = 4, align = true) +
            ggsize(WIDTH, heights.sum())
    }

    /** A panel of some width, with a caption. */
    private fun said(
        panel: Plot,
        words: String?,
        width: Int,
    ): Plot {
        if (words == null) return panel
        val line = Regex("(.{1,${(width - AXIS) / (LETTER + 1)}})(?: |$)")
        return panel + labs(caption = words.replace(line, "$1\n").trim()) + theme(plotCaption = elementText(hjust = 0))
    }

    /**
     * An ablation: curves with the range over seeds behind them or, if there are too many arms for that, a mark and its
     * range for each.
     */
    fun of(result: AblationResult): Figure {
        val arms = result.ablation().arms().map { it.name() }
        val labels = arms.associateWith { arm -> result.lost(arm)?.let { "$arm ($it diverged)" } ?: arm }
        val word = result.ablation().metric().label()
        val accurate = arms.flatMap { result.curve(it) }.any { !it.accuracy().median().isNaN() }
        val few = arms.size <= MOST_CURVES
        val panels =
            if (few) {
                listOfNotNull(
                    band(result, labels, "dev loss", !accurate, false) { it.loss() },
                    if (accurate) band(result, labels, "dev $word", true, true) { it.accuracy() } else null,
                )
            } else {
                listOfNotNull(
                    names(labels.values.reversed()),
                    marks(result, labels, "lowest dev loss") { it.loss() },
                    if (accurate) {
                        marks(result, labels, "test $word") { it.testAccuracy() } +
                            scaleXContinuous(format = SHARE)
                    } else {
                        null
                    },
                )
            }
        val height = if (few) HEIGHT else HEAD + ROW * arms.size
        if (panels.size == 1) return panels.single() + ggsize(WIDTH, height)
        val names = minOf(if (few) MOST_LEGEND else MOST_NAMES, KEY + LETTER * labels.values.maxOf { it.length })
        val panel = (WIDTH - names) / (if (few) 2.0 else panels.size - 1.0)
        val widths =
            if (few) {
                listOf(panel, panel + names)
            } else {
                listOf(names.toDouble()) +
                    List(panels.size - 1) { panel }
            }
        return gggrid(panels, ncol = panels.size, widths = widths, align = true) + ggsize(WIDTH, height)
    }

    /** Medians as lines, ranges as bands. */
    private fun band(
        result: AblationResult,
        labels: Map<String, String>,
        title: String,
        legend: Boolean,
        percent: Boolean,
        of: (AblationResult.Spot) -> AblationResult.Range,
    ): Plot {
        val arms = labels.values.toList()
        val rows = labels.flatMap { (arm, label) -> result.curve(arm).map { label to it } }
        val data =
            mapOf(
                "arm" to rows.map { it.first },
                "forwards" to rows.map { it.second.forwards() },
                "median" to rows.map { of(it.second).median() },
                "low" to rows.map { of(it.second).low() },
                "high" to rows.map { of(it.second).high() },
            )
        val ranges = rows.map { of(it.second) }
        val (low, high) = (ranges.minOfOrNull { it.low() } ?: 0.0) to (ranges.maxOfOrNull { it.high() } ?: 1.0)
        // a band alone would stretch the axis to 0
        val axis =
            when {
                percent -> shares(ranges.flatMap { listOf(it.low(), it.high()) })
                low > 0 && high > STEEP * low ->
                    decades(low, high).let { scaleYLog10(limits = low to high, breaks = it, labels = powers(it)) }
                else -> axis(listOf(low, high))
            }
        return panel(title, arms, legend) +
            scaleFillManual(List(arms.size) { COLOURS[it % COLOURS.size] }, limits = arms) +
            geomRibbon(data, alpha = 0.18, size = 0.0, showLegend = false) {
                x = "forwards"
                ymin = "low"
                ymax = "high"
                fill = "arm"
            } +
            geomLine(data, size = 1.1) {
                x = "forwards"
                y = "median"
                color = "arm"
            } + axis
    }

    /** Medians as marks and ranges as lines, one row per arm, in the order of the ablation. */
    private fun marks(
        result: AblationResult,
        labels: Map<String, String>,
        title: String,
        of: (Trial) -> Double,
    ): Plot {
        val names = labels.values.reversed()
        val rows =
            labels
                .map { (arm, label) ->
                    Triple(label, result.range(arm) { of(it) }.median(), result.trials(arm).map(of))
                }.filter { it.second.isFinite() }
        val data =
            mapOf(
                "arm" to rows.map { names.indexOf(it.first) },
                "median" to rows.map { it.second },
                // diverged runs have no place on the axis; the arm's label says how many there are
                "low" to rows.map { (_, _, all) -> all.filter(Double::isFinite).min() },
                "high" to rows.map { (_, _, all) -> all.filter(Double::isFinite).max() },
            )
        return letsPlot(data) +
            labs(title = title, x = "", y = "") +
            rows(names) +
            geomSegment(size = 2.2, alpha = 0.45, color = COLOURS[0]) {
                x = "low"
                xend = "high"
                y = "arm"
                yend = "arm"
            } +
            geomPoint(size = 3.2, color = COLOURS[0]) {
                x = "median"
                y = "arm"
            } +
            ground().legendPositionNone() +
            theme(axisTextY = elementBlank(), axisTicksY = elementBlank())
    }

    /** The names of the rows of marks, from the bottom up: an axis would truncate names after 20 characters. */
    private fun names(names: List<String>): Plot =
        letsPlot(mapOf("name" to names, "row" to names.indices.toList())) +
            labs(title = "", x = "", y = "") +
            geomText(x = 1, hjust = "right", size = TEXT, color = INK) {
                y = "row"
                label = "name"
            } +
            scaleXContinuous(limits = 0 to 1, expand = listOf(0, 0)) +
            rows(names) +
            ground() +
            theme(
                axisText = elementBlank(),
                axisTicks = elementBlank(),
                axisLine = elementBlank(),
                panelGridMajor = elementBlank(),
                plotMargin = margin(ABOVE, 0, 0, 0),
            )

    private fun rows(names: List<String>) =
        scaleYContinuous(
            breaks = names.indices.toList(),
            limits = -0.5 to names.size - 0.5,
            expand = listOf(0, 0),
        )

    /**
     * Instrument readings of one name, or of several parts of it: one colour per part, or one line type if colours
     * stand for runs.
     */
    private fun reading(
        title: String,
        names: List<String>,
        curves: List<Curve>,
        labels: List<String>,
    ): Plot {
        val parts = names.map(::part)
        val all =
            labels.zip(curves).flatMap { (label, curve) ->
                names.map { Triple(label, it, curve.readings[it].orEmpty()) }
            }
        val dots =
            table(all.map { it.first }, all.map { it.third }) +
                ("part" to all.flatMap { (_, name, dots) -> dots.map { part(name) } })
        val many = parts.size > 1
        val alone = curves.size == 1
        val rows = guideLegend(ncol = inARow(names), byRow = true)
        val below = guides(color = if (alone) rows else "none", linetype = rows)
        return panel(title, if (many && alone) parts else labels, false) +
            geomLine(dots, size = 1.1) {
                x = "forwards"
                y = "value"
                color = if (many && alone) "part" else "run"
                if (many) linetype = "part"
            } +
            geomPoint(dots, size = 1.8, showLegend = false) {
                x = "forwards"
                y = "value"
                color = if (many && alone) "part" else "run"
            } + axis(all.flatMap { it.third }.map { it.value }) +
            (if (many) below + labs(linetype = "") + theme().legendPositionBottom() else labs())
    }

    /** How many parts of a reading fit in one row of a legend below its panel. */
    private fun inARow(names: List<String>): Int =
        maxOf(1, WIDTH / 2 / (PART_KEY + LETTER * names.maxOf { part(it).length }))

    /** The number of rows of such a legend. */
    private fun belowRows(names: List<String>): Int =
        if (names.size == 1) 0 else (names.size + inARow(names) - 1) / inARow(names)

    /** A part's name in a legend, with a gap before the next key. */
    private fun part(name: String) = name.substringAfter(PART) + GAP

    private fun losses(
        curves: List<Curve>,
        labels: List<String>,
        legend: Boolean,
        narrow: Boolean,
    ): Plot {
        val raw = curves.map { Curve.thinned(it.losses, maxOf(2, MOST_DOTS / curves.size)) }
        val smooth = raw.zip(curves) { dots, curve -> if (curve.exact) dots else Curve.smoothed(dots) }
        val dots = raw.sumOf { it.size }
        val faint =
            if (dots < FEW_DOTS) {
                0.5
            } else if (curves.size > 2) {
                0.16
            } else {
                0.28
            }
        // a line that only joins the dots needs no explanation
        val said =
            "training loss" +
                if (raw == smooth) {
                    ""
                } else if (narrow) {
                    ", smoothed"
                } else {
                    " (line: smoothed)"
                }
        val whose = if (labels.size == 1 && labels[0].length + said.length < MOST_TITLE) "${labels[0]}: " else ""
        return panel(whose + said, labels, legend) +
            geomPoint(
                table(labels, raw),
                // a single dot has no line, so it must be visible
                size =
                    if (raw.all { it.size == 1 }) {
                        3.2
                    } else if (dots < FEW_DOTS) {
                        2.0
                    } else {
                        1.2
                    },
                alpha = if (raw.all { it.size == 1 }) 1.0 else faint,
                showLegend = false,
            ) {
                x = "forwards"
                y = "value"
                color = "run"
            } +
            axis((raw + smooth).flatten().map { it.value }) +
            geomLine(table(labels, smooth), size = 1.1) {
                x = "forwards"
                y = "value"
                color = "run"
            }
    }

    private fun scores(
        curves: List<Curve>,
        labels: List<String>,
        legend: Boolean,
    ): Plot {
        val dots = table(labels, curves.map(Curve::scores))
        return panel(curves.map { "dev ${it.metric.label()}" }.distinct().joinToString(), labels, legend) +
            geomLine(dots, size = 1.1) {
                x = "forwards"
                y = "value"
                color = "run"
            } +
            geomPoint(dots, size = 2.6, showLegend = false) {
                x = "forwards"
                y = "value"
                color = "run"
            } +
            curves.flatMap { it.scores }.map { it.value }.let { values ->
                if (curves.any { it.metric == Metric.PERPLEXITY }) axis(values) else shares(values)
            }
    }

    /** An axis of forward passes, from 0 to the last of any curve. */
    private fun forwards(curves: List<Curve>): Feature {
        val dots = curves.flatMap { it.losses + it.scores + it.readings.values.flatten() }
        return scaleXContinuous(limits = 0 to maxOf(1.0, dots.maxOfOrNull { it.forwards } ?: 0.0))
    }

    /** A vertical axis around [values], with numbers at round values, all in the same format. */
    private fun axis(values: List<Double>): Feature {
        val low = values.filter(Double::isFinite).minOrNull() ?: return scaleYContinuous()
        val high = values.filter(Double::isFinite).max()
        val size = maxOf(Math.abs(low), Math.abs(high))
        val room =
            if (high - low > EQUAL * size) {
                0.0
            } else if (size == 0.0) {
                1.0
            } else {
                size / 2
            }
        val ticks = round(low - room, high + room)
        return scaleYContinuous(limits = low - room to high + room, breaks = ticks, labels = written(ticks))
    }

    /** Multiples of 1, 2 or 5 times a power of ten from [low] to [high], as close together as [STEPS] allows. */
    internal fun round(
        low: Double,
        high: Double,
    ): List<Double> {
        val least = (high - low) / STEPS
        val power = Math.floor(Math.log10(least)).toInt()
        val steps = listOf(1, 2, 5, 10).map { BigDecimal(it).scaleByPowerOfTen(power) }
        val step = steps.first { it.toDouble() >= least * (1 - ROUNDING) }
        val from = Math.ceil(low / step.toDouble() - ROUNDING).toLong()
        val to = Math.floor(high / step.toDouble() + ROUNDING).toLong()
        return (from..to).map { (BigDecimal(it) * step).toDouble() }
    }

    /** Numbers of an axis as text, all with the same number of decimals, or all with exponents. */
    internal fun written(ticks: List<Double>): List<String> {
        val exact = ticks.map { BigDecimal("$it").stripTrailingZeros() }
        val decimals = maxOf(0, exact.filter { it.signum() != 0 }.maxOfOrNull { it.scale() } ?: 0)
        val large = ticks.maxOfOrNull { Math.abs(it) } ?: 0.0
        if (decimals <= DECIMALS && large < LARGE) return ticks.map { "%,.${decimals}f".format(Locale.ROOT, it) }
        val exponent = Math.floor(Math.log10(large)).toInt()
        val mantissas = exact.map { it.scaleByPowerOfTen(-exponent) }
        val digits = maxOf(0, mantissas.filter { it.signum() != 0 }.maxOf { it.scale() })
        return mantissas.map { "%.${digits}fe$exponent".format(Locale.ROOT, it) }
    }

    /** An axis of shares around [values], within 0 and 1, and at least [LEAST_SHARES] long if possible. */
    private fun shares(values: List<Double>): Feature {
        val low = values.filter(Double::isFinite).minOrNull() ?: return scaleYContinuous(format = SHARE)
        val high = values.filter(Double::isFinite).max()
        val room = maxOf(0.0, LEAST_SHARES - (high - low)) / 2
        return scaleYContinuous(format = SHARE, limits = maxOf(0.0, low - room) to minOf(1.0, high + room))
    }

    /** 1, 2 and 5 times powers of ten from [low] to [high], or only powers of ten if there are many. */
    internal fun decades(
        low: Double,
        high: Double,
    ): List<Double> {
        val powers = Math.floor(Math.log10(low)).toInt()..Math.ceil(Math.log10(high)).toInt()
        val steps = if (powers.count() > MANY_DECADES) listOf(1) else listOf(1, 2, 5)
        return powers.flatMap { power -> steps.map { "${it}e$power".toDouble() } }.filter { it in low..high }
    }

    /** Numbers of a logarithmic axis as text. */
    private fun powers(ticks: List<Double>): List<String> {
        val exact = ticks.map { BigDecimal("$it").stripTrailingZeros() }
        if (ticks.all { it >= 1e-3 && it < LARGE }) return exact.map { it.toPlainString() }
        return exact.map { "${it.unscaledValue()}e${-it.scale()}" }
    }

    private fun panel(
        title: String,
        labels: List<String>,
        legend: Boolean,
    ): Plot =
        letsPlot() +
            labs(title = title, x = "forward passes", y = "", color = "") +
            scaleColorManual(List(labels.size) { COLOURS[it % COLOURS.size] }, limits = labels) +
            ground().let { if (legend) it.legendPositionRight() else it.legendPositionNone() }

    /** Mid-grey text and lines on a transparent background. */
    fun ground(): theme =
        theme(
            plotMargin = margin(ABOVE, MARGIN, 0, 0),
            plotBackground = elementBlank(),
            panelBackground = elementBlank(),
            panelBorder = elementBlank(),
            legendBackground = elementBlank(),
            panelGridMajor = elementLine(color = GRID, size = 1.0),
            panelGridMinor = elementBlank(),
            axisLine = elementLine(color = INK, size = 1.0),
            axisTicks = elementLine(color = INK),
            axisText = elementText(color = INK),
            axisTitle = elementText(color = INK),
            title = elementText(color = INK),
            plotTitle = elementText(color = INK),
            legendText = elementText(color = INK),
        )

    private fun table(
        labels: List<String>,
        lines: List<List<Dot>>,
    ): Map<String, List<Any>> {
        val rows = labels.zip(lines).flatMap { (label, dots) -> dots.map { label to it } }
        return mapOf(
            "run" to rows.map { it.first },
            "forwards" to rows.map { it.second.forwards },
            "value" to rows.map { it.second.value },
        )
    }
}
