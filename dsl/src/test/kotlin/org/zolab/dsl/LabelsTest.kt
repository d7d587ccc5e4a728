package org.zolab.dsl

import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import org.zolab.train.Method
import java.nio.file.Path

/** What runs are called side by side. */
class LabelsTest {
    @TempDir
    lateinit var place: Path

    private fun labels(vararg settings: Map<String, String>) = Labels.of(settings.map { "mezo" to it })

    @Test
    fun `runs of one name are told apart by all settings in which they differ, or a number`() {
        assertThat(labels(mapOf("seed" to "1"))).containsExactly("mezo")
        assertThat(
            labels(
                mapOf("learningRate" to "1.0E-4", "steps" to "5", "evaluateEvery" to "1"),
                mapOf("learningRate" to "0.01", "steps" to "6", "evaluateEvery" to "2"),
            ),
        ).containsExactly("mezo, learningRate = 1e-4, steps = 5", "mezo, learningRate = 1e-2, steps = 6")
        assertThat(
            labels(
                mapOf("seed" to "1", "steps" to "5"),
                mapOf("seed" to "2", "steps" to "5"),
                mapOf("seed" to "2", "steps" to "6"),
            ),
        ).containsExactly("mezo, seed = 1, steps = 5", "mezo, seed = 2, steps = 5", "mezo, seed = 2, steps = 6")
        assertThat(Labels.numbered(labels(mapOf("seed" to "1"), mapOf("seed" to "1"))))
            .containsExactly("mezo (1)", "mezo (2)")
    }

    @Test
    fun `texts that are cut are told, and their losses are not those of whole ones`() {
        val whole = mapOf("model" to "opt-nano", "seed" to "1")
        val cut = whole + ("maxLength" to "64")
        assertThat(labels(cut, whole)).containsExactly("mezo, maxLength = 64", "mezo, maxLength = none")
        assertThat(labels(whole + ("maxLength" to "0"), whole)).containsExactly("mezo", "mezo")
        assertThat(Labels.unlike(listOf(cut, whole))).endsWith("these runs differ in maxLength (64 and none)")
        assertThat(Labels.unlike(listOf(whole, whole))).isNull()
    }

    @Test
    fun `a method is told by what it is given, and words by the pieces that differ`() {
        assertThat(
            labels(
                mapOf("sampler" to "learned mean, lr 1.0E-4, sigma 1.0, gaussian", "rule" to "sgd"),
                mapOf(
                    "sampler" to "learned mean, lr 0.01, sigma 1.0, gaussian, as published",
                    "rule" to "adam 0.9, 0.99",
                ),
            ),
        ).containsExactly("mezo(lr = 1e-4), sgd", "mezo(lr = 0.01, as published), adam 0.9, 0.99")
    }

    @Test
    fun `words of most runs go without saying`() {
        val plain =
            mapOf("sampler" to "isotropic, gaussian", "rule" to "sgd", "schedule" to "linear to 0.0", "seed" to "1")
        val adam = "adam, beta1 0.9, beta2 0.999, epsilon 1.0E-8, decoupled weight decay 0.1"
        val runs =
            listOf(
                plain,
                plain + ("rule" to adam),
                plain + ("sampler" to "isotropic, sphere"),
                plain + ("schedule" to "cosine to 0.1"),
                plain + ("schedule" to "linear to 0.0, warm-up 10"),
            )
        assertThat(Labels.of(runs.map { "mezo" to it }, Labels.SHORT)).containsExactly(
            "mezo",
            "mezo, adam, beta1 0.9, beta2 0.999, epsilon 1e-8, decoupled weight decay 0.1",
            "mezo(sphere)",
            "mezo, cosine to 0.1",
            "mezo, linear to 0.0, warm-up 10",
        )
        assertThat(labels(plain, plain, plain + ("rule" to "sgd, clipped at 1.0")))
            .containsExactly("mezo", "mezo", "mezo, clipped at 1.0")
    }

    @Test
    fun `what only a model has does not tell it from a function`() {
        assertThat(labels(mapOf("function" to "f"), mapOf("model" to "opt-nano", "batch" to "16", "metric" to "f1")))
            .containsExactly("mezo, function = f", "mezo, model = opt-nano")
        assertThat(Labels.unlike(listOf(mapOf("function" to "f", "behaviour" to "1"), mapOf("task" to "apidocs"))))
            .endsWith("differ in function (f and none)")
    }

    @Test
    fun `a label that is too long tells the settings that tell most, and that there are others`() {
        fun settings(
            seed: Int,
            other: Int,
        ) = mapOf("task" to "a task of name $other", "seed" to "$seed", "steps" to "$other")
        val given = listOf(settings(1, 1), settings(2, 1), settings(3, 2)).map { "mezo" to it }
        assertThat(Labels.of(given, 24)).containsExactly("mezo, seed = 1, …", "mezo, seed = 2, …", "mezo, seed = 3, …")
        assertThat(Labels.of(given, 60)).allMatch { it.contains("task = ") && it.contains("steps = ") }
    }

    @Test
    fun `runs and earlier ones are compared together, and the table has all settings that differ`() {
        fun quick(
            which: Part<Method>,
            rate: Double,
            count: Int,
        ) = zo {
            sampler = which
            objective = quadratic(3)
            learningRate = rate
            steps = count
            folder = "${place.resolve("${place.toFile().list()!!.size}").also { it.toFile().mkdir() }}"
        }
        val first = quick(mezo(), 1e-5, 2)
        quick(mezo(sphere()), 1e-4, 3)
        val earlier = runs(folder = "$place").last()
        assertThat(compare(earlier).labels).containsExactly("mezo")
        val both = compare(first, earlier)
        assertThat(both.labels[1]).isEqualTo("mezo(sphere), learningRate = 1e-4, steps = 3")
        val heads = both.table().columns.map { it.first }
        assertThat(
            heads,
        ).containsExactly("run", "sampler", "η", "steps", "forwards", "lowest dev loss", "at step", "time")
        assertThat("${both.table()}".lines()[2]).contains("sphere", "1e-4")
        assertThat("$both".lines()[1]).startsWith(both.labels[1]).contains("3 of 3 steps")
        assertThat(runs(folder = "$place").toString().lines().last()).isEqualTo("$both".lines()[1])
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
        assertThat("$rates".lines()).hasSize(2).allMatch { it.contains("completed, 2 steps, 4 forwards") }
        assertThat("${compare(rates)}".lines())
            .anyMatch { it.startsWith("mezo, learningRate = 1e-5: completed, 2 steps") }
            .noneMatch { it.contains("scale") }
        assertThat(Image.svg(compare(rates).figure())).contains("mezo, learningRate = 1e-4")
        assertThat("${devLosses(rates)}").isEqualTo("6 rows of run, seed, step, forwards, loss")
        val near = sweep(listOf(1.251e-5, 1.252e-5).map { rate -> quick { learningRate = rate } })
        assertThat(compare(near).labels).containsExactly(
            "mezo, learningRate = 1.251e-5",
            "mezo, learningRate = 1.252e-5",
        )
        val other = sweep(listOf(quick { objective = rosenbrock() }))
        val unlike = compare(rates + other)
        assertThat(
            "$unlike",
        ).contains("their losses are not of one scale: these runs differ in function (quadratic(3) and rosenbrock(2))")
        assertThat(Image.svg(compare(rates).figure())).doesNotContain("scale:")
        for (drawn in listOf(unlike.figure(), compare(runs(folder = "$place")).figure())) {
            assertThat(Image.svg(drawn)).contains("not of one scale: these runs differ in function")
        }
        assertThat(Image.svg(compare(runs(folder = "$place").take(2)).figure())).doesNotContain("scale:")
    }
}
