package org.zolab.dsl

import org.jetbrains.letsPlot.Figure
import org.zolab.train.Stop
import java.io.UncheckedIOException
import java.util.Locale
import java.util.concurrent.CancellationException
import java.util.concurrent.atomic.AtomicReference
import kotlin.concurrent.thread

/** What can be seen of work that goes on. */
internal interface View {
    /** How far it is, in a line. */
    val line: String

    /** How much of it is done, from 0 to 1. */
    val share: Double

    /** What there is to draw of it, if there is something, and what that is. */
    fun figure(): Pair<Figure, String>?
}

/** What can be seen of work that is counted: a line, and nothing to draw. Without [of] it is only timed. */
internal class Count(
    private val what: String,
    private val unit: String = "",
    private val of: Long = 0,
) : View {
    private val began = System.nanoTime()

    @Volatile
    private var done = 0L

    /** Tells it to end. */
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

/** Does work that is counted, and of which nothing comes if it is stopped, as [kept] says then. */
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
 * Work on a thread of its own: one at a time in this process, since two would share the cores and neither would tell its speed. It is shown
 * while it goes, and interrupting the cell that waits for it ends it and not the kernel.
 *
 * @param owner what goes on, for [current] and for sentences about it
 * @param ended called on that thread when it is over, with what came of it or why nothing did
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

    /** Whether somebody gave up waiting for it. */
    @Volatile
    private var left = false

    @Volatile
    private var painter: Thread? = null

    private val worker = thread(start = false, isDaemon = true, name = "zo") { work() }

    /**
     * Starts it, or tells what else goes on. It is shown until it ends, at most every quarter of a second; at the end, [last] of what came of it.
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
     * Waits for it. Interrupting the cell, or this thread, stops it: what there is then is returned.
     * A second interrupt, a second or more after the first, gives up waiting.
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

    /** What the engine refuses is told in its own words; what is broken, with the few frames that say where. */
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
        /** How many frames of an unexpected exception are kept. */
        private const val FRAMES = 6

        private val going = AtomicReference<Work<*>?>()

        /** Whose work goes on, if any does. */
        val current: Any? get() = going.get()?.owner

        /** Ends what goes on. */
        fun stop() {
            going.get()?.stop?.invoke()
        }

        /** The same, with the few frames that say where: those above the engine's, if it was thrown there. */
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

/** Where work is shown while it goes. */
internal interface Screen {
    /** Called once, on the thread of the cell. */
    fun open(view: View)

    /** Called again and again, [PACE] milliseconds apart at least. */
    fun update(view: View)

    /** Called once, at the end. [value] is given where no cell will show it. */
    fun close(
        view: View,
        value: Any?,
    )

    companion object {
        /** Milliseconds between two updates, at least. */
        const val PACE = 250L

        /** Opens a screen; null where there is no notebook. */
        @Volatile
        var opener: (() -> Screen)? = null
    }
}

/** One display for much work, one after the other. */
internal class OneScreen(
    private val screen: Screen,
    private val pieces: Int,
    private val stopped: () -> Boolean,
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
        if (begun == pieces || stopped()) screen.close(view, value) else screen.update(view)
    }
}
