package org.zolab.dsl

import org.jetbrains.letsPlot.Figure
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

/** A number of forward passes, each over one batch; what everything here is paid in. */
public class Forwards internal constructor(
    internal val number: Long,
) {
    override fun toString(): String = "forwards($number)"
}

/** So many forward passes, for [Zo.budget], [Ablate.budget] and [Ablate.tuning]. */
public fun forwards(number: Int): Forwards = Forwards(number.toLong())

/**
 * What a block says about an ablation: what all arms share, in what they differ, and what each may spend.
 *
 * Arms are all combinations: one of the [arm]s (if there are any), with one value of each [vary].
 */
@ZoDsl
public class Ablate internal constructor() {
    private val shared = ArrayList<Zo.() -> Unit>()
    private val arms = ArrayList<Pair<String, Zo.() -> Unit>>()
    private val varied = ArrayList<List<Pair<String, Zo.() -> Unit>>>()

    /** What every arm is run with. */
    public var seeds: Iterable<Number> = 1..3

    /** What a run may spend on its steps. */
    public var budget: Forwards = forwards(2000)

    /**
     * What each arm may spend to find its learning rate, from where it has it up and down; null: it keeps the one it has. A rate takes as
     * many forward passes as a run, for each of [tuningSeeds], and three are tried at least.
     */
    public var tuning: Forwards? = null

    /** What learning rates are compared on; none of [seeds]. */
    public var tuningSeeds: Iterable<Number> = listOf(101)

    /** The factor between two learning rates that are tried. */
    public var tuningFactor: Double = 2.0

    /** How many evaluations on dev a run has after its first step. */
    public var evaluations: Int = 10

    /** How many runs go on at once. No number depends on it. */
    public var atOnce: Int = 1

    /**
     * What it is called. Runs and results go to a folder of that name below [ablations]; what is finished there already is not run again,
     * which the result says. A run is known by its settings, and code of a cell by what it does: see [customSampler].
     * The time of day if it is null.
     */
    public var name: String? = null

    /** What all arms share, as in [zo]. */
    public fun each(settings: Zo.() -> Unit) {
        shared += settings
    }

    /** An arm, and in what it differs from the others. */
    public fun arm(
        name: String,
        settings: Zo.() -> Unit,
    ) {
        arms += name to settings
    }

    /** A setting, and the values it takes: `vary(Zo::sampler, mezo(), ldsd(lr = 1e-3))`. */
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
        varied += names.zip(values) { name, value -> name to { setting.set(this, value) } }
    }

    /** The ablation, or one [ZoException] with everything that is wrong. */
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
        val called = name ?: LocalDateTime.now().format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss-SSS"))
        checks.require(
            called.matches(Regex("[A-Za-z0-9][A-Za-z0-9._-]*")),
            "name is not one of letters, digits, dots, dashes and underscores",
            called,
        )
        val tuning = this.tuning?.let { checks.get { Tuning(it.number, longs(tuningSeeds), tuningFactor) } }
        // where no arm could be built, that there is none would say nothing new
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

/** The folder of all ablations of this clone. */
public val ablations: Path get() = Home.ablations()

/**
 * Races settings against each other: every arm has the same budget of forward passes and the same seeds, and if [Ablate.tuning] is set a
 * learning rate of its own, found with other seeds. Shows how it goes, and gives the results, which a notebook shows as figure and table.
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
 * The folder holds the ledger of every run, and all evaluations in one file, `results.jsonl`, a JSON object a line, that DuckDB reads as a
 * table. Interrupting the cell ends it and gives what is finished; with the same `name` it goes on where it was, also after a kill.
 *
 * Cost: arms · (seeds · budget + at most tuning) forward passes, evaluations beside.
 *
 * @throws ZoException if anything is wrong with the block or one of its arms (all of it at once, before anything starts), or if something
 *     else runs
 */
public fun ablate(block: Ablate.() -> Unit): AblationResult {
    val ablation = Ablate().apply(block).build()
    val ablator = Ablator(ablation)
    val shown = Ablating(ablator, ablation)
    return Work(shown, ablator::stop) { ablator.run(shown::heard).also { shown.over = true } }.start(shown).await()
}

/**
 * Medians over seeds and their whole range: curves of a few arms, marks of many. A run that diverged has no curve, and its arm says how many did;
 * in marks it counts as worse than any.
 */
public fun AblationResult.figure(): Figure = Figures.of(this)

/**
 * An arm a row: its learning rate (`!` where tuning ended before both neighbours were tried), the median over seeds of each run's lowest loss on
 * dev, that of the best and of the worst seed, the median step at which it was met, medians of the accuracies there, and how many of the first
 * arm's forward passes it needs to reach the first arm's loss.
 *
 * A median of an even number of seeds is the mean of the two in the middle. The loss before the first step counts, so a run that only gets worse
 * has its best step at 0, and is said to be no better than where it began. Of one seed there is no best and no worst. A run that diverged counts as worse than any, and if there is one, a column says how many diverged.
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
            range(name) { at -> at.best().map { it.step().toDouble() }.orElse(Double.NaN) }.median()
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
 * Writes what others need to check it into a folder: `plan.txt` (every arm's settings), `results.jsonl` (every evaluation, tuning included),
 * `table.txt`, `figure.svg`, and `commit.txt`, the version of the clone it was run in, if git tells.
 */
public fun AblationResult.save(to: Path) {
    val files =
        mapOf(
            "plan.txt" to "${ablation()}",
            Ablator.RESULTS to lines(),
            "table.txt" to "${table()}\n\n${sentence()}\n",
            "figure.svg" to Image.svg(figure()),
            "commit.txt" to commit() + "\n",
        )
    try {
        Files.createDirectories(to)
        files.forEach { (name, text) -> Files.writeString(to.resolve(name), text) }
    } catch (e: IOException) {
        throw ZoException("the results cannot be written to $to (${e.message}); choose another folder")
    }
}

private fun commit(): String =
    try {
        val git = ProcessBuilder("git", "describe", "--always", "--dirty", "--exclude", "*").start()
        git.inputReader().use { it.readText().trim() }.ifEmpty { "unknown" }
    } catch (_: IOException) {
        "unknown"
    }

/** Evaluations on dev of all runs that count, as columns for a figure of your own: `arm`, `seed`, `step`, `forwards`, `loss`, `accuracy`. */
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
                    "accuracy" to rows.map { it.second.accuracy() },
                ),
            )
        }

/** How much of it is done, and where it is; how to go on, if it is not whole. */
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
    ) + if (complete()) "" else "; to go on, run it again with name = \"${ablation().folder().fileName}\""
}

/** How many of some runs were read and not run, if any were. */
private fun read(trials: List<Trial>): String =
    trials.count { it.earlier() }.let { if (it == 0) "" else " ($it of them finished before and not run again)" }

/** How many of an arm's seeds diverged, if any did. */
internal fun AblationResult.lost(arm: String): String? =
    diverged(arm).takeIf { it > 0 }?.let { "$it of ${trials(arm).size}" }

private const val MISSING = "–"

/** A median of steps, or that no step made anything better. */
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
    return Numbers.plain("%.1e".format(Locale.ROOT, learningRate(arm))) + if (edge) "!" else ""
}

/** An ablation that goes on, as a cell shows it. */
private class Ablating(
    private val ablator: Ablator,
    ablation: Ablation,
) : View {
    private val runs = ablation.runs()

    /** How many there will be: tuning may end before its budget does. */
    private val all = (if (ablation.tuning() == null) "" else "at most ") + Outcome.counted(runs.toLong(), "run")

    /** Whether it has ended. */
    @Volatile
    var over = false

    @Volatile
    private var last: Ablator.Moment? = null

    @Volatile
    private var at = ""

    fun heard(moment: Ablator.Moment) {
        val event = moment.event()
        if (event is Event.Stepped) at = "step ${event.step()}"
        if (event is Event.Evaluated && event.split() == Split.TEST) at = "test"
        last = moment
    }

    override val line: String
        get() =
            ablator.soFar().trials().let { trials ->
                val done = Outcome.counted(trials.size.toLong(), "run") + read(trials)
                val now = last?.let { " · ${it.arm()}, seed ${it.seed()}, $at" }.orEmpty()
                if (over) "finished: $done" else "$done of $all$now"
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
