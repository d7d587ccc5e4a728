package org.zolab.dsl

import org.jetbrains.letsPlot.Figure
import org.zolab.dsl.Curve.Dot
import org.zolab.train.Ablator
import org.zolab.train.Evaluations
import org.zolab.train.Event
import org.zolab.train.FunctionSubject
import org.zolab.train.Home
import org.zolab.train.Metric
import org.zolab.train.Outcome
import org.zolab.train.Plan
import org.zolab.train.Run
import org.zolab.train.SavedRun
import org.zolab.train.Trial
import java.nio.file.Path
import java.util.Locale
import java.util.Optional

/** Training loss and dev accuracy (or the task's other score) over forward passes, as a Lets-Plot figure. */
public fun Run.figure(): Figure = Figures.of(listOf(curve()))

/**
 * Compares runs, including earlier ones: their losses and accuracies over forward passes, one colour per run, and a
 * table of their results, with the settings in which they differ.
 *
 * The horizontal axis counts forward passes rather than steps, because they are what a zeroth-order method spends.
 *
 * ```
 * compare(first, second)
 * compare(run, runs().last())
 * ```
 */
public fun compare(vararg runs: Evaluations): Comparison = compare(runs.toList())

/** Compares the runs of a [sweep], or earlier [runs]. */
public fun compare(runs: List<Evaluations>): Comparison = Comparison(runs)

/**
 * Earlier runs in this clone, oldest first, read from their folders: settings, losses and evaluations.
 *
 * ```
 * runs().filter { it.settings()["task"] == "apidocs" }
 * compare(runs().takeLast(2))                    // also beside runs of this session: compare(run, runs().last())
 * runs().dropLast(10).forEach { it.delete() }     // checkpoints and ledgers, all but those of the last ten
 * ```
 *
 * @param ablation the name of an ablation, [Ablate.name], whose runs are meant, including those for tuning; they keep no
 *     weights: `compare(runs(ablation = "race").take(5))`
 * @param folder where to look instead. Default: the folder for runs whose block sets no `folder`
 * @throws ZoException if there is no such ablation, or if both are given
 */
public fun runs(
    ablation: String? = null,
    folder: String? = null,
): List<SavedRun> {
    if (ablation != null && folder != null) {
        throw ZoException("ablation and folder are both given, and each says where to look: leave one out")
    }
    val place = if (folder == null) Home.runs() else Path.of(folder)
    return Listed(SavedRun.all(if (ablation == null) place else runsOf(ablation)))
}

private fun runsOf(ablation: String): Path {
    val there =
        ablations
            .toFile()
            .list()
            .orEmpty()
            .sorted()
    if (ablation !in there) {
        val known = there.joinToString().ifEmpty { "none" }
        throw ZoException(
            "there is no ablation of this name: $ablation; $ablations holds $known. " +
                "For runs in a folder: runs(folder = \"$ablation\")",
        )
    }
    return ablations.resolve(ablation).resolve(Ablator.RUNS)
}

/**
 * The run as [zo] returned it, with its best checkpoint's model and predictions, and with everything it can save.
 *
 * ```
 * val run = runs().last().reopen()                                        // in the kernel that ran it
 * val run = runs().last().reopen { sampler = mezo(); model = opt("nano") }   // in another kernel, with the same block
 * ```
 *
 * Nothing is computed: steps and evaluations are read from the run's folder, without instrument readings.
 *
 * @param block the block that was run, needed if another kernel ran it
 * @throws ZoException if the plan is unknown, or is not the one in the run's folder
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

/** Several runs to compare: shown as a figure and a table in a notebook, and elsewhere as one line per run. */
public class Comparison internal constructor(
    /** The runs that are compared. */
    public val runs: List<Evaluations>,
) {
    init {
        if (runs.isEmpty()) {
            throw ZoException("compare has no run: write compare(first, second), or see whether there is one in runs()")
        }
    }

    private val all = runs.map(::shown)
    private val settings = all.map { it.settings }

    /**
     * The runs' labels in a figure: their names and, if these are equal, the settings in which they differ, as far as
     * there is room.
     */
    internal val labels: List<String> = Labels.numbered(Labels.of(all.map { it.name to it.settings }, Labels.SHORT))

    /** Why their losses cannot be compared, if they cannot. */
    internal val warning: String? = Labels.unlike(settings)

    /** The losses and accuracies of all runs, as a Lets-Plot figure. */
    public fun figure(): Figure = Figures.of(all.zip(labels) { run, label -> run.curve.copy(label = label) }, warning)

    /**
     * One row per run: the settings in which the runs differ, the steps and forward passes it took, and its results.
     */
    public fun table(): Table {
        val differing = Labels.differing(settings).filterKeys { it != "learningRate" && it != "steps" }
        val metrics = all.map { it.curve.metric }.distinct()

        fun told(
            metric: Metric,
            evaluated: Optional<Event.Evaluated>,
        ) = evaluated
            .filter { !metric.value(it).isNaN() }
            .map { if (metrics.size == 1) metric.formatted(it) else metric.labelled(it) }
            .orElse(null)
        val word = metrics.singleOrNull()?.label().orEmpty()
        val best = all.map { told(it.curve.metric, it.evaluations.best()) }
        val before = all.map { told(it.curve.metric, it.evaluations.zeroShot()) }
        val after = all.map { told(it.curve.metric, it.evaluations.test()) }
        val tests = before.zip(after) { from, to -> listOfNotNull(from, to).joinToString(" → ").ifEmpty { null } }
        return Table(
            listOf("run" to labels) +
                differing.map { (setting, values) -> setting to values.map { it.ifEmpty { null } } } +
                listOfNotNull(
                    "η" to settings.map { it["learningRate"]?.toDoubleOrNull() },
                    "steps" to all.map { it.steps },
                    "forwards" to all.map { it.forwards },
                    "lowest dev loss" to
                        all.map {
                            it.evaluations
                                .best()
                                .map(Event.Evaluated::loss)
                                .orElse(null)
                        },
                    "at step" to
                        all.map {
                            it.evaluations
                                .best()
                                .map(Event.Evaluated::step)
                                .orElse(null)
                        },
                    ("dev $word there" to best).takeIf { best.any { it != null } },
                    ("test $word" to tests).takeIf { tests.any { it != null } },
                    ("time" to all.map { it.time }).takeIf { all.any { it.time != null } },
                ),
        )
    }

    /** The result of each run in one line, with all settings that distinguish it from others of its name. */
    internal fun lines(): List<String> =
        Labels
            .numbered(Labels.of(all.map { it.name to it.settings }))
            .zip(all) { label, run -> label + run.summary.removePrefix(run.name) }

    override fun toString(): String = (lines() + listOfNotNull(warning)).joinToString("\n")
}

/** A run as a comparison shows it. */
private class Shown(
    val curve: Curve,
    val settings: Map<String, String>,
    val evaluations: Evaluations,
    val steps: Any,
    val forwards: Long,
    val time: String?,
    val summary: String,
) {
    val name get() = curve.label
}

private fun shown(run: Evaluations): Shown =
    when (run) {
        is Run ->
            Shown(
                run.curve(),
                run.plan().settings(),
                run,
                ended(run.steps().size, run.outcome()),
                run.forwards(),
                run.seconds().takeUnless(Double::isNaN)?.let { Progress.duration(Math.rint(it)) }, // as in its summary
                run.summary(),
            )
        is SavedRun ->
            Shown(
                run.curve(),
                run.settings(),
                run,
                ended(run.steps().size, run.outcome()),
                run.forwards().lastOrNull() ?: 0,
                null,
                run.summary(),
            )
        is Trial -> shown(SavedRun.read(run.folder()))
        else -> throw ZoException("compare takes runs, and this is none: $run")
    }

/** The number of steps and, if the run ended early, why. */
private fun ended(
    steps: Int,
    outcome: Outcome,
): Any = if (outcome is Outcome.Completed) steps else "%,d, ${outcome.word()}".format(Locale.ROOT, steps)

/** Earlier runs as a table: their labels, steps, best results and folders. */
internal fun listed(runs: List<SavedRun>): Table =
    Table(
        listOf(
            "run" to Labels.of(runs.map { it.name() to it.settings() }),
            "steps" to runs.map { ended(it.steps().size, it.outcome()) },
            "lowest dev loss" to runs.map { it.best().map(Event.Evaluated::loss).orElse(null) },
            "" to runs.map { run -> run.best().map(run.metric()::labelled).orElse(null) },
            "folder" to runs.map { "${it.folder().fileName}" },
        ),
    )

internal fun SavedRun.curve(): Curve =
    Curve(
        name(),
        steps().zip(forwards().asList()) { step, spent -> Dot(spent.toDouble(), step.losses().average()) },
        Curve.scores(dev(), metric()),
        metric = metric(),
        exact = "function" in settings(),
    )

internal fun Run.curve(): Curve =
    Curve(
        plan().name(),
        steps().map { Dot(it.forwards().toDouble(), it.loss()) },
        Curve.scores(dev(), plan().subject().metric()),
        Curve.readings(readings()),
        plan().subject().metric(),
        plan().isExact(),
    )

/** Whether the loss depends on θ alone, not on a batch. */
internal fun Plan.isExact(): Boolean = subject() is FunctionSubject
