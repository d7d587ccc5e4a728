package org.zolab.dsl.jupyter

import org.jetbrains.kotlinx.jupyter.api.KotlinKernelHost
import org.zolab.dsl.ZoException
import java.lang.reflect.Field
import java.lang.reflect.InvocationTargetException
import java.lang.reflect.Proxy

/**
 * Makes the literal form work in the same cell as `%use zo`.
 *
 * A kernel preprocesses a cell before it loads the libraries that the cell asks for, so a library's own preprocessor
 * comes one cell too late. The evaluation is still to come, so for this one cell the kernel's evaluator is wrapped to
 * rewrite the code it is given. A kernel with different internals is left unchanged; there the literal form works from
 * the next cell on.
 */
internal class SameCell {
    private var restore: () -> Unit = {}

    /**
     * [code] is the code of the cell that loads the library, if the kernel provides it; without a block in it, nothing
     * is wrapped.
     */
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
            return // the kernel's fields are inaccessible, or its evaluator is not an interface
        }
    }

    /** The cell has ended. */
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

    /** A proxy cannot throw checked exceptions, and the kernel's are checked. */
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
