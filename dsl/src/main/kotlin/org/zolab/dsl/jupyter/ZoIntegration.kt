package org.zolab.dsl.jupyter

import org.jetbrains.kotlinx.jupyter.api.FieldValue
import org.jetbrains.kotlinx.jupyter.api.Notebook
import org.jetbrains.kotlinx.jupyter.api.RendererHandler
import org.jetbrains.kotlinx.jupyter.api.ResultHandlerExecution
import org.jetbrains.kotlinx.jupyter.api.libraries.JupyterIntegration
import org.jetbrains.letsPlot.Figure
import org.zolab.dsl.Columns
import org.zolab.dsl.Comparison
import org.zolab.dsl.Image
import org.zolab.dsl.Screen
import org.zolab.dsl.Table
import org.zolab.dsl.Work
import org.zolab.objective.Prediction
import org.zolab.train.AblationResult
import org.zolab.train.Baselines
import org.zolab.train.Event
import org.zolab.train.LearningRateSearch
import org.zolab.train.Plan
import org.zolab.train.Run
import org.zolab.train.SavedRun
import org.zolab.train.Trial
import java.util.Optional

/** What `%use zo` adds to a notebook: imports, the literal form of blocks, live displays, and renderers for values. */
public class ZoIntegration(
    private val notebook: Notebook,
) : JupyterIntegration() {
    private val sameCell = SameCell()

    override fun Builder.onLoaded() {
        for (part in OWN) import("org.zolab.$part.*")
        for (part in PLOT) import("org.jetbrains.letsPlot.$part*")
        onLoaded {
            Screen.opener = { LiveScreen(this) }
            sameCell.begin(notebook.currentCell?.code, this)
        }
        beforeCellExecution { sameCell.end() }
        preprocessCode { AngleBlocks.checked(it) }
        onInterrupt { Work.stop() }
        onShutdown { Work.stop() }
        render<Run> { Bundles.of(it) }
        render<Comparison> { Bundles.of(it) }
        render<Columns> { Bundles.of(it) }
        render<Baselines> { Bundles.of(it) }
        render<LearningRateSearch> { Bundles.of(it) }
        render<AblationResult> { Bundles.of(it) }
        render<Plan> { Bundles.of(it) }
        render<Table> { Bundles.of(it) }
        addRenderer(Several { Bundles.ofPredictions(any<Prediction>(it) ?: return@Several null) })
        addRenderer(Several { Bundles.ofEvaluations(any<Event.Evaluated>(it) ?: return@Several null) })
        addRenderer(Several { Bundles.ofSteps(any<Event.Stepped>(it) ?: return@Several null) })
        addRenderer(Several { Bundles.ofReadings(any<Event.Measured>(it) ?: return@Several null) })
        addRenderer(Several { Bundles.ofTrials(several<Trial>(it) ?: return@Several null) })
        addRenderer(Several { Bundles.ofSaved(several<SavedRun>(it) ?: return@Several null) })
        addRenderer(Several { Bundles.of(Comparison(several<Run>(it) ?: return@Several null)) })
        render<Figure> { Bundles.of(it, Image.title(it), "") }
    }

    /** Renders values by their contents, which the type does not show: [show] returns null for anything else. */
    private class Several(
        private val show: (Any?) -> Any?,
    ) : RendererHandler {
        override fun accepts(value: Any?): Boolean = show(value) != null

        override val execution = ResultHandlerExecution { _, result -> FieldValue(show(result.value), null) }

        override fun replaceVariables(mapping: Map<String, String>): RendererHandler = this
    }

    private companion object {
        /** A single value of type [T], or [several]. */
        inline fun <reified T> any(value: Any?): List<T>? = several(if (value is T) listOf(value) else value)

        /** The elements of a non-empty list or optional, if all are of type [T]; otherwise null. */
        inline fun <reified T> several(value: Any?): List<T>? {
            val all = if (value is Optional<*> && value.isPresent) listOf(value.get()) else value as? List<*>
            return all?.filterIsInstance<T>()?.takeIf { it.isNotEmpty() && it.size == all.size }
        }

        /** The packages of ZoLab for cells and custom parts. */
        val OWN = listOf("dsl", "sampler", "space", "probe", "estimator", "update")

        /** The packages of Lets-Plot, for custom figures. */
        val PLOT = listOf("", "geom.", "stat.", "label.", "scale.", "themes.", "pos.", "coord.", "facet.")
    }
}
