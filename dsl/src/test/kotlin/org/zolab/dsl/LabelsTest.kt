package org.zolab.dsl

import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path

/** What runs are called side by side. */
class LabelsTest {
    @TempDir
    lateinit var place: Path

    private fun labels(vararg settings: Map<String, String>) = Labels.of(settings.map { "mezo" to it })

    @Test
    fun `runs of one name are told apart by the setting that does it, or all that differ, or a number`() {
        assertThat(labels(mapOf("seed" to "1"))).containsExactly("mezo")
        assertThat(
            labels(
                mapOf("learningRate" to "1.0E-4", "steps" to "5", "evaluateEvery" to "1"),
                mapOf("learningRate" to "0.01", "steps" to "6", "evaluateEvery" to "2"),
            ),
        ).containsExactly("mezo, learningRate = 1.0e-04", "mezo, learningRate = 1.0e-02")
        assertThat(
            labels(
                mapOf("seed" to "1", "steps" to "5"),
                mapOf("seed" to "2", "steps" to "5"),
                mapOf("seed" to "2", "steps" to "6"),
            ),
        ).containsExactly("mezo, seed = 1, steps = 5", "mezo, seed = 2, steps = 5", "mezo, seed = 2, steps = 6")
        assertThat(labels(mapOf("seed" to "1"), mapOf("seed" to "1"))).containsExactly("mezo (1)", "mezo (2)")
    }

    @Test
    fun `a sweep of rates is told apart by them, and unlike runs are told`() {
        fun quick(settings: Zo.() -> Unit) =
            plan {
                sampler = mezo()
                objective = quadratic(3)
                steps = 2
                settings()
                folder = "${place.resolve("${place.toFile().list()!!.size}").also { it.toFile().mkdir() }}"
            }
        val rates = sweep(listOf(1e-5, 1e-4).map { rate -> quick { learningRate = rate } })
        assertThat("$rates".lines()).hasSize(2).allMatch { it.startsWith("mezo: completed, 2 steps, 4 forwards") }
        assertThat("${compare(rates)}".lines())
            .anyMatch { it.startsWith("mezo, learningRate = 1.0e-05: completed, 2 steps") }
            .noneMatch { it.contains("scale") }
        assertThat(Image.svg(compare(rates).figure())).contains("mezo, learningRate = 1.0e-04")
        assertThat("${devLosses(rates)}").isEqualTo("6 rows of run, seed, step, forwards, loss")
        val other = sweep(listOf(quick { objective = rosenbrock() }))
        val unlike = compare(rates + other)
        assertThat(
            "$unlike",
        ).contains("their losses are not of one scale: these runs differ in function (quadratic(3) and rosenbrock(2))")
        assertThat(Image.svg(compare(rates).figure())).doesNotContain("scale:")
        for (drawn in listOf(unlike.figure(), compare(runs(place)))) {
            assertThat(Image.svg(drawn)).contains("not of one scale: these runs differ in function")
        }
        assertThat(Image.svg(compare(runs(place).take(2)))).doesNotContain("scale:")
    }
}
