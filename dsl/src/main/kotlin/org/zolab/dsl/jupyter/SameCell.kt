package org.zolab.dsl.jupyter

import org.jetbrains.kotlinx.jupyter.api.KotlinKernelHost
import java.lang.reflect.Field
import java.lang.reflect.InvocationTargetException
import java.lang.reflect.Proxy

/**
 * Lets the literal form work in the very cell that says `%use zo`.
 *
 * A kernel runs the preprocessors on a cell's code before it loads the libraries which that cell asks for, so a library's
 * own preprocessor comes one cell late. What still comes is the evaluation: the kernel's evaluator is wrapped, so that it
 * rewrites the code it is given, once. A kernel whose insides look otherwise is left as it is; there, the literal form
 * starts with the next cell.
 */
internal object SameCell {
    fun rewriteIn(host: KotlinKernelHost) {
        try {
            val context = valueOf(host, "SharedReplContext") ?: return
            wrapEvaluator(context)
        } catch (_: ReflectiveOperationException) {
            return
        } catch (_: RuntimeException) {
            return // InaccessibleObjectException, or an evaluator that is no interface
        }
    }

    private fun wrapEvaluator(context: Any) {
        val field = field(context, "InternalEvaluator") ?: return
        val evaluator = field.get(context)
        if (Proxy.isProxyClass(evaluator.javaClass)) return
        val wrapped =
            Proxy.newProxyInstance(field.type.classLoader, arrayOf(field.type)) { _, method, given ->
                val arguments = given ?: arrayOf()
                val code = arguments.firstOrNull()
                if (method.name == "eval" && code is String) {
                    arguments[0] = AngleBlocks.rewrite(code)
                    if (arguments[0] != code) field.set(context, evaluator)
                }
                try {
                    method.invoke(evaluator, *arguments)
                } catch (e: InvocationTargetException) {
                    throw e.targetException
                }
            }
        field.set(context, wrapped)
    }

    private fun valueOf(
        owner: Any,
        type: String,
    ): Any? = field(owner, type)?.get(owner)

    private fun field(
        owner: Any,
        type: String,
    ): Field? =
        owner.javaClass.declaredFields
            .firstOrNull { it.type.simpleName == type }
            ?.apply { isAccessible = true }
}
