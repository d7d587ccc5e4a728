package org.zolab.dsl

import org.zolab.space.Numbers
import org.zolab.train.Metric

/**
 * The progress of a run.
 *
 * @property step steps taken
 * @property steps steps planned
 * @property forwards forward passes spent
 * @property loss the last step's training loss, null before the first
 * @property score the last accuracy on the dev split, or other score of [metric]; null before the first evaluation
 * @property metric the kind of score
 * @property seconds since the run began
 * @property memory the process's memory, in bytes
 * @property finished whether the run has ended
 * @property read steps that were read from the folder of an earlier run instead of run
 */
public data class Progress(
    public val step: Int,
    public val steps: Int,
    public val forwards: Long = 0,
    public val loss: Double? = null,
    public val score: Double? = null,
    public val metric: Metric = Metric.ACCURACY,
    public val seconds: Double = 0.0,
    public val memory: Long = 0,
    public val finished: Boolean = false,
    public val read: Int = 0,
    private val began: Double = 0.0,
) {
    /** Forward passes per second since the first step, not counting those of evaluations. */
    public val forwardsPerSecond: Double? get() =
        if (read == 0 &&
            seconds > began
        ) {
            forwards / (seconds - began)
        } else {
            null
        }

    /** The estimated remaining seconds, at the speed since the first step. */
    public val secondsLeft: Double? get() =
        if (read == 0 &&
            step > 0
        ) {
            (seconds - began) / step * (steps - step)
        } else {
            null
        }

    /** The progress after an evaluation on dev; steps begin after the first evaluation. */
    internal fun evaluated(
        score: Double?,
        seconds: Double,
    ): Progress = copy(score = score, seconds = seconds, began = if (step == 0) seconds else began)

    /** One human-readable line. */
    override fun toString(): String =
        listOfNotNull(
            "step %,d of %,d".format(java.util.Locale.ROOT, step, steps),
            if (finished) duration(seconds) else secondsLeft?.let { duration(it) + " left" },
            loss?.let { Numbers.plain("loss %.4g".format(java.util.Locale.ROOT, it)) },
            score?.let { "dev ${metric.label()} ${metric.format(it)}" },
            forwardsPerSecond?.let { "%.0f forwards/s".format(java.util.Locale.ROOT, it) },
            if (read >
                0
            ) {
                "%,d of them read from its folder and not run".format(java.util.Locale.ROOT, minOf(read, step))
            } else {
                null
            },
            if (memory > 0) "${memory / 1_000_000} MB" else null,
        ).joinToString(" · ")

    internal companion object {
        fun duration(seconds: Double): String {
            val whole = Math.ceil(seconds).toLong()
            return if (whole < 60) "$whole s" else "%d:%02d min".format(java.util.Locale.ROOT, whole / 60, whole % 60)
        }
    }
}
