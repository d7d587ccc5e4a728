package org.zolab.dsl

import org.jetbrains.letsPlot.Figure
import org.zolab.diagnose.Machine
import org.zolab.space.Numbers
import org.zolab.space.Problems
import org.zolab.task.Split
import org.zolab.train.Ablation
import org.zolab.train.AblationResult
import org.zolab.train.Ablator
import org.zolab.train.Event
import org.zolab.train.Home
import org.zolab.train.LanguageSubject
import org.zolab.train.Outcome
import org.zolab.train.Trial
import org.zolab.train.Tuning
import java.io.IOException
import java.nio.file.Files
import java.nio.file.Path
import java.time.LocalDateTime
import java.time.format.DateTimeFormatter
import java.util.Locale
import kotlin.reflect.KMutableProperty1

/** A number of forward passes, each over one batch: the unit of all budgets. */
public class Forwards internal constructor(
    internal val number: Long,
) {
    override fun toString(): String = "forwards($number)"
}

/** A budget of [number] forward passes, for [Zo.budget], [Ablate.budget] and [Ablate.tuning]. */
public fun forwards(number: Int): Forwards = Forwards(number.toLong())

/** The same, for more than an [Int] can hold. */
public fun forwards(number: Long): Forwards = Forwards(number)

/**
 * The settings of an ablation: what all arms share, how they differ, and the budget of each.
 *
 * The arms are all combinations of one [arm] (if there are any) and one value of each [vary].
 */
@ZoDsl
public class Ablate internal constructor() {
    private val shared = ArrayList<Zo.() -> Unit>()
    private val arms = ArrayList<Pair<String, Zo.() -> Unit>>()
    private val varied = ArrayList<List<Pair<String, Zo.() -> Unit>>>()
    private val settings = ArrayList<String>()

    /** The seeds of every arm. Default: 1 to 3. */
    public var seeds: Iterable<Number> = 1..3

    /** The forward passes that a run's steps may take. Default: 2,000. */
    public var budget: Forwards = forwards(2000)

    /**
     * The forward passes that each arm may take to find its learning rate, searching up and down from the rate it is
     * given. Each rate costs as much as a run, for each of [tuningSeeds], and at least three are tried. Default: no
     * tuning.
     */
    public var tuning: Forwards? = null

    /** The seeds on which learning rates are compared; none of them may be one of [seeds]. Default: 101. */
    public var tuningSeeds: Iterable<Number> = listOf(101)

    /** The factor between neighbouring learning rates. Default: 2. */
    public var tuningFactor: Double = 2.0

    /** The most dev evaluations of a run after the one before its first step, evenly spaced. Default: 10. */
    public var evaluations: Int = 10

    /** The number of runs that are active at the same time. It does not affect the results. Default: 1. */
    public var atOnce: Int = 1

    /**
     * The ablation's name. Runs and results go to a folder of that name in [ablations]; runs that are already finished
     * there are not run again, and the result says so. A run is identified by its settings, and code from a cell by its
     * behaviour: see [customSampler]. Default: the date and time.
     */
    public var name: String? = null

    /** Settings that all arms share, as in [zo]. */
    public fun each(settings: Zo.() -> Unit) {
        shared += settings
    }

    /** Adds an arm, with the settings in which it differs from the others. */
    public fun arm(
        name: String,
        settings: Zo.() -> Unit,
    ) {
        arms += name to settings
    }

    /** Varies a setting over several values: `vary(Zo::sampler, mezo(), ldsd(lr = 1e-3))`. */
    public fun <T : Any> vary(
        setting: KMutableProperty1<Zo, T?>,
        vararg values: T,
    ) {
        val names =
            if (values.all { it is Part<*> }) {
                Part.brief(
                    values.map { "$it" },
                )
            } else {
                values.map { Numbers.plain("${setting.name} = $it") }
            }
        settings += setting.name
        varied += names.zip(values) { name, value -> name to { setting.set(this, value) } }
    }

    /** The ablation, or one [ZoException] that lists every problem. */
    internal fun build(): Ablation {
        val problems = LinkedHashMap<String, ArrayList<String>>()
        val built =
            combined().mapNotNull { (name, settings) ->
                val zo = Zo()
                val found = Problems()
                (shared + settings).forEach { it(zo) }
                found.require(
                    zo.steps == null,
                    "steps is set, and the budget says how many there are; leave it out",
                    zo.steps,
                )
                found.require(
                    zo.budget == null,
                    "budget is set in an arm, and all arms have the ablation's; leave it out",
                    zo.budget,
                )
                zo.budget = null
                zo.steps = budget.number.coerceIn(1, Int.MAX_VALUE.toLong()).toInt() // at most
                found.require(
                    zo.seed == null,
                    "seed is set, and the seeds of the ablation replace it; leave it out",
                    zo.seed,
                )
                found.require(
                    zo.evaluateEvery == null,
                    "evaluateEvery is set, and the ablation's evaluations replace it; leave it out",
                    zo.evaluateEvery,
                )
                found.require(
                    zo.measure == null,
                    "measure is set, and an ablation keeps no readings; leave it out, or measure in a run of its own",
                    zo.measure,
                )
                found.require(zo.folder == null, "folder is set, and the ablation has its own; leave it out", zo.folder)
                try {
                    Ablation.Arm(name, zo.plan(found))
                } catch (e: IllegalArgumentException) {
                    e.message
                        .orEmpty()
                        .lines()
                        .forEach { problems.getOrPut(it) { ArrayList() } += name }
                    null
                }
            }
        val told =
            problems.map { (problem, of) ->
                if (of.size == combined().size) problem else of.joinToString() + ": " + problem
            }
        val checks = Problems()
        told.forEach(checks::add)
        settings
            .groupBy { it }
            .filterValues { it.size > 1 }
            .keys
            .forEach { checks.add("$it is varied more than once; give all its values to one vary") }
        val called = name ?: LocalDateTime.now().format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss-SSS"))
        checks.require(
            called.matches(Regex("[A-Za-z0-9][A-Za-z0-9._-]*")),
            "name is not one of letters, digits, dots, dashes and underscores",
            called,
        )
        val tuning = this.tuning?.let { checks.get { Tuning(it.number, longs(tuningSeeds), tuningFactor) } }
        // if no arm could be built, reporting that there is no arm would add nothing
        val none = built.isEmpty() && told.isNotEmpty()
        if (none) Ablation.check(checks, longs(seeds), budget.number, evaluations, tuning, atOnce)
        val ablation =
            if (none) {
                null
            } else {
                checks.get {
                    Ablation(built, longs(seeds), budget.number, evaluations, tuning, atOnce, ablations.resolve(called))
                }
            }
        if (checks.list().isNotEmpty()) {
            throw ZoException("this ablation cannot run:\n" + checks.list().joinToString("\n").prependIndent("  "))
        }
        return ablation!!
    }

    private fun combined(): List<Pair<String, List<Zo.() -> Unit>>> {
        val dimensions = listOfNotNull(arms.takeIf { it.isNotEmpty() }) + varied
        return dimensions
            .fold(listOf(emptyList<Pair<String, Zo.() -> Unit>>())) { sofar, next ->
                sofar.flatMap { chosen -> next.map { chosen + it } }
            }.filter { it.isNotEmpty() }
            .map { chosen -> chosen.joinToString(", ") { it.first } to chosen.map { it.second } }
    }

    private fun longs(numbers: Iterable<Number>) = numbers.map { it.toLong() }
}

/** The folder of all ablations in this clone. */
public val ablations: Path get() = Home.ablations()

/**
 * Races settings against each other: every arm has the same budget of forward passes and the same seeds and, if
 * [Ablate.tuning] is set, its own learning rate, found with other seeds. Shows the progress, and returns the results,
 * which a notebook shows as a figure and a table.
 *
 * ```
 * ablate {
 *     each { model = opt("nano"); task = apidocs() }
 *     vary(Zo::sampler, mezo(), ldsd(lr = 1e-3), mezoGv())
 *     seeds = 1..3
 *     budget = forwards(2000)
 *     tuning = forwards(10_000)
 * }
 * ```
 *
 * Its folder holds the ledger of every run, and all evaluations in one file, `results.jsonl`, with one JSON object per
 * line, which DuckDB can query as a table. Interrupting the cell ends the ablation and returns what is finished;
 * running a block with the same `name` again resumes it, also after the process was killed.
 *
 * Cost: arms · (seeds · budget + at most tuning) forward passes, plus evaluations.
 *
 * @throws ZoException if the block or one of its arms has problems (all of them are reported at once, before anything
 *     starts), or if other work is active
 */
public fun ablate(block: Ablate.() -> Unit): AblationResult {
    val ablation = Ablate().apply(block).build()
    val ablator = Ablator(ablation)
    val shown = Ablating(ablator, ablation)
    return Work(shown, ablator::stop) { ablator.run(shown::heard).also { shown.over = true } }.start(shown).await()
}

/**
 * The results as a Lets-Plot figure: medians over seeds with their full range, as curves for a few arms and as marks
 * for many. A diverged run has no curve, and its arm's label says how many diverged; in the marks it counts as worse
 * than any other run.
 */
public fun AblationResult.figure(): Figure = Figures.of(this)

/**
 * The results as a table, one row per arm: its learning rate (with `!` if tuning ended before both neighbours were
 * tried), the median over seeds of each run's lowest dev loss, that loss for the best and for the worst seed, the
 * median step at which it was reached, the median accuracies (or F1) at that step, and the share of the first arm's
 * forward passes that the arm takes to reach the first arm's loss.
 *
 * The median of an even number of seeds is the mean of the two in the middle. The loss before the first step counts, so
 * a run that only gets worse has its best step at 0, and the table says that it is no better than where it began. With
 * one seed, the columns for the best and the worst seed are left out. A diverged run counts as worse than any other; if
 * there are such runs, a column says how many.
 */
public fun AblationResult.table(): Table {
    val arms = ablation().arms()
    val names = arms.map { it.name() }

    fun loss(of: (AblationResult.Range) -> Double) = names.map { of(range(it) { trial -> trial.loss() }) }

    fun share(of: (Trial) -> Double) = names.map { name -> range(name) { of(it) }.median() }
    val word = ablation().metric().label()
    val several = ablation().seeds().size > 1
    val accuracies = share { it.accuracy() }
    val tests = share { it.testAccuracy() }
    val steps =
        names.map { name ->
            range(name) { at ->
                at
                    .best()
                    .filter { at.completed() }
                    .map { it.step().toDouble() }
                    .orElse(Double.NaN)
            }.median()
        }
    return Table(
        listOfNotNull(
            "arm" to names,
            "η" to arms.map { rate(it) },
            "steps" to arms.map { it.plan().stepsFor(ablation().forwards()) },
            "lowest dev loss" to loss { it.median() },
            ("best seed" to loss { it.low() }).takeIf { several },
            ("worst seed" to loss { it.high() }).takeIf { several },
            "at step" to steps.map(::step),
            ("dev $word" to accuracies.map(::percent)).takeIf { accuracies.any(Double::isFinite) },
            ("test $word" to tests.map(::percent)).takeIf { tests.any(Double::isFinite) },
            ("diverged" to names.map { lost(it) ?: "–" }).takeIf { names.any { lost(it) != null } },
            "forwards to the first's loss" to names.map { beside(forwardsBeside(it, names.first())) },
        ),
    )
}

/**
 * Writes a folder with everything that others need to check the results: `plan.txt` (all settings of every arm),
 * `results.jsonl` (every evaluation, including tuning), `table.txt`, `figure.svg`, and `commit.txt` (the git commit of
 * the clone, if known).
 */
public fun AblationResult.save(to: Path) {
    val files =
        mapOf(
            "plan.txt" to "${ablation()}",
            Ablator.RESULTS to lines(),
            "table.txt" to "${table()}\n\n${sentence()}\n",
            "figure.svg" to Image.svg(figure()),
            "commit.txt" to Machine.commit() + "\n",
        )
    try {
        Files.createDirectories(to)
        files.forEach { (name, text) -> Files.writeString(to.resolve(name), text) }
    } catch (e: IOException) {
        throw ZoException("the results cannot be written to $to (${e.message}); choose another folder")
    }
}

/**
 * The dev evaluations of all runs except tuning runs, as columns for your own figures: `arm`, `seed`, `step`,
 * `forwards`, `loss`, and `accuracy`, `F1` or `perplexity`, whichever the task has.
 */
public fun AblationResult.columns(): Map<String, List<Any>> =
    trials()
        .filter { it.phase() == Trial.Phase.RACE }
        .flatMap { trial -> trial.dev().map { trial to it } }
        .let { rows ->
            Columns(
                mapOf(
                    "arm" to rows.map { it.first.arm() },
                    "seed" to rows.map { "${it.first.seed()}" },
                    "step" to rows.map { it.second.step() },
                    "forwards" to rows.map { it.second.forwards() },
                    "loss" to rows.map { it.second.loss() },
                    ablation().metric().label() to rows.map { it.second.metric().value(it.second) },
                ),
            )
        }

/** How much of the ablation is done and where it is stored; how to resume it, if it is not complete. */
internal fun AblationResult.sentence(): String {
    val done = trials().count { it.phase() == Trial.Phase.RACE }
    val all = ablation().arms().size * ablation().seeds().size
    val tuning = trials().size - done
    val examples = ablation().arms().mapNotNull { (it.plan().subject() as? LanguageSubject)?.looked(Split.DEV)?.size }
    val over =
        listOfNotNull(
            examples
                .distinct()
                .joinToString(" or ")
                .ifEmpty { null }
                ?.let { "$it dev examples" },
            Outcome.counted(ablation().seeds().size.toLong(), "seed"),
        )
    return "%d of %d runs at %,d forwards, %d more for tuning%s, losses over %s, in %s".format(
        Locale.ROOT,
        done,
        all,
        ablation().forwards(),
        tuning,
        read(trials()),
        over.joinToString(" and "),
        Home.folder().resolveSibling("").relativize(ablation().folder().toAbsolutePath()),
    ) + Labels.unlike(ablation().arms().map { it.plan().settings() })?.let { "; $it" }.orEmpty() +
        if (complete()) "" else "; to go on, run it again with name = \"${ablation().folder().fileName}\""
}

/** How many of some runs were read from an earlier ablation instead of run, if any. */
private fun read(trials: List<Trial>): String =
    trials.count { it.earlier() }.let { if (it == 0) "" else " ($it of them finished before and not run again)" }

/** How many of an arm's runs diverged, if any did. */
internal fun AblationResult.lost(arm: String): String? =
    diverged(arm).takeIf { it > 0 }?.let { "$it of ${trials(arm).size}" }

private const val MISSING = "–"

/** A median of steps, or words that no step improved anything. */
private fun step(median: Double): Any? =
    when {
        median.isNaN() -> null
        median == 0.0 -> "0: no better than where it began"
        median % 1 == 0.0 -> median.toLong()
        else -> median
    }

private fun percent(share: Double) = if (!share.isFinite()) MISSING else "%.1f %%".format(Locale.ROOT, 100 * share)

private fun beside(ratio: Double) =
    when {
        ratio.isNaN() -> MISSING
        ratio.isInfinite() -> "not reached"
        else -> "× %.2f".format(Locale.ROOT, ratio)
    }

private fun AblationResult.rate(arm: Ablation.Arm): String {
    val edge = tuned()[arm.name()]?.bracketed() == false
    val rate = learningRate(arm)
    val told = if (rate < 1) Numbers.plain("%.1e".format(Locale.ROOT, rate)) else Table.texts(listOf(rate)).single()
    return if (edge) "$told!" else told
}

/** An active ablation, as a cell shows it. */
private class Ablating(
    private val ablator: Ablator,
    ablation: Ablation,
) : View {
    private val runs = ablation.runs()

    /** How many runs there will be: tuning may end before its budget is spent. */
    private val all = (if (ablation.tuning() == null) "" else "at most ") + Outcome.counted(runs, "run")

    /** Whether it has ended. */
    @Volatile
    var over = false

    @Volatile
    private var last: Ablator.Moment? = null

    @Volatile
    private var at = ""

    fun heard(moment: Ablator.Moment) {
        val event = moment.event()
        if (event is Event.Started) at = ""
        if (event is Event.Stepped) at = ", step ${event.step()}"
        if (event is Event.Evaluated && event.split() == Split.TEST) at = ", test"
        last = moment
    }

    override val line: String
        get() =
            ablator.soFar().trials().let { trials ->
                val done = Outcome.counted(trials.size.toLong(), "run") + read(trials)
                val now = last?.let { " · ${it.arm()}, seed ${it.seed()}$at" }.orEmpty()
                when {
                    !over -> "$done of $all$now"
                    ablator.soFar().complete() -> "finished: $done"
                    else -> "stopped: $done of $all"
                }
            }

    override val share: Double get() =
        if (over) {
            1.0
        } else {
            ablator
                .soFar()
                .trials()
                .size
                .toDouble() / runs
        }

    override fun figure(): Pair<Figure, String>? =
        ablator
            .soFar()
            .takeIf { sofar -> sofar.trials().any { it.phase() == Trial.Phase.RACE } }
            ?.let { it.figure() to "results so far" }

    override fun toString() = "an ablation: $line"
}
