package org.zolab.dsl

import org.zolab.train.Event
import org.zolab.train.Metric
import kotlin.math.pow

/**
 * What a figure draws of one run: its training losses, dev scores and instrument readings, each over forward passes.
 */
internal data class Curve(
    val label: String,
    val losses: List<Dot>,
    val scores: List<Dot>,
    val readings: Map<String, List<Dot>> = emptyMap(),
    val metric: Metric = Metric.ACCURACY,
    /** Whether the loss depends on θ alone, as that of a function does; then there is no noise to smooth. */
    val exact: Boolean = false,
) {
    /** One value, and the number of forward passes after which it was known. */
    data class Dot(
        val forwards: Double,
        val value: Double,
    )

    fun isEmpty(): Boolean = losses.isEmpty() && scores.isEmpty()

    internal companion object {
        /** The scores of dev evaluations. */
        fun scores(
            dev: List<Event.Evaluated>,
            metric: Metric,
        ): List<Dot> = dev.map { Dot(it.forwards().toDouble(), metric.value(it)) }.filterNot { it.value.isNaN() }

        /** Instrument readings by name. */
        fun readings(measured: List<Event.Measured>): Map<String, List<Dot>> =
            measured
                .flatMap { reading ->
                    reading.values().map { (name, value) ->
                        name to
                            Dot(reading.forwards().toDouble(), value)
                    }
                }.groupBy({ it.first }, { it.second })

        /**
         * At most [most] dots, each the mean of the same number of neighbours (the last one, of the remaining ones).
         */
        fun thinned(
            dots: List<Dot>,
            most: Int,
        ): List<Dot> {
            val each = (dots.size + most - 1) / most
            return if (each <= 1) dots else dots.chunked(each, ::mean)
        }

        /**
         * Local regression, as in LOESS: each dot is moved to the line that best fits its [width] nearest dots, with
         * near ones weighted more than far ones. At the ends, where all neighbours are on one side, a mean would lag
         * behind a falling loss, and a line would follow the scatter of the last dots, so the slope counts only as far
         * as it exceeds that scatter. If [width] is at most 1, the dots themselves.
         */
        fun smoothed(
            dots: List<Dot>,
            width: Int = neighbours(dots.size),
        ): List<Dot> = if (width <= 1) dots else fitted(dots, width)

        private fun fitted(
            dots: List<Dot>,
            width: Int,
        ): List<Dot> =
            dots.indices.map { i ->
                val far = width - minOf(width / 2, i, dots.lastIndex - i)
                val near = (maxOf(-far, -i)..minOf(far, dots.lastIndex - i)).toList()
                val weights = near.map { (1 - (Math.abs(it) / (far + 1.0)).pow(3)).pow(3) }

                fun sum(of: (Int) -> Double) = near.indices.sumOf { weights[it] * of(near[it]) }
                val all = sum { 1.0 }
                val centre = sum { it.toDouble() } / all
                val mean = sum { dots[i + it].value } / all
                val slope = sum { (it - centre) * dots[i + it].value } / sum { (it - centre).pow(2) }
                val explained = sum { (slope * (it - centre)).pow(2) }
                val scatter = sum { (dots[i + it].value - mean - slope * (it - centre)).pow(2) }
                val certain = 1 - STANDS_OUT * scatter / (explained * all)
                Dot(dots[i].forwards, if (certain > 0) mean - certain * slope * centre else mean)
            }

        /**
         * How many of [dots] dots make a smoothed one: just one if there are few, since a line through three would
         * follow their scatter.
         */
        fun neighbours(dots: Int): Int = if (dots < FEWEST) 1 else dots / SHARE

        private const val SHARE = 12
        private const val FEWEST = 4 * SHARE

        /** The square of the least ratio of a slope to its standard error at which the slope counts. */
        private const val STANDS_OUT = 4

        private fun mean(dots: List<Dot>): Dot = Dot(dots.map(Dot::forwards).average(), dots.map(Dot::value).average())
    }
}
