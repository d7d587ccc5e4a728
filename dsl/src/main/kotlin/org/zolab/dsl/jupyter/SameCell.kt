package org.zolab.dsl.jupyter

import org.jetbrains.kotlinx.jupyter.api.KotlinKernelHost
import org.zolab.dsl.ZoException
import java.lang.reflect.Field
import java.lang.reflect.InvocationTargetException
import java.lang.reflect.Proxy

/**
 * Lets the literal form work in the very cell that says `%use zo`.
 *
 * A kernel preprocesses a cell before it loads the libraries that the cell asks for, so a library's own preprocessor comes
 * one cell late. What still comes is the evaluation: for this one cell the kernel's evaluator is wrapped, and rewrites the
 * code it is given. A kernel whose insides look otherwise is left as it is; there the literal form starts with the next cell.
 */
internal class SameCell {
    private var restore: () -> Unit = {}

    /** [code] is what was typed in the cell that loads the library, if the kernel tells; it is left alone without a block. */
    fun begin(
        code: String?,
        host: KotlinKernelHost,
    ) {
        if (code != null && AngleBlocks.checked(code) == code) return
        try {
            val context = field(host, "SharedReplContext")?.get(host) ?: return
            field(context, "InternalEvaluator")?.let { wrap(context, it) }
        } catch (_: ReflectiveOperationException) {
            return
        } catch (_: RuntimeException) {
            return // the kernel keeps its fields to itself, or its evaluator is no interface
        }
    }

    /** The cell is over. */
    fun end() {
        restore()
        restore = {}
    }

    private fun wrap(
        context: Any,
        field: Field,
    ) {
        val evaluator = field.get(context)
        val wrapped =
            Proxy.newProxyInstance(field.type.classLoader, arrayOf(field.type)) { _, method, given ->
                val arguments = given ?: arrayOf()
                val code = arguments.firstOrNull()
                if (method.name == "eval" && code is String) arguments[0] = AngleBlocks.checked(code)
                try {
                    method.invoke(evaluator, *arguments)
                } catch (e: InvocationTargetException) {
                    throw unchecked(e.targetException)
                }
            }
        field.set(context, wrapped)
        restore = { field.set(context, evaluator) }
    }

    /** A proxy lets no checked exception through, which the kernel's own are. */
    private fun unchecked(e: Throwable): Throwable =
        if (e is RuntimeException || e is Error) e else ZoException(e.message ?: "$e")

    private fun field(
        owner: Any,
        type: String,
    ): Field? =
        owner.javaClass.declaredFields
            .firstOrNull { it.type.simpleName == type }
            ?.apply { isAccessible = true }
}
