package org.zolab.dsl

import org.zolab.task.Apidocs
import org.zolab.task.Example
import org.zolab.task.Split
import org.zolab.task.Task

/** The task that comes with ZoLab: which of four Java libraries a sentence of documentation describes. Chance is 25 %. */
public fun apidocs(): Part<Task> = Part("apidocs()") { Apidocs.task() }

/**
 * A task of your own: text, the ways it may go on, and which of them is right.
 *
 * @param name what tables and figures call it
 * @param train what the model is tuned on
 * @param dev what it is judged by while it is tuned
 * @param test what it is judged by once, at the end
 */
public fun task(
    name: String,
    train: List<Example>,
    dev: List<Example>,
    test: List<Example>,
): Part<Task> =
    Part("task(\"$name\")") {
        Given(name, mapOf(Split.TRAIN to train, Split.DEV to dev, Split.TEST to test))
    }

/**
 * One example of a task.
 *
 * @param prompt the text
 * @param options its possible continuations, each with its leading blank
 * @param label which of [options] is right, counted from 0
 */
public fun example(
    prompt: String,
    options: List<String>,
    label: Int,
): Example = Example(prompt, options, label)

private class Given(
    private val name: String,
    private val splits: Map<Split, List<Example>>,
) : Task {
    override fun name(): String = name

    override fun examples(split: Split): List<Example> = splits.getValue(split)
}
