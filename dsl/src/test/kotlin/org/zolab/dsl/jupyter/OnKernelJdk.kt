package org.zolab.dsl.jupyter

import org.junit.jupiter.api.extension.ConditionEvaluationResult
import org.junit.jupiter.api.extension.ExecutionCondition
import org.junit.jupiter.api.extension.ExtendWith
import org.junit.jupiter.api.extension.ExtensionContext

/** A test that needs the kernel inside this JVM; the kernel of Maven Central compiles for JDK 19 at the newest. */
@Target(AnnotationTarget.CLASS)
@ExtendWith(OnKernelJdk.Condition::class)
internal annotation class OnKernelJdk {
    class Condition : ExecutionCondition {
        override fun evaluateExecutionCondition(context: ExtensionContext): ConditionEvaluationResult {
            val jdk = Runtime.version().feature()
            val newest = 19
            if (jdk <= newest) return ConditionEvaluationResult.enabled("JDK $jdk")
            val reason = "the kernel of these tests runs on JDK 17 to $newest, this is $jdk"
            println("skipped ${context.requiredTestClass.simpleName}: $reason; ./zo test runs the real kernel on it")
            return ConditionEvaluationResult.disabled(reason)
        }
    }
}
