package org.zolab.dsl

import org.jetbrains.letsPlot.Figure
import org.zolab.train.Stop
import java.io.UncheckedIOException
import java.util.Locale
import java.util.concurrent.CancellationException
import java.util.concurrent.atomic.AtomicReference
import kotlin.concurrent.thread

/** What is visible of active work. */
internal interface View {
    /** Its progress, in one line. */
    val line: String

    /** The completed share, from 0 to 1. */
    val share: Double

    /** A figure of it and the figure's name, if there is something to draw. */
    fun figure(): Pair<Figure, String>?
}

/** The view of work whose progress is a count: one line, and nothing to draw. Without [of] it is only timed. */
internal class Count(
    private val what: String,
    private val unit: String = "",
    private val of: Long = 0,
) : View {
    private val began = System.nanoTime()

    @Volatile
    private var done = 0L

    /** Requests that it ends. */
    val stop = Stop()

    fun done(number: Long) {
        done = number
    }

    override val line: String
        get() =
            listOfNotNull(
                "$this",
                if (of > 0) "%,d of %,d %s".format(Locale.ROOT, done, of, unit) else null,
                Progress.duration((System.nanoTime() - began) / 1e9),
            ).joinToString(" · ")

    override val share: Double get() = if (of > 0) done.toDouble() / of else 0.0

    override fun figure(): Pair<Figure, String>? = null

    override fun toString(): String = what
}

/** Does work whose progress is a count and that has no result if it is stopped; the error then ends with [kept]. */
internal fun <T : Any> counted(
    count: Count,
    kept: String = "nothing is kept of it",
    body: (Count) -> T,
): T {
    val work =
        Work(count, count.stop::ask) {
            try {
                body(count)
            } catch (_: CancellationException) {
                throw ZoException("stopped: $count; $kept")
            }
        }
    return work.start(count).await()
}

/**
 * Work on a separate thread, one piece at a time in this process, since two would share the cores and neither would
 * show its real speed. It is displayed while it is active, and interrupting the cell that waits for it ends the work
 * but not the kernel.
 *
 * @param owner what is being done, for [current] and for messages about it
 * @param stop requests that it ends
 * @param ended called on that thread at the end, with the result or with the reason why there is none
 * @param body the work
 */
internal class Work<T : Any>(
    private val owner: Any,
    private val stop: () -> Unit,
    private val ended: (T?, ZoException?) -> Unit = { _, _ -> },
    private val body: () -> T,
) {
    @Volatile
    private var value: T? = null

    @Volatile
    private var failure: Throwable? = null

    /** Whether a caller gave up waiting for it. */
    @Volatile
    private var left = false

    @Volatile
    private var painter: Thread? = null

    private val worker = thread(start = false, isDaemon = true, name = "zo") { work() }

    /**
     * Starts it, or throws if other work is active. It is displayed until it ends, with at most one update every
     * quarter of a second; at the end, [last] of the result is displayed.
     */
    fun start(
        view: View,
        screen: Screen? = Screen.opener?.invoke(),
        last: (T?) -> Any? = { null },
    ): Work<T> {
        going.compareAndExchange(null, this)?.let {
            throw ZoException(
                "another run is going on (${it.owner})\n" +
                    if (it.left) {
                        "  it was told to stop and does not, since code that it calls does not come back; " +
                            "restart the kernel: what it did is in its folder, and runs() finds it"
                    } else {
                        "  two at once would share the cores; wait for it with Running.current?.await() " +
                            "or end it with Running.current?.stop()"
                    },
            )
        }
        try {
            screen?.open(view)
        } catch (e: Throwable) {
            going.set(null)
            throw e
        }
        worker.start()
        painter = screen?.let { thread(isDaemon = true, name = "zo-screen") { paint(view, it, last) } }
        return this
    }

    private fun paint(
        view: View,
        screen: Screen,
        last: (T?) -> Any?,
    ) {
        while (worker.isAlive) {
            worker.join(Screen.PACE)
            if (worker.isAlive) screen.update(view)
        }
        screen.close(view, last(value))
    }

    /**
     * Waits for the result. Interrupting the cell, or this thread, stops the work, and the partial result is returned.
     * Another interrupt, at least a second later, gives up waiting.
     */
    fun await(): T {
        try {
            Patience.wait(::busy, stop)
        } catch (e: Throwable) {
            left = true
            throw e
        }
        return value ?: throw told()
    }

    private fun busy(): Thread? = if (worker.isAlive) worker else painter?.takeIf { it.isAlive }

    private fun work() {
        try {
            value = body()
        } catch (e: Throwable) {
            failure = e
        }
        going.compareAndSet(this, null)
        ended(value, if (value == null) told() else null)
    }

    /**
     * The engine's refusals keep their message; unexpected failures also keep the few stack frames that show where they
     * occurred.
     */
    private fun told(): ZoException {
        val failure = failure
        if (failure is ZoException) return failure
        if (failure is CancellationException) {
            return ZoException("stopped before it began: $owner; what is here already is kept")
        }
        if (failure == null) return ZoException("the run ended without a result")
        val ours = foreign(failure).isEmpty()
        if (ours && failure.isForPeople()) return ZoException(failure.message ?: "$failure")
        return ZoException(if (ours) "the engine failed: $failure" else "the run failed: $failure", brief(failure))
    }

    companion object {
        /** The number of stack frames that are kept of an unexpected exception. */
        private const val FRAMES = 6

        private val going = AtomicReference<Work<*>?>()

        /** The owner of the active work, if there is any. */
        val current: Any? get() = going.get()?.owner

        /** Ends the active work. */
        fun stop() {
            going.get()?.stop?.invoke()
        }

        /**
         * The same exception with only the few stack frames that show where it occurred: those above the engine's, if
         * there are any.
         */
        fun brief(failure: Throwable): Throwable {
            failure.stackTrace =
                foreign(failure).ifEmpty { failure.stackTrace.toList() }.take(FRAMES).toTypedArray()
            return failure
        }

        private fun foreign(failure: Throwable) =
            failure.stackTrace.takeWhile { !it.className.startsWith("org.zolab.") }

        private fun Throwable.isForPeople() =
            this is IllegalArgumentException || this is IllegalStateException || this is UncheckedIOException
    }
}

/** Where work is displayed while it is active. */
internal interface Screen {
    /** Called once, on the thread of the cell. */
    fun open(view: View)

    /** Called repeatedly, at least [PACE] milliseconds apart. */
    fun update(view: View)

    /** Called once, at the end. [value] is the result if no cell will show it. */
    fun close(
        view: View,
        value: Any?,
    )

    companion object {
        /** The least number of milliseconds between two updates. */
        const val PACE = 250L

        /** Opens a screen; null outside of a notebook. */
        @Volatile
        var opener: (() -> Screen)? = null
    }
}

/**
 * One display for several pieces of work that are done one after the other.
 *
 * @param ends whether the piece that just ended is the last one, because it was stopped or failed
 */
internal class OneScreen(
    private val screen: Screen,
    private val pieces: Int,
    private val ends: () -> Boolean,
) : Screen {
    private var begun = 0

    override fun open(view: View) {
        if (begun++ == 0) screen.open(view) else screen.update(view)
    }

    override fun update(view: View) = screen.update(view)

    override fun close(
        view: View,
        value: Any?,
    ) {
        if (begun == pieces || ends()) screen.close(view, value) else screen.update(view)
    }
}
