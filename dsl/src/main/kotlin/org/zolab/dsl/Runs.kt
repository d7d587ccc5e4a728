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
 * ```
 *
 * @param folder where to look: by default where runs go that name no folder
 */
public fun runs(folder: Path = Home.runs()): List<SavedRun> = SavedRun.all(folder)

/** Sets earlier runs side by side: their losses and accuracies, as a Lets-Plot figure. */
public fun compare(runs: List<SavedRun>): Figure {
    if (runs.isEmpty()) throw ZoException("compare has no run: is there one in runs()?")
    return Figures.of(runs.map(SavedRun::curve))
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

    /** The losses and accuracies of all runs, as a Lets-Plot figure. */
    public fun figure(): Figure = Figures.of(runs.map(Run::curve))

    override fun toString(): String = runs.joinToString("\n") { it.summary() }
}

internal fun Run.curve(): Curve =
    Curve(
        plan().name(),
        steps().map { Dot(it.forwards().toDouble(), it.loss()) },
        Curve.scores(dev(), plan().subject().metric()),
        Curve.readings(readings()),
        plan().subject().metric(),
    )
