package org.zolab.dsl

import org.jetbrains.letsPlot.Figure
import org.zolab.dsl.Curve.Dot
import org.zolab.train.Home
import org.zolab.train.Run
import org.zolab.train.SavedRun
import java.nio.file.Path

/** Training loss and dev accuracy over forward passes, as a Lets-Plot figure. */
public fun Run.figure(): Figure = Figures.of(listOf(curve()))

/** What came of the run, in one line. */
public val Run.summary: String get() = summary()

/**
 * Sets runs side by side: their losses and accuracies over the forward passes they spent, a colour each.
 *
 * Forward passes are what a zeroth-order method pays with, so that is what the horizontal axis counts, not steps.
 */
public fun compare(vararg runs: Run): Comparison = compare(runs.toList())

/** Sets the runs of a [sweep] side by side. */
public fun compare(runs: List<Run>): Comparison = Comparison(runs)

/**
 * Earlier runs of this clone, oldest first, as their folders tell them: settings, losses and evaluations.
 *
 * ```
 * runs().filter { it.settings()["task"] == "apidocs" }
 * compare(runs().takeLast(2))
 * runs().dropLast(10).forEach { it.delete() }     // checkpoints and ledgers, all but those of the last ten
 * ```
 *
 * @param folder where to look: by default where runs go that name no folder
 */
public fun runs(folder: Path = Home.runs()): List<SavedRun> = Listed(SavedRun.all(folder))

/**
 * The run itself, as [zo] returned it: its model where it was best, its predictions, what it saves.
 *
 * ```
 * val run = runs().last().reopen()                                        // the kernel that ran it still knows its plan
 * val run = runs().last().reopen { sampler = mezo(); model = opt("nano") }   // another one is given the block again
 * ```
 *
 * Nothing is computed: steps and evaluations come from the run's folder, without what instruments read.
 *
 * @param block what was run, where this kernel has not run it
 * @throws ZoException if the plan is not known, or another one than the folder's
 */
public fun SavedRun.reopen(block: (Zo.() -> Unit)? = null): Run {
    val plan =
        block?.let(::plan) ?: Running.plan(folder())
            ?: throw ZoException(
                "this kernel has not run ${name()}, and ${folder()} tells its plan in words only\n" +
                    "  give its block again, as in reopen { sampler = mezo(); … }",
            )
    return try {
        opened(plan)
    } catch (e: IllegalArgumentException) {
        throw ZoException(e.message.orEmpty())
    }
}

/** Sets earlier runs side by side: their losses and accuracies, as a Lets-Plot figure, and under it what keeps their losses from being compared. */
public fun compare(runs: List<SavedRun>): Figure {
    if (runs.isEmpty()) throw ZoException("compare has no run: is there one in runs()?")
    val settings = runs.map { it.settings() }
    val labels = Labels.of(runs.zip(settings) { run, of -> run.name() to of })
    return Figures.of(runs.zip(labels) { run, label -> run.curve().copy(label = label) }, Labels.unlike(settings))
}

internal fun SavedRun.curve(): Curve =
    Curve(
        name(),
        steps().zip(forwards().asList()) { step, spent -> Dot(spent.toDouble(), step.losses().average()) },
        Curve.scores(dev(), metric()),
        metric = metric(),
    )

/** Runs side by side: in a notebook a figure, elsewhere a line for each. */
public class Comparison internal constructor(
    /** What is compared. */
    public val runs: List<Run>,
) {
    init {
        if (runs.isEmpty()) throw ZoException("compare has no run: write compare(first, second)")
    }

    private val settings = runs.map { it.plan().settings() }

    /** What the runs are called: their names, and if these are alike the settings in which they differ. */
    internal val labels: List<String> = Labels.of(runs.zip(settings) { run, of -> run.plan().name() to of })

    /** What keeps their losses from being compared, if anything does. */
    internal val warning: String? = Labels.unlike(settings)

    /** The losses and accuracies of all runs, as a Lets-Plot figure. */
    public fun figure(): Figure =
        Figures.of(runs.zip(labels) { run, label -> run.curve().copy(label = label) }, warning)

    override fun toString(): String =
        (
            runs.zip(labels) { run, label -> label + run.summary().removePrefix(run.plan().name()) } +
                listOfNotNull(warning)
        ).joinToString("\n")
}

internal fun Run.curve(): Curve =
    Curve(
        plan().name(),
        steps().map { Dot(it.forwards().toDouble(), it.loss()) },
        Curve.scores(dev(), plan().subject().metric()),
        Curve.readings(readings()),
        plan().subject().metric(),
    )
