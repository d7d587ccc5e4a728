package org.zolab.dsl

import org.zolab.model.ModelSource
import org.zolab.model.Subset
import org.zolab.space.Problems
import org.zolab.task.Task
import org.zolab.tensor.Device
import org.zolab.train.Baselines
import org.zolab.train.LanguageSubject
import org.zolab.train.Loss

/**
 * The dev and test scores that need no tuning: those of the most frequent answer, of the untuned model, and of a linear
 * probe on the model's hidden states, whose regularisation strength is chosen on dev.
 *
 * ```
 * baselines(opt("nano"), apidocs())
 * baselines(opt("1.3b"), demonstrations(8, sst2()))      // "untuned" is in-context learning here
 * ```
 *
 * The most frequent answer and the probe exist for classification tasks only. Cost: one forward pass over dev and test,
 * and for the probe another one over all splits; no training step.
 *
 * @param devExamples the most dev examples that are scored
 * @param testExamples the most test examples that are scored; 0 for none
 * @param device where the model is: the CPU, or a [gpu]
 * @throws ZoException if the arguments have problems, or if other work is active
 */
public fun baselines(
    model: Part<ModelSource>,
    task: Part<Task>,
    devExamples: Int = 500,
    testExamples: Int = 1000,
    device: Part<Device>? = null,
): Baselines {
    val problems = Problems()
    val source = problems.get(model.build)
    val examples = problems.get(task.build)
    val compute = problems.get { device.compute().also { it.device().gpu() } }
    val subject =
        if (source == null || examples == null || compute == null) {
            null
        } else {
            LanguageSubject(
                source,
                Subset.Full(),
                examples,
                Loss.of(examples.kind()),
                1,
                devExamples,
                testExamples,
                0,
                compute,
            ).apply { check(problems) }
        }
    if (problems.list().isNotEmpty()) {
        throw ZoException("there are no baselines:\n" + problems.list().joinToString("\n").prependIndent("  "))
    }
    return counted(Count("baselines of $model")) { Baselines.of(subject!!, it.stop) }
}
