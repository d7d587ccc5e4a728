package org.zolab.samples

import org.jetbrains.letsPlot.facet.facetWrap
import org.jetbrains.letsPlot.geom.geomLine
import org.jetbrains.letsPlot.geom.geomPoint
import org.jetbrains.letsPlot.label.labs
import org.jetbrains.letsPlot.letsPlot
import org.jetbrains.letsPlot.scale.scaleXLog10
import org.jetbrains.letsPlot.scale.scaleYLog10
import org.zolab.diagnose.Machine
import org.zolab.dsl.onAnyPage
import org.zolab.dsl.saveSvg
import org.zolab.estimator.CentralDifference
import org.zolab.model.Compute
import org.zolab.model.LanguageModel
import org.zolab.model.PreparedBatch
import org.zolab.model.TokenBatch
import org.zolab.model.opt.OptConfig
import org.zolab.model.opt.OptFamily
import org.zolab.probe.LossOracle
import org.zolab.sampler.DirectionLaw
import org.zolab.sampler.Isotropic
import org.zolab.space.Direction
import org.zolab.space.Kernels
import org.zolab.space.Law
import org.zolab.space.NoiseKey
import org.zolab.space.Precision
import org.zolab.tensor.LinearKernel
import org.zolab.train.Home
import org.zolab.train.ZerothOrder
import org.zolab.update.Sgd
import java.nio.file.Files
import java.nio.file.Path
import java.time.LocalDate
import java.util.Locale
import java.util.Random
import kotlin.math.ln

private const val ROUNDS = 5
private const val TOKENS = 40
private const val VOCABULARY = 8192

/** One size, and what it is compared with: the others of its [axis]. */
private data class Size(
    val axis: String,
    val hidden: Int = 512,
    val layers: Int = 12,
    val rows: Int = 16,
    val directions: Int = 1,
    val threads: Int = Runtime.getRuntime().availableProcessors(),
) {
    val family = OptFamily(OptConfig(VOCABULARY, 64, hidden, hidden / 64, layers, 4 * hidden, hidden, true, true))

    /** Where it lies on its axis. */
    val at: Double =
        when (axis) {
            "parameters" -> family.space().dimension().toDouble()
            "tokens" -> (rows * TOKENS).toDouble()
            "directions" -> directions.toDouble()
            else -> threads.toDouble()
        }

    /** Multiplications and additions of a step's linear layers; the head's are at one position a row. */
    val flops: Double =
        4.0 * directions *
            family.stages().withIndex().sumOf { (i, stage) ->
                stage.products().toDouble() * if (i <= layers) rows * TOKENS else rows
            }
}

/** A model of a size, and its steps. */
private class Steps(
    val size: Size,
    linear: LinearKernel,
) : AutoCloseable {
    private val model = LanguageModel.withoutText("growth", size.family, Compute(linear, size.threads))
    private val theta = model.parameters()
    private val batch: PreparedBatch = model.prepare(batch())
    private val loss =
        LossOracle { points -> model.scores(points, batch).map { row -> -row.average() }.toDoubleArray() }
    private val steps =
        ZerothOrder(
            Isotropic.Config(DirectionLaw.GAUSSIAN).create(theta),
            CentralDifference(size.directions, 1e-3),
            Sgd().create(theta),
            { 1e-9 },
            1,
        )
    private var taken = 0

    init {
        theta.move(Direction.noise(NoiseKey(9, 0, 0), Law.GAUSSIAN), 0.02)
    }

    private fun batch(): TokenBatch {
        val random = Random(5)
        val rows = List(size.rows) { random.ints(TOKENS.toLong(), 0, VOCABULARY).toArray() }
        return TokenBatch(rows, List(size.rows) { TokenBatch.Scored(it, TOKENS - 1, 7) })
    }

    /** Seconds of a step. */
    fun step(): Double {
        val start = System.nanoTime()
        steps.step(taken++, loss, theta)
        return (System.nanoTime() - start) / 1e9
    }

    override fun close() {
        batch.close()
        model.close()
    }
}

/**
 * How a step of MeZO grows with the parameters, the tokens, the directions and the cores, beside what its matrix products take
 * at the rate that a product of that size has here: medians of steps taken in turns. Writes `growth.csv`, `table.txt` and
 * `figure.svg` into a folder, `docs/results/DATE-growth` unless one is given.
 *
 * Run: `mvn -q -pl samples -am -P sample -Dsample=GrowthNumbersKt -DskipTests verify`
 */
fun main(vararg arguments: String) {
    val folder = Path.of(arguments.firstOrNull() ?: "../docs/results/${LocalDate.now()}-growth")
    val cores = Runtime.getRuntime().availableProcessors()
    val sizes =
        listOf(256 to 4, 384 to 8, 512 to 12, 768 to 12, 1024 to 16, 1024 to 27)
            .map { (h, l) -> Size("parameters", hidden = h, layers = l) } +
            listOf(2, 4, 8, 16, 32, 64).map { Size("tokens", rows = it) } +
            listOf(1, 2, 4, 8).map { Size("directions", directions = it) } +
            (1..cores).map { Size("cores", threads = it) }
    val linear = LinearKernel.ofMachine(Home.cache(), Precision.FP32)
    Kernels.settle()
    val all = sizes.map { Steps(it, linear) }
    val seconds = all.map { mutableListOf<Double>() }
    val limits = all.map { mutableListOf<Double>() }
    repeat(ROUNDS + 1) { round ->
        all.forEachIndexed { i, steps ->
            val took = steps.step()
            val limit = limit(steps.size, linear)
            if (round > 0) {
                seconds[i] += took
                limits[i] += limit
            }
        }
    }
    all.forEach(Steps::close)
    val rows =
        sizes.mapIndexed { i, size ->
            Row(size.axis, size.at, seconds[i].sorted()[ROUNDS / 2], limits[i].sorted()[ROUNDS / 2])
        }
    Files.createDirectories(folder)
    write(folder, rows)
}

private class Row(
    val axis: String,
    val at: Double,
    val step: Double,
    val limit: Double,
)

/** Seconds of the products alone: each core a part of the rows, at the rate of such a product. */
private fun limit(
    size: Size,
    linear: LinearKernel,
): Double {
    val rows = size.rows * TOKENS / size.threads
    val rate = LinearKernel.gigaflops(rows, size.hidden, 4 * size.hidden, Precision.FP32)[linear.ordinal]
    return size.flops / (rate * 1e9 * size.threads)
}

private fun write(
    folder: Path,
    rows: List<Row>,
) {
    val csv = rows.map { "%s,%.0f,%.5f,%.5f".format(Locale.ROOT, it.axis, it.at, it.step, it.limit) }
    Files.write(folder.resolve("growth.csv"), listOf("axis,at,step_s,products_s") + csv)
    val table = listOf(machine()) + rows.groupBy { it.axis }.flatMap { (axis, of) -> lines(axis, of) }
    Files.write(folder.resolve("table.txt"), table)
    table.forEach(::println)
    val data =
        mapOf(
            "axis" to rows.flatMap { listOf(it.axis, it.axis) },
            "at" to rows.flatMap { listOf(it.at, it.at) },
            "seconds" to rows.flatMap { listOf(it.step, it.limit) },
            "of" to rows.flatMap { listOf("a step", "its products") },
        )
    val figure =
        letsPlot(data) {
            x = "at"
            y = "seconds"
            color = "of"
        } + geomLine() + geomPoint() + facetWrap("axis", ncol = 4, scales = "free_x") +
            scaleXLog10() + scaleYLog10() + labs(x = "", y = "seconds", color = "") + onAnyPage(height = 280)
    figure.saveSvg(folder.resolve("figure.svg"))
}

private fun machine(): String =
    "${Machine.processor()}, ${Runtime.getRuntime().availableProcessors()} cores, " +
        "JDK ${System.getProperty(
            "java.version",
        )}; 16 x $TOKENS tokens, one direction, hidden 512, 12 layers unless said"

private fun lines(
    axis: String,
    of: List<Row>,
): List<String> =
    of.map {
        "%-12s %12.0f   step %8.3f s   products %8.3f s   %.2f x"
            .format(Locale.ROOT, axis, it.at, it.step, it.limit, it.step / it.limit)
    } +
        "             from end to end to the power %.2f, the products %.2f"
            .format(Locale.ROOT, power(of) { it.step }, power(of) { it.limit })

/** How fast it grows over its axis: 1 is in proportion. */
private fun power(
    rows: List<Row>,
    of: (Row) -> Double,
): Double =
    if (rows.size ==
        1
    ) {
        Double.NaN
    } else {
        ln(of(rows.last()) / of(rows.first())) / ln(rows.last().at / rows.first().at)
    }
