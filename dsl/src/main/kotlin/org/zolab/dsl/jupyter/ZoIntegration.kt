package org.zolab.dsl.jupyter

import org.jetbrains.kotlinx.jupyter.api.libraries.JupyterIntegration

/** What `%use zo` gives a notebook. */
public class ZoIntegration : JupyterIntegration() {
    override fun Builder.onLoaded() {
        import("org.zolab.dsl.*")
        preprocessCode { AngleBlocks.rewrite(it) }
    }
}
