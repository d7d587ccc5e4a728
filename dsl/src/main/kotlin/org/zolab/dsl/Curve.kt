package org.zolab.dsl

import org.zolab.train.Event
import org.zolab.train.Metric
import kotlin.math.pow

/** What a figure draws of one run: its training losses, its scores on dev and what instruments read, each over the forward passes spent. */
internal data class Curve(
    val label: String,
    val losses: List<Dot>,
    val scores: List<Dot>,
    val readings: Map<String, List<Dot>> = emptyMap(),
    val metric: Metric = Metric.ACCURACY,
    /** Whether equal θ have equal losses, as those of a function do: then there is no noise to smooth. */
    val exact: Boolean = false,
) {
    /** One value, and the forward passes that had been spent when it was known. */
    data class Dot(
        val forwards: Double,
        val value: Double,
    )

    fun isEmpty(): Boolean = losses.isEmpty() && scores.isEmpty()

    internal companion object {
        /** What evaluations on dev tell. */
        fun scores(
            dev: List<Event.Evaluated>,
            metric: Metric,
        ): List<Dot> = dev.map { Dot(it.forwards().toDouble(), metric.value(it)) }.filterNot { it.value.isNaN() }

        /** The readings of instruments by name. */
        fun readings(measured: List<Event.Measured>): Map<String, List<Dot>> =
            measured
                .flatMap { reading ->
                    reading.values().map { (name, value) ->
                        name to
                            Dot(reading.forwards().toDouble(), value)
                    }
                }.groupBy({ it.first }, { it.second })

        /** At most [most] dots, each the mean of equally many neighbours (the last of what is left). */
        fun thinned(
            dots: List<Dot>,
            most: Int,
        ): List<Dot> {
            val each = (dots.size + most - 1) / most
            return if (each <= 1) dots else dots.chunked(each, ::mean)
        }

        /**
         * Each dot on the line that fits its neighbours best, [width] dots in all, near ones more than far ones (local regression, as LOESS). At the
         * ends, where all lie on one side, a mean would lag behind a loss that falls, and a line would follow the scatter of the last dots: its slope
         * counts there as far as it stands out from that scatter. Where a dot would have no neighbours, the dots themselves.
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

        /** How many of so many dots a smoothed one is made of: of few dots one, since a line through three would follow their scatter. */
        fun neighbours(dots: Int): Int = if (dots < FEWEST) 1 else dots / SHARE

        private const val SHARE = 12
        private const val FEWEST = 4 * SHARE

        /** The square of how many of its standard errors a slope is at least, to count. */
        private const val STANDS_OUT = 4

        private fun mean(dots: List<Dot>): Dot = Dot(dots.map(Dot::forwards).average(), dots.map(Dot::value).average())
    }
}
