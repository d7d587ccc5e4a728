package org.zolab.dsl.jupyter

import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonObject
import org.jetbrains.kotlinx.jupyter.EvalRequestData
import org.jetbrains.kotlinx.jupyter.api.libraries.ExecutionHost
import org.jetbrains.kotlinx.jupyter.libraries.EmptyResolutionInfoProvider
import org.jetbrains.kotlinx.jupyter.messaging.DisplayHandler
import org.jetbrains.kotlinx.jupyter.repl.EvalResultEx
import org.jetbrains.kotlinx.jupyter.repl.creating.createRepl
import java.util.concurrent.CopyOnWriteArrayList
import kotlin.script.experimental.jvm.util.classpathFromClassloader

/** A Kotlin notebook kernel inside this JVM, and what it was told to display. */
internal class Kernel {
    class Frame(
        val id: String?,
        val data: Map<String, String>,
    )

    val displays = CopyOnWriteArrayList<Frame>()
    val updates = CopyOnWriteArrayList<Frame>()
    private var cells = 0

    private val handler =
        object : DisplayHandler {
            override fun handleDisplay(
                value: Any,
                host: ExecutionHost,
                id: String?,
            ) {
                displays += Frame(id, mimeOf(value))
            }

            override fun handleUpdate(
                value: Any,
                host: ExecutionHost,
                id: String?,
            ) {
                updates += Frame(id, mimeOf(value))
            }
        }

    private val repl =
        createRepl(
            EmptyResolutionInfoProvider,
            classpathFromClassloader(Kernel::class.java.classLoader).orEmpty(),
            null,
            displayHandler = handler,
            isEmbedded = true,
        )

    /** Runs a cell; throws what the cell throws. */
    fun run(code: String): EvalResultEx = repl.evalEx(EvalRequestData(code, ++cells, true, false))

    companion object {
        fun mimeOf(value: Any?): Map<String, String> =
            (value as? org.jetbrains.kotlinx.jupyter.api.DisplayResult)
                ?.toJson(JsonObject(emptyMap()), null)
                ?.get("data")
                ?.jsonObject
                ?.mapValues { it.value.toString() }
                .orEmpty()
    }
}
