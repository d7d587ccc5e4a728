package org.zolab.dsl

import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import org.zolab.dsl.Curve.Dot
import org.zolab.task.Split
import org.zolab.train.Event
import org.zolab.train.FineTuner
import org.zolab.train.Plan
import org.zolab.train.Run
import java.io.UncheckedIOException
import java.util.concurrent.atomic.AtomicReference
import kotlin.concurrent.thread

/**
 * A run that is going on, on a thread of its own.
 *
 * ```
 * val going = zoAsync { sampler = mezo(); model = opt("nano") }
 * going.progress.value     // at any time
 * going.await()            // the Run, once it is done
 * ```
 */
public class Running private constructor(
    /** What runs. */
    public val plan: Plan,
    private val background: Boolean,
) {
    private val tuner = FineTuner(plan)
    private val state = MutableStateFlow(Progress(0, plan.steps()))
    private val ended = CompletableDeferred<Run>()
    private val losses = ArrayList<Dot>()
    private val accuracies = ArrayList<Dot>()
    private val readings = ArrayList<Event.Measured>()

    @Volatile
    private var run: Run? = null

    @Volatile
    private var failure: Throwable? = null

    private val worker = thread(start = false, isDaemon = true, name = "zo") { work() }

    @Volatile
    private var painter: Thread? = null

    /** How far it is, now and as it goes. */
    public val progress: StateFlow<Progress> get() = state.asStateFlow()

    /** The run to come. Cancelling it stops the run. */
    public val result: Deferred<Run> get() = ended

    /** Whether it was told to end before its time. */
    @Volatile
    internal var stopped = false

    /** Ends the run within one forward pass; [await] then gives what there is of it. */
    public fun stop() {
        stopped = true
        tuner.stop()
    }

    /**
     * Waits for the run. Interrupting the cell, or this thread, is [stop]: the run so far is returned.
     * A second interrupt, a second or more after the first, gives up waiting.
     */
    public fun await(): Run {
        Patience.wait(::busy, ::stop)
        return run ?: throw told(failure)
    }

    private fun busy(): Thread? = if (worker.isAlive) worker else painter?.takeIf { it.isAlive }

    /** The run so far, as a figure draws it. */
    internal fun curve(): Curve =
        synchronized(losses) {
            Curve(plan.name(), losses.toList(), accuracies.toList(), Curve.readings(readings))
        }

    /** How the plan is called in a sentence. */
    override fun toString(): String = "${plan.name()} on ${plan.subject().name()}: ${state.value}"

    private fun work() {
        try {
            run = tuner.run(::heard)
        } catch (e: Throwable) {
            failure = e
        }
        going.compareAndSet(this, null)
        state.value = state.value.copy(finished = true)
        run?.let(ended::complete) ?: ended.completeExceptionally(told(failure))
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
                    val accuracy = event.accuracy().takeUnless(Double::isNaN)
                    accuracy?.let { synchronized(losses) { accuracies += Dot(event.forwards().toDouble(), it) } }
                    state.value = state.value.evaluated(accuracy, event.seconds())
                }
            is Event.Measured -> synchronized(losses) { readings += event }
            is Event.Started, is Event.Ended -> Unit
        }
    }

    /** Shows the run until it ends, at most every quarter of a second. */
    private fun show(screen: Screen) {
        screen.open(this)
        painter =
            thread(isDaemon = true, name = "zo-screen") {
                while (worker.isAlive) {
                    worker.join(Screen.PACE)
                    if (worker.isAlive) screen.update(this)
                }
                screen.close(this, run?.takeIf { background })
            }
    }

    public companion object {
        /** How many frames of an unexpected exception are kept. */
        private const val FRAMES = 6

        private val going = AtomicReference<Running?>()

        /** Opens a screen for a run; null where there is no notebook. */
        @Volatile
        internal var screens: (() -> Screen)? = null

        /** The run that is going on, if one is. */
        public val current: Running? get() = going.get()

        internal fun start(
            plan: Plan,
            background: Boolean,
            screen: Screen? = screens?.invoke(),
        ): Running {
            val running = Running(plan, background)
            going.compareAndExchange(null, running)?.let { throw busy(it) }
            running.ended.invokeOnCompletion { running.stop() }
            running.worker.start()
            screen?.let(running::show)
            return running
        }

        private fun busy(other: Running) =
            ZoException(
                "another run is going on ($other)\n" +
                    "  two at once would share the cores; wait for it with Running.current?.await() " +
                    "or end it with Running.current?.stop()",
            )

        /** What the engine refuses is told in its own words; what is broken, with the few frames that say where. */
        private fun told(failure: Throwable?): ZoException {
            if (failure is ZoException) return failure
            if (failure == null) return ZoException("the run ended without a result")
            val foreign = failure.stackTrace.takeWhile { !it.className.startsWith("org.zolab.") }
            if (foreign.isEmpty() && failure.isForPeople()) return ZoException(failure.message ?: "$failure")
            failure.stackTrace = foreign.ifEmpty { failure.stackTrace.toList() }.take(FRAMES).toTypedArray()
            return ZoException(
                if (foreign.isEmpty()) "the engine failed: $failure" else "the run failed: $failure",
                failure,
            )
        }

        private fun Throwable.isForPeople() =
            this is IllegalArgumentException || this is IllegalStateException || this is UncheckedIOException
    }
}

/** Where a run is shown while it goes. */
internal interface Screen {
    /** Called once, on the thread of the cell. */
    fun open(running: Running)

    /** Called again and again, [PACE] milliseconds apart at least. */
    fun update(running: Running)

    /** Called once, at the end. [run] is given where no cell will show it. */
    fun close(
        running: Running,
        run: Run?,
    )

    companion object {
        /** Milliseconds between two updates, at least. */
        const val PACE = 250L
    }
}

/** One display for many runs, one after the other. */
internal class OneScreen(
    private val screen: Screen,
    private val runs: Int,
) : Screen {
    private var begun = 0

    override fun open(running: Running) {
        if (begun++ == 0) screen.open(running) else screen.update(running)
    }

    override fun update(running: Running) = screen.update(running)

    override fun close(
        running: Running,
        run: Run?,
    ) {
        if (begun == runs || running.stopped) screen.close(running, run) else screen.update(running)
    }
}
