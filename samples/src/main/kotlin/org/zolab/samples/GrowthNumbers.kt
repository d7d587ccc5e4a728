package org.zolab.samples

import com.fasterxml.jackson.databind.JsonNode
import com.fasterxml.jackson.databind.ObjectMapper
import org.jetbrains.letsPlot.facet.facetWrap
import org.jetbrains.letsPlot.geom.geomLine
import org.jetbrains.letsPlot.geom.geomPoint
import org.jetbrains.letsPlot.label.labs
import org.jetbrains.letsPlot.letsPlot
import org.jetbrains.letsPlot.scale.scaleXLog10
import org.jetbrains.letsPlot.scale.scaleYLog10
import org.jetbrains.letsPlot.themes.elementText
import org.jetbrains.letsPlot.themes.theme
import org.zolab.diagnose.Machine
import org.zolab.dsl.onAnyPage
import org.zolab.dsl.saveSvg
import java.nio.file.Files
import java.nio.file.Path
import java.time.LocalDate
import java.util.Locale
import kotlin.math.ln

private const val NUMBERS = "growth.csv"

/** A step of some size, and what it is compared with: the others of its [axis]. */
private class Size(
    val axis: String,
    val shape: String = "8x12",
    val rows: Int = 16,
    val method: String = "mezo",
    val threads: Int = Runtime.getRuntime().availableProcessors(),
) {
    val bench = "bench step --shape $shape --batch ${rows}x40 --method $method --repeats 5 --json"
}

/** How long it took beside its products. */
private class Took(
    val axis: String,
    val at: Double,
    val step: Double,
    val products: Double,
)

/**
 * How a step grows with the parameters, the tokens, the forward passes and the cores, beside its own matrix products: `zo bench step`,
 * a JVM for each size. Writes `plan.txt`, `growth.csv`, `table.txt`, `figure.svg` and `commit.txt` into a folder, `docs/results/DATE-growth`
 * unless `-Dargs` names one; what was measured there already is only drawn.
 *
 * Run: `mvn -q -pl samples -am -P sample -Dsample=GrowthNumbersKt -DskipTests verify`; nine minutes on two cores.
 */
fun main(vararg arguments: String) {
    val folder = Path.of(arguments.firstOrNull() ?: "../docs/results/${LocalDate.now()}-growth")
    if (!Files.exists(folder.resolve(NUMBERS))) {
        Files.createDirectories(folder)
        Files.write(
            folder.resolve("plan.txt"),
            sizes().map { "ZO_JAVA_OPTS=-Dzo.threads=${it.threads} ./zo ${it.bench}" },
        )
        Files.writeString(folder.resolve("commit.txt"), Machine.commit() + "\n")
        write(folder, sizes().map(::measured))
    }
    draw(folder)
}

private fun sizes(): List<Size> =
    listOf("4x4", "6x8", "8x12", "12x12", "16x16", "16x27").map { Size("parameters", shape = it) } +
        listOf(2, 4, 8, 16, 32, 64).map { Size("tokens", rows = it) } +
        listOf("mezo", "ldsd", "n-spsa").map { Size("forward passes", method = it) } +
        (1..Runtime.getRuntime().availableProcessors()).map { Size("cores", threads = it) }

private fun measured(size: Size): Took {
    val java = Path.of(System.getProperty("java.home"), "bin", "java")
    val command =
        listOf("$java", "--add-modules=jdk.incubator.vector", "-Dzo.threads=${size.threads}") +
            listOf("-cp", System.getProperty("java.class.path"), "org.zolab.cli.Main") + size.bench.split(" ")
    val process = ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start()
    val last = process.inputReader().use { it.readLines() }.lastOrNull()
    check(process.waitFor() == 0 && last != null) { "zo ${size.bench} did not end well: $last" }
    val json = ObjectMapper().readTree(last)
    return Took(size.axis, at(size, json), json["step_ms"].asDouble() / 1e3, json["floor_ms"].asDouble() / 1e3)
}

/** Where it lies on its axis. */
private fun at(
    size: Size,
    json: JsonNode,
): Double =
    when (size.axis) {
        "parameters" -> json["parameters"].asDouble()
        "tokens" -> size.rows * 40.0
        "forward passes" -> json["forwards"].asDouble()
        else -> size.threads.toDouble()
    }

private fun write(
    folder: Path,
    all: List<Took>,
) {
    val csv = all.map { "%s,%.0f,%.5f,%.5f".format(Locale.ROOT, it.axis, it.at, it.step, it.products) }
    Files.write(folder.resolve(NUMBERS), listOf("axis,at,step_s,products_s") + csv)
    val table = listOf(machine()) + all.groupBy { it.axis }.flatMap { (_, of) -> lines(of) }
    Files.write(folder.resolve("table.txt"), table)
    table.forEach(::println)
}

private fun draw(folder: Path) {
    val all =
        Files.readAllLines(folder.resolve(NUMBERS)).drop(1).map { it.split(",") }.map { (axis, at, step, products) ->
            Took(axis, at.toDouble(), step.toDouble(), products.toDouble())
        }
    val data =
        mapOf(
            "axis" to all.flatMap { listOf(it.axis, it.axis) },
            "at" to all.flatMap { listOf(it.at, it.at) },
            "seconds" to all.flatMap { listOf(it.step, it.products) },
            "of" to all.flatMap { listOf("a step", "its products") },
        )
    val figure =
        letsPlot(data) {
            x = "at"
            y = "seconds"
            color = "of"
        } + geomLine() + geomPoint() + facetWrap("axis", ncol = 4, scales = "free_x", order = 0) +
            scaleXLog10(expand = listOf(0.1)) + scaleYLog10(expand = listOf(0.1)) +
            theme(stripText = elementText(color = "#7F8794")) + labs(x = "", y = "seconds", color = "") +
            onAnyPage(height = 280)
    figure.saveSvg(folder.resolve("figure.svg"))
}

private fun machine(): String =
    "${Machine.processor()}, ${Runtime.getRuntime().availableProcessors()} cores, JDK ${System.getProperty(
        "java.version",
    )}; " +
        "MeZO, 16 x 40 tokens, hidden 512, 12 layers unless said"

private fun lines(of: List<Took>): List<String> =
    of.map {
        "%-14s %12.0f   step %8.3f s   products %8.3f s   %.2f x"
            .format(Locale.ROOT, it.axis, it.at, it.step, it.products, it.step / it.products)
    } +
        "               from end to end to the power %.2f, the products %.2f"
            .format(Locale.ROOT, power(of) { it.step }, power(of) { it.products })

/** How fast it grows over its axis: 1 is in proportion. */
private fun power(
    of: List<Took>,
    seconds: (Took) -> Double,
): Double = ln(seconds(of.last()) / seconds(of.first())) / ln(of.last().at / of.first().at)
