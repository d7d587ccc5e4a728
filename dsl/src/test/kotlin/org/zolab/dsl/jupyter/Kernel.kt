package org.zolab.dsl.jupyter

import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.jsonObject
import org.jetbrains.kotlinx.jupyter.EvalRequestData
import org.jetbrains.kotlinx.jupyter.api.DisplayResult
import org.jetbrains.kotlinx.jupyter.api.libraries.ExecutionHost
import org.jetbrains.kotlinx.jupyter.api.libraries.LibraryDefinition
import org.jetbrains.kotlinx.jupyter.api.libraries.LibraryReference
import org.jetbrains.kotlinx.jupyter.api.libraries.Variable
import org.jetbrains.kotlinx.jupyter.api.libraries.libraryDefinition
import org.jetbrains.kotlinx.jupyter.libraries.EmptyResolutionInfoProvider
import org.jetbrains.kotlinx.jupyter.libraries.LibraryResolver
import org.jetbrains.kotlinx.jupyter.messaging.DisplayHandler
import org.jetbrains.kotlinx.jupyter.repl.EvalResultEx
import org.jetbrains.kotlinx.jupyter.repl.creating.createRepl
import java.util.concurrent.CopyOnWriteArrayList
import kotlin.script.experimental.jvm.util.classpathFromClassloader

/** A Kotlin notebook kernel inside this JVM, and all that it was told to display. */
internal class Kernel {
    /** One output: its display id, and its text by MIME type. */
    data class Output(
        val id: String?,
        val data: Map<String, String>,
    )

    /** Outputs that were new, in order. */
    val displays = CopyOnWriteArrayList<Output>()

    /** Outputs that replaced an earlier one, in order. */
    val updates = CopyOnWriteArrayList<Output>()
    private var cells = 0

    private val repl =
        createRepl(
            EmptyResolutionInfoProvider,
            classpathFromClassloader(Kernel::class.java.classLoader).orEmpty(),
            null,
            libraryResolver = resolver,
            displayHandler = Recorder(),
            isEmbedded = true,
        )

    /** Runs a cell; throws what the kernel throws. */
    fun run(code: String): EvalResultEx = repl.evalEx(EvalRequestData(code, ++cells, true, false))

    /** Runs a cell, and gives its output by MIME type. */
    fun output(code: String): Map<String, String> = data(run(code).displayValue)

    private inner class Recorder : DisplayHandler {
        override fun handleDisplay(
            value: Any,
            host: ExecutionHost,
            id: String?,
        ) {
            displays += Output(id, data(value))
        }

        override fun handleUpdate(
            value: Any,
            host: ExecutionHost,
            id: String?,
        ) {
            updates += Output(id, data(value))
        }
    }

    companion object {
        /** `%use zo` here: the library is on the class path already, and is found as soon as a line of it has run. */
        private val resolver =
            object : LibraryResolver {
                override fun resolve(
                    reference: LibraryReference,
                    arguments: List<Variable>,
                ): LibraryDefinition? =
                    libraryDefinition { library -> library.init = listOf({ execute("Unit") }) }
                        .takeIf { reference.name == "zo" }
            }

        private fun data(value: Any?): Map<String, String> =
            (value as? DisplayResult)
                ?.toJson(JsonObject(emptyMap()), null)
                ?.get("data")
                ?.jsonObject
                ?.mapValues { (it.value as JsonPrimitive).content }
                .orEmpty()
    }
}
