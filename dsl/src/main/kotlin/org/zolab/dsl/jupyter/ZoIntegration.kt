package org.zolab.dsl.jupyter

import org.jetbrains.kotlinx.jupyter.api.Notebook
import org.jetbrains.kotlinx.jupyter.api.libraries.JupyterIntegration
import org.jetbrains.letsPlot.Figure
import org.zolab.dsl.Comparison
import org.zolab.dsl.Image
import org.zolab.dsl.Listed
import org.zolab.dsl.Screen
import org.zolab.dsl.Table
import org.zolab.dsl.Work
import org.zolab.train.AblationResult
import org.zolab.train.Plan
import org.zolab.train.Run

/** What `%use zo` gives a notebook: the imports, the literal form of a block, live displays, and how values are shown. */
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
        preprocessCode { AngleBlocks.rewrite(it) }
        onInterrupt { Work.stop() }
        onShutdown { Work.stop() }
        render<Run> { Bundles.of(it) }
        render<Comparison> { Bundles.of(it) }
        render<Listed<*>> { Bundles.of(it) }
        render<AblationResult> { Bundles.of(it) }
        render<Plan> { Bundles.of(it) }
        render<Table> { Bundles.of(it) }
        render<Figure> { Bundles.of(it, Image.title(it), "") }
    }

    private companion object {
        /** The packages of ZoLab for cells, and for parts of one's own. */
        val OWN = listOf("dsl", "sampler", "space", "probe", "estimator", "update")

        /** The packages of Lets-Plot, for figures of one's own. */
        val PLOT = listOf("", "geom.", "stat.", "label.", "scale.", "themes.", "pos.", "coord.", "facet.")
    }
}
