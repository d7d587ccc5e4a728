package org.zolab.dsl

import org.zolab.model.ModelSource
import org.zolab.model.Subset
import org.zolab.space.Problems
import org.zolab.task.Task
import org.zolab.tensor.Device
import org.zolab.train.Baselines
import org.zolab.train.LanguageSubject

/**
 * What a model and a task give without tuning, on dev and test: the most frequent answer, the model as it is, and a linear probe on
 * its hidden states, whose strength is chosen on dev.
 *
 * ```
 * baselines(opt("nano"), apidocs())
 * baselines(opt("1.3b"), demonstrations(8, sst2()))      // untuned is in context then
 * ```
 *
 * The most frequent answer and the probe are of tasks of classes. Cost: one forward pass over dev and test, and for the probe
 * another one over all splits; no step is taken.
 *
 * @param devExamples how many examples of dev are looked at, at most
 * @param testExamples of test; 0 for none
 * @param device where the model is: the processor, or a [gpu]
 * @throws ZoException if anything is wrong with what is given, or something else runs
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
                LanguageSubject.Loss.of(examples.kind()),
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
