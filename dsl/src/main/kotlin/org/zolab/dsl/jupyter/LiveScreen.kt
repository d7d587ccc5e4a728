package org.zolab.dsl.jupyter

import org.jetbrains.kotlinx.jupyter.api.KotlinKernelHost
import org.jetbrains.kotlinx.jupyter.api.htmlResult
import org.zolab.dsl.Progress
import org.zolab.dsl.Running
import org.zolab.dsl.Screen
import org.zolab.train.Run
import java.util.UUID

/** The output of a cell, replaced again and again while a run goes, and by one line at its end. */
internal class LiveScreen(
    private val host: KotlinKernelHost,
) : Screen {
    private val id = "zo-" + UUID.randomUUID()

    override fun open(running: Running) = host.display(frame(running), id)

    override fun update(running: Running) = host.updateDisplay(frame(running), id)

    override fun close(
        running: Running,
        run: Run?,
    ) {
        val last = run?.let(Bundles::of) ?: htmlResult(Html.note(running.progress.value.toString()))
        host.updateDisplay(last, id)
    }

    private fun frame(running: Running) =
        running.progress.value.let { htmlResult(Html.bar(it) + Html.figure(running.curve())) }
}
