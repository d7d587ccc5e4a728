package org.zolab.dsl

import org.jetbrains.letsPlot.Figure
import org.jetbrains.letsPlot.geom.geomHLine
import org.jetbrains.letsPlot.geom.geomLine
import org.jetbrains.letsPlot.geom.geomPoint
import org.jetbrains.letsPlot.gggrid
import org.jetbrains.letsPlot.ggsize
import org.jetbrains.letsPlot.intern.Plot
import org.jetbrains.letsPlot.label.labs
import org.jetbrains.letsPlot.letsPlot
import org.jetbrains.letsPlot.scale.scaleColorManual
import org.jetbrains.letsPlot.scale.scaleYContinuous
import org.jetbrains.letsPlot.themes.elementBlank
import org.jetbrains.letsPlot.themes.elementLine
import org.jetbrains.letsPlot.themes.elementText
import org.jetbrains.letsPlot.themes.theme
import org.zolab.dsl.Curve.Dot

/** Draws runs. Text and lines are mid-grey on nothing, so that a figure reads on a light page and on a dark one. */
internal object Figures {
    private const val INK = "#7F8794"
    private const val GRID = "rgba(127,135,148,0.22)"
    private const val WIDTH = 860
    private const val HEIGHT = 300

    /** Height of a row of panels where there are several. */
    private const val LOW = 230

    /** The most dots of a panel; more cannot be told apart at its width, and make a notebook heavy. */
    private const val MOST_DOTS = 480

    /** Blue, orange, green, violet, red, teal: told apart by most eyes, on white and on black. */
    private val COLOURS = listOf("#3D8BD9", "#E5812F", "#3FA864", "#A06BD6", "#D9534F", "#2AA5A5")

    /** The training loss and the dev accuracy over forward passes, and below them a panel for each name that instruments read. */
    fun of(curves: List<Curve>): Figure {
        val labels = unique(curves.map(Curve::label))
        val legend = curves.size > 1
        val panels =
            listOfNotNull(
                losses(curves, labels, legend && curves.all { it.accuracies.isEmpty() }),
                if (curves.any { it.accuracies.isNotEmpty() }) accuracies(curves, labels, legend) else null,
            )
        val read = curves.flatMap { it.readings.keys }.distinct().map { reading(it, curves, labels) }
        val all = panels + read
        if (all.size == 1) return all.single() + ggsize(WIDTH, HEIGHT)
        val rows = (all.size + 1) / 2
        return gggrid(all, ncol = 2, widths = if (legend) listOf(1.0, 1.35) else listOf(1.0, 1.0)) +
            ggsize(WIDTH, if (rows == 1) HEIGHT else rows * LOW)
    }

    /** What instruments read under one name. */
    private fun reading(
        name: String,
        curves: List<Curve>,
        labels: List<String>,
    ): Plot {
        val dots = table(labels, curves.map { it.readings[name].orEmpty() })
        return panel(name, labels, false) +
            geomLine(dots, size = 1.1) {
                x = "forwards"
                y = "value"
                color = "run"
            } +
            geomPoint(dots, size = 1.8, showLegend = false) {
                x = "forwards"
                y = "value"
                color = "run"
            }
    }

    private fun losses(
        curves: List<Curve>,
        labels: List<String>,
        legend: Boolean,
    ): Plot {
        val faint = if (curves.size > 2) 0.16 else 0.28
        val raw = curves.map { Curve.thinned(it.losses, MOST_DOTS / curves.size) }
        return panel("training loss", labels, legend) +
            geomPoint(table(labels, raw), size = 1.2, alpha = faint, showLegend = false) {
                x = "forwards"
                y = "value"
                color = "run"
            } +
            geomLine(table(labels, raw.map { Curve.smoothed(it) }), size = 1.1) {
                x = "forwards"
                y = "value"
                color = "run"
            }
    }

    private fun accuracies(
        curves: List<Curve>,
        labels: List<String>,
        legend: Boolean,
    ): Plot {
        val dots = table(labels, curves.map(Curve::accuracies))
        return panel("dev accuracy", labels, legend) +
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
            scaleYContinuous(format = ".0%")
    }

    private fun panel(
        title: String,
        labels: List<String>,
        legend: Boolean,
    ): Plot =
        letsPlot() +
            labs(title = title, x = "forward passes", y = "", color = "") +
            scaleColorManual(COLOURS, limits = labels) +
            theme(
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
            ).let { if (legend) it.legendPositionRight() else it.legendPositionNone() }

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

    /** Runs of one name get numbers, or their lines would be drawn as one. */
    private fun unique(labels: List<String>): List<String> =
        labels.mapIndexed { i, label -> if (labels.count { it == label } == 1) label else "$label (${i + 1})" }
}
