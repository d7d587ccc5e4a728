package org.zolab.dsl

/** What a figure draws of one run: its training losses and its dev accuracies, each over the forward passes spent. */
internal data class Curve(
    val label: String,
    val losses: List<Dot>,
    val accuracies: List<Dot>,
) {
    /** One value, and the forward passes that had been spent when it was known. */
    data class Dot(
        val forwards: Double,
        val value: Double,
    )

    internal companion object {
        /** The most dots of a line that a figure draws; more cannot be told apart at its width. */
        const val MOST_DOTS = 500

        /** At most [MOST_DOTS] dots, each the mean of equally many neighbours (the last of what is left). */
        fun thinned(dots: List<Dot>): List<Dot> {
            val each = (dots.size + MOST_DOTS - 1) / MOST_DOTS
            return if (each <= 1) dots else dots.chunked(each, ::mean)
        }

        /** Each dot's mean with its neighbours, [width] dots in all: the eye's line through noisy losses. */
        fun smoothed(
            dots: List<Dot>,
            width: Int = dots.size / 12,
        ): List<Dot> =
            dots.indices.map { i ->
                val reach = minOf(width / 2, i, dots.lastIndex - i)
                Dot(dots[i].forwards, mean(dots.subList(i - reach, i + reach + 1)).value)
            }

        private fun mean(dots: List<Dot>): Dot = Dot(dots.map(Dot::forwards).average(), dots.map(Dot::value).average())
    }
}
