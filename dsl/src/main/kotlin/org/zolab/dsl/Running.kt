package org.zolab.dsl

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import org.jetbrains.letsPlot.Figure
import org.zolab.dsl.Curve.Dot
import org.zolab.task.Split
import org.zolab.train.Event
import org.zolab.train.FineTuner
import org.zolab.train.Plan
import org.zolab.train.Run
import java.nio.file.Path
import java.util.concurrent.ConcurrentHashMap

/**
 * An active run, on its own thread.
 *
 * ```
 * val going = zoAsync { sampler = mezo(); model = opt("nano") }
 * going.progress.value     // at any time
 * going.await()            // returns the Run when it is done
 * ```
 */
public class Running private constructor(
    /** What is run. */
    public val plan: Plan,
) {
    private val tuner = FineTuner(plan)
    private val metric = plan.subject().metric()
    private val state = MutableStateFlow(Progress(0, plan.steps(), metric = metric))
    private val ended = CompletableDeferred<Run>()
    private val losses = ArrayList<Dot>()
    private val scores = ArrayList<Dot>()
    private val readings = ArrayList<Event.Measured>()
    private val work = Work(this, ::stop, ::over) { tuner.run(::heard) }

    /** The current progress, as a flow. */
    public val progress: StateFlow<Progress> get() = state.asStateFlow()

    /** The future result. Cancelling it stops the run. */
    public val result: Deferred<Run> get() = ended

    /** Whether it was told to end early. */
    @Volatile
    internal var stopped = false
        private set

    /** Ends the run within one forward pass; [await] then returns the run so far. */
    public fun stop() {
        stopped = true
        tuner.stop()
    }

    /**
     * Waits for the run. Interrupting the cell, or this thread, calls [stop]: the run so far is returned. If the model
     * is still being downloaded or loaded, there is no run yet, and a [ZoException] says so. Another interrupt, at
     * least a second later, gives up waiting.
     */
    public fun await(): Run = work.await()

    /** The plan's name and the progress, in one line. */
    override fun toString(): String = "${plan.name()} on ${plan.subject().name()}: ${state.value}"

    private fun over(
        run: Run?,
        failure: ZoException?,
    ) {
        state.value = state.value.copy(finished = true)
        run?.let(ended::complete) ?: ended.completeExceptionally(failure!!)
    }

    private fun heard(event: Event) {
        when (event) {
            is Event.Stepped -> {
                synchronized(losses) { losses += Dot(event.forwards().toDouble(), event.loss()) }
                state.value =
                    state.value.copy(
                        step = event.step(),
                        forwards = event.forwards(),
                        loss = event.loss(),
                        seconds = event.seconds(),
                        memory = event.memory(),
                    )
            }
            is Event.Evaluated ->
                if (event.split() == Split.DEV) {
                    val score = metric.value(event).takeUnless(Double::isNaN)
                    score?.let { synchronized(losses) { scores += Dot(event.forwards().toDouble(), it) } }
                    state.value = state.value.evaluated(score, event.seconds())
                }
            is Event.Measured -> synchronized(losses) { readings += event }
            is Event.Started -> {
                plans[whole(event.folder())] = plan
                state.value = state.value.copy(read = event.recorded())
            }
            is Event.Ended -> Unit
        }
    }

    private inner class Shown : View {
        override val line: String get() = state.value.toString()

        override val share: Double get() = state.value.let { it.step.toDouble() / maxOf(it.steps, 1) }

        override fun figure(): Pair<Figure, String>? =
            synchronized(losses) {
                Curve(plan.name(), losses.toList(), scores.toList(), Curve.readings(readings), metric, plan.isExact())
            }.takeUnless(Curve::isEmpty)?.let { Figures.of(listOf(it)) to it.label }
    }

    public companion object {
        /** The plans that this process ran, by the run's folder. */
        private val plans = ConcurrentHashMap<Path, Plan>()

        internal fun plan(folder: Path): Plan? = plans[whole(folder)]

        private fun whole(folder: Path) = folder.toAbsolutePath().normalize()

        /** The active run, if there is one. */
        public val current: Running? get() = Work.current as? Running

        internal fun start(
            plan: Plan,
            background: Boolean,
            screen: Screen? = Screen.opener?.invoke(),
        ): Running {
            val running = Running(plan)
            running.ended.invokeOnCompletion { if (it is CancellationException) running.stop() }
            running.work.start(running.Shown(), screen) { it?.takeIf { background } }
            return running
        }
    }
}
