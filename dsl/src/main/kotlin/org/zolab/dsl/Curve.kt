package org.zolab.dsl

import org.zolab.train.Event
import org.zolab.train.Metric

/** What a figure draws of one run: its training losses, its scores on dev and what instruments read, each over the forward passes spent. */
internal data class Curve(
    val label: String,
    val losses: List<Dot>,
    val scores: List<Dot>,
    val readings: Map<String, List<Dot>> = emptyMap(),
    val metric: Metric = Metric.ACCURACY,
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
        ): List<Dot> = dev.map { Dot(it.forwards().toDouble(), metric.number(it)) }.filterNot { it.value.isNaN() }

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

        /** Each dot's mean with its neighbours, [width] dots in all, fewer at the ends. */
        fun smoothed(
            dots: List<Dot>,
            width: Int = dots.size / 12,
        ): List<Dot> =
            dots.indices.map { i ->
                val near = dots.subList(maxOf(0, i - width / 2), minOf(dots.size, i + width / 2 + 1))
                Dot(dots[i].forwards, mean(near).value)
            }

        private fun mean(dots: List<Dot>): Dot = Dot(dots.map(Dot::forwards).average(), dots.map(Dot::value).average())
    }
}
