package org.zolab.dsl

import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.Test
import org.zolab.dsl.Curve.Dot
import java.nio.file.Files
import java.nio.file.Path
import java.util.Base64
import java.util.Random
import kotlin.math.exp

class FiguresTest {
    private fun curve(
        label: String,
        rate: Double,
        seed: Long,
    ): Curve {
        val r = Random(seed)
        return Curve(
            label,
            List(2000) { Dot(it * 2.0, 0.55 + 0.85 * exp(-it * rate) + 0.12 * r.nextGaussian()) },
            List(9) { Dot(it * 500.0, 0.25 + 0.3 * (1 - exp(-it * 250 * rate)) + 0.01 * r.nextGaussian()) },
        )
    }

    @Test
    fun draw() {
        write("one", listOf(curve("LDSD", 0.001, 1)))
        write("two", listOf(curve("LDSD", 0.001, 1), curve("MeZO", 0.0006, 2)))
        write("six", List(6) { curve("a long name of a run $it", 0.0006 + it * 2e-4, 2L + it) })
        write("none", listOf(Curve("LDSD", listOf(), listOf())))
        write("single", listOf(Curve("LDSD", listOf(Dot(2.0, 1.4)), listOf(Dot(0.0, .25)))))
        write(
            "noeval",
            listOf(
                curve("LDSD", 0.001, 1).copy(accuracies = listOf()),
                curve("MeZO", 0.001, 1).copy(accuracies = listOf()),
            ),
        )
    }

    private fun write(
        name: String,
        curves: List<Curve>,
    ) {
        val svg = Image.svg(Figures.of(curves))
        val folder = Files.createDirectories(Path.of("target/figures"))
        Files.writeString(folder.resolve("$name.svg"), svg)
        Files.write(folder.resolve("$name.png"), Base64.getDecoder().decode(Image.png(svg)!!))
        assertThat(svg).startsWith("<svg")
    }
}
