package org.zolab.dsl

import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.Test
import org.zolab.dsl.Curve.Dot
import java.io.ByteArrayInputStream
import java.nio.file.Files
import java.nio.file.Path
import java.util.Base64
import java.util.Random
import javax.imageio.ImageIO
import kotlin.math.exp

class FiguresTest {
    @Test
    fun `a figure needs no script and no network`() {
        val svg = svg("one", curve("ldsd", 1e-3, 1))

        assertThat(svg).startsWith("<svg").doesNotContain("<script").doesNotContain("<image")
        assertThat(Regex("https?://[^\"' <]+").findAll(svg).map { it.value }.toSet())
            .describedAs("names of namespaces, which nobody looks up")
            .allMatch { it.startsWith("http://www.w3.org/") }
    }

    @Test
    fun `a figure reads on any page, since it is drawn on none`() {
        val svg = svg("two", curve("ldsd", 1e-3, 1), curve("mezo", 6e-4, 2))
        assertThat(svg).doesNotContain("\"rgb(255,255,255)\"").contains("#7f8794")

        val image = ImageIO.read(ByteArrayInputStream(Base64.getDecoder().decode(Image.png(svg))))
        assertThat(image.width to image.height).describedAs("twice the size").isEqualTo(1720 to 600)
        assertThat(image.getRGB(1, 1) ushr 24).describedAs("opacity of a corner").isZero()
        assertThat(image.getRGB(0, 0, 1720, 600, null, 0, 1720).count { it ushr 24 == 255 })
            .describedAs("opaque pixels")
            .isGreaterThan(5_000)
    }

    @Test
    fun `runs of one name are told apart`() {
        val svg = svg("same", curve("mezo", 1e-3, 1), curve("mezo", 6e-4, 2), curve("ldsd", 6e-4, 3))
        assertThat(svg.lines().map(String::trim)).contains("mezo (1)", "mezo (2)", "ldsd")
    }

    @Test
    fun `what there is to say of all runs stands under them, in as many lines as it takes`() {
        val said = List(60) { "word$it" }.joinToString(" ")
        val bare = curve("mezo", 1e-3, 1)
        for (one in listOf(bare, bare.copy(scores = emptyList()))) {
            val svg = Image.svg(Figures.of(listOf(one, one), said))
            val words = Regex("word[0-9]+").findAll(svg).map { it.value }.toList()
            assertThat(words.joinToString(" ")).isEqualTo(said)
            assertThat(svg.lines().filter { it.contains("word") }.map { it.trim().length }).hasSizeGreaterThan(2)
        }
    }

    @Test
    fun `axes of shares stay within 0 and 1, and a logarithmic one has round numbers`() {
        fun flat(share: Double) = Curve("flat", listOf(Dot(2.0, 1.0)), listOf(Dot(0.0, share), Dot(2.0, share)))
        for (share in listOf(0.0, 0.35, 1.0)) {
            val ticks =
                Regex(
                    "(-?[0-9]+)%",
                ).findAll(svg("flat", flat(share))).map { it.groupValues[1].toInt() }.toList()
            assertThat(ticks).isNotEmpty().allMatch { it in 0..100 && Math.abs(it - 100 * share) <= 10 }
        }
        assertThat(Figures.decades(0.13, 90.0)).containsExactly(0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
        assertThat(Figures.decades(1e-4, 90.0)).containsExactly(1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)
    }

    @Test
    fun `a long run is thinned, and all runs of a figure share the dots`() {
        assertThat(circles(svg("long", curve("mezo", 1e-3, 1, 20_000)))).isBetween(240, 500)
        assertThat(circles(svg("six", *Array(6) { curve("run $it", 1e-3, 1, 20_000) }))).isBetween(240, 540)
    }

    @Test
    fun `thinning and smoothing keep means`() {
        val dots = List(1000) { Dot(it.toDouble(), it % 2.0) }
        val thin = Curve.thinned(dots, 100)
        assertThat(thin).hasSize(100).allMatch { it.value == 0.5 }
        assertThat(thin.first().forwards).isEqualTo(4.5)
        assertThat(Curve.thinned(dots, 1000)).isEqualTo(dots)
        assertThat(Curve.smoothed(dots, 100)[500].value).isBetween(0.49, 0.51)
        assertThat(Curve.smoothed(dots.take(20))).isEqualTo(dots.take(20))
    }

    @Test
    fun `a smoothed line begins and ends where its dots do, and has no kinks`() {
        val falling = List(240) { Dot(it.toDouble(), 0.3 + exp(-it / 12.0)) }
        val smooth = Curve.smoothed(falling).map { it.value }
        assertThat(smooth.first()).isBetween(1.2, 1.35)
        assertThat(smooth.zip(falling) { line, dot -> Math.abs(line - dot.value) }.max()).isLessThan(0.1)
        assertThat(smooth.zipWithNext()).allMatch { (a, b) -> a > b }
        val straight = Curve.smoothed(List(50) { Dot(it.toDouble(), 2.0 * it) }).map { it.value }
        assertThat(straight.zipWithNext { a, b -> b - a }).allMatch { Math.abs(it - 2) < 1e-9 }
    }

    @Test
    fun `a smoothed line does not follow the scatter of its last dots`() {
        val random = Random(1)
        val lines =
            List(
                100,
            ) { Curve.smoothed(List(120) { Dot(it.toDouble(), random.nextDouble(-1.0, 1.0)) }).map { it.value } }

        fun squares(at: Int) = lines.map { it[at] * it[at] }.average()
        assertThat(squares(119)).isLessThan(2.5 * squares(60))
    }

    @Test
    fun `an axis has round numbers, all written in one way`() {
        fun ticks(
            low: Double,
            high: Double,
        ) = Figures.written(Figures.round(low, high))
        assertThat(ticks(0.13, 1.27)).containsExactly("0.5", "1.0")
        assertThat(ticks(0.0, 1.0)).containsExactly("0.0", "0.2", "0.4", "0.6", "0.8", "1.0")
        assertThat(ticks(-3.0, 40.0)).containsExactly("0", "10", "20", "30", "40")
        assertThat(ticks(0.5918, 0.5923)).containsExactly("0.5918", "0.5919", "0.5920", "0.5921", "0.5922", "0.5923")
        assertThat(ticks(1e-7, 9e-7)).containsExactly("2e-7", "4e-7", "6e-7", "8e-7")
        assertThat(ticks(0.0, 2.4e9)).containsExactly("0.0e9", "0.5e9", "1.0e9", "1.5e9", "2.0e9")
    }

    @Test
    fun `a legend of parts is as wide as its panel at most, and no axis of forward passes begins below 0`() {
        val parts = (0..11).map { "layer $it" } + "the rest"
        val dots = List(3) { Dot(it * 100.0, 0.1) }
        val svg = svg("layers", curve("mezo", 1e-3, 1).copy(readings = parts.associate { "energy: $it" to dots }))
        val texts = svg.lines().map(String::trim)
        assertThat(texts).containsAll(parts)
        val height = Regex("height=\"([0-9.]+)\"").find(svg)!!.groupValues[1].toDouble()
        assertThat(height).describedAs("room for five rows of parts below a panel").isEqualTo(2 * 230 + 5 * 20.0)
        assertThat(texts).anyMatch { it == "mezo: training loss (line: smoothed)" }
        val none = svg("none", Curve("diverged", listOf(), listOf(Dot(0.0, 0.25)))).lines().map(String::trim)
        assertThat(none).contains("0.0").noneMatch { it.matches(Regex("[-−].*\\d")) }.doesNotContain("training loss")
    }

    @Test
    fun `what has no noise is not smoothed, and a wide legend leaves room for the title`() {
        val noisy = curve("a run of a name as long as there is room for", 1e-3, 1)
        assertThat(svg("wide", noisy, noisy).lines().map(String::trim)).contains("training loss, smoothed")
        assertThat(svg("exact", noisy.copy(exact = true), noisy.copy(exact = true))).doesNotContain("smoothed")
    }

    @Test
    fun `runs without evaluations, or with one step, have figures too`() {
        assertThat(svg("bare", Curve("mezo", curve("", 1e-3, 1).losses, listOf()))).contains("training loss")
        assertThat(svg("young", Curve("mezo", listOf(Dot(2.0, 1.4)), listOf(Dot(0.0, .25))))).contains("dev accuracy")
        assertThat(svg("unborn", Curve("mezo", listOf(), listOf(Dot(0.0, .25))))).contains("dev accuracy")
    }

    @Test
    fun `what instruments read has panels of its own, parts of one name together, with numbers however small`() {
        fun dots(scale: Double) = List(12) { Dot(it * 100.0, scale * (1 + it)) }

        fun measured(
            label: String,
            seed: Long,
        ) = curve(label, 1e-3, seed).copy(
            readings =
                mapOf(
                    "cos(ĝ, ∇f)" to dots(4e-5 * seed),
                    "C·d" to dots(0.1),
                    "slope: measured" to dots(1.0),
                    "slope: exact" to dots(1.1),
                ),
        )
        for ((name, svg) in listOf(
            "measured" to svg("measured", measured("ldsd", 1)),
            "two measured" to svg("two measured", measured("ldsd", 1), measured("mezo", 2)),
        )) {
            val texts = svg.lines().map(String::trim)
            assertThat(
                texts,
            ).describedAs(name).contains("C·d", "slope", "measured", "exact").containsAnyOf("0.0002", "0.0005")
            assertThat(texts.count { it == "forward passes" }).isEqualTo(2)
        }
        svg("energy", measured("mezo", 1).copy(readings = (0..4).associate { "energy: layer $it" to dots(0.1 * it) }))
        svg("bare energy", curve("mezo", 1e-3, 1).copy(scores = listOf(), readings = mapOf("C·d" to dots(0.1))))
    }

    @Test
    fun `html holds the picture and its text safely`() {
        val html = Image.html(svg("one", curve("a", 1e-3, 1)), "<b>'\"&")
        assertThat(html)
            .startsWith("<img ")
            .contains("alt='&lt;b&gt;&#39;&quot;&amp;'", "src='data:image/svg+xml;base64,")
    }

    private fun circles(svg: String) = Regex("<circle").findAll(svg).count()

    private fun curve(
        label: String,
        rate: Double,
        seed: Long,
        steps: Int = 2000,
    ): Curve {
        val random = Random(seed)
        return Curve(
            label,
            List(steps) { Dot(it * 2.0, 0.55 + 0.85 * exp(-it * rate) + 0.12 * random.nextGaussian()) },
            List(9) { Dot(it * steps / 4.0, 0.25 + 0.3 * (1 - exp(-it * steps / 8 * rate))) },
        )
    }

    /** Also left as files, to be looked at. */
    private fun svg(
        name: String,
        vararg curves: Curve,
    ): String {
        val svg = Image.svg(Figures.of(curves.toList()))
        val folder = Files.createDirectories(Path.of("target/figures"))
        Files.writeString(folder.resolve("$name.svg"), svg)
        Files.write(folder.resolve("$name.png"), Base64.getDecoder().decode(Image.png(svg)))
        return svg
    }
}
