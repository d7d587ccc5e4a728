package org.zolab.dsl.jupyter

import org.jetbrains.kotlinx.jupyter.api.KotlinKernelHost
import org.jetbrains.kotlinx.jupyter.api.htmlResult
import org.zolab.dsl.Screen
import org.zolab.dsl.View
import org.zolab.train.Run
import java.util.UUID

/** The output of a cell, updated repeatedly while work is active, and replaced by its result or one line at the end. */
internal class LiveScreen(
    private val host: KotlinKernelHost,
) : Screen {
    private val id = "zo-" + UUID.randomUUID()

    override fun open(view: View) = host.display(frame(view), id)

    override fun update(view: View) = host.updateDisplay(frame(view), id)

    override fun close(
        view: View,
        value: Any?,
    ) {
        val last = (value as? Run)?.let(Bundles::of) ?: htmlResult(Html.note(view.line))
        host.updateDisplay(last, id)
    }

    private fun frame(view: View) = htmlResult(Html.bar(view) + Html.figure(view))
}
