package org.zolab.dsl

import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.assertThatThrownBy
import org.assertj.core.api.Assertions.catchThrowable
import org.assertj.core.api.Assertions.within
import org.jetbrains.letsPlot.geom.geomLine
import org.jetbrains.letsPlot.label.labs
import org.jetbrains.letsPlot.letsPlot
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import org.zolab.train.Run
import java.nio.file.Path
import java.util.concurrent.CopyOnWriteArrayList
import kotlin.concurrent.thread

/** Studies, columns and figures of one's own, as notebooks make them. */
class StudyTest {
    @TempDir
    lateinit var place: Path

    private fun runs(): List<Run> =
        sweep(
            listOf(1L, 2L).map { which ->
                plan {
                    name = "run $which"
                    objective = quadratic(20)
                    sampler = ldsd()
                    learningRate = 1e-3
                    steps = 10
                    seed = which
                    evaluateEvery = 5
                    measure = alignment(every = 5)
                    folder = "${place.resolve("$which")}"
                }
            },
        )

    /** One central difference along a Gaussian has the variance d + 1. Of 4,000 draws its deviation is 4 %, the gain's 2 %. */
    @Test
    fun `an estimator is studied on a function`() {
        val study =
            study {
                sampler = mezo()
                objective = quadratic(20)
                budget = forwards(8_001)
            }
        assertThat(study.draws).isEqualTo(4_000)
        assertThat(study.forwards).isEqualTo(2)
        assertThat(study.gain).isCloseTo(1.0, within(0.15))
        assertThat(study.variance).isCloseTo(21.0, within(4.0))
        assertThat(study.bias).isCloseTo(Math.sqrt(study.variance / study.draws), within(0.05))
        assertThat(study.progress).isCloseTo(20.0 / 22, within(0.2))
        assertThat("$study").startsWith("mezo: 2 forwards each, gain ")
        assertThatThrownBy {
            study {
                sampler = mezo()
                objective = function("f", FloatArray(2)) { 0.0 }
            }
        }.isInstanceOf(ZoException::class.java).hasMessageContaining("the objective of f has no gradient")
        assertThatThrownBy {
            study {
                sampler = mezo()
                estimator = leaveOneOut(5)
                objective = quadratic(3)
                budget = forwards(4)
            }
        }.hasMessageContaining("budget pays for no step of mezo, which takes 5 forward passes: 4")
    }

    /** Of one direction of MeZO's, cos² is 1/d on average; leave-one-out over 5 has four times that. */
    @Test
    fun `estimates of a language model are studied`() {
        val of =
            { which: Part<java.util.function.DoubleFunction<org.zolab.estimator.GradientEstimator>> ->
                study {
                    sampler = mezo()
                    estimator = which
                    model = opt("nano")
                    batch = 4
                    steps = 40
                    testExamples = 0
                }
            }
        val one = of(centralDifference())
        val five = of(leaveOneOut(5))
        assertThat(one.dimension).isEqualTo(2_615_808)
        assertThat(one.progress).isBetween(0.3, 3.0)
        assertThat(five.variance / one.variance).isBetween(0.15, 0.4)
        assertThat("$five").startsWith("mezo, leaveOneOut(5): 5 forwards each, gain ")
    }

    @Test
    fun `numbers of a column are written alike`() {
        assertThat(
            "${table("η" to listOf(1e-4, 0.01, 0.0), "loss" to listOf(0.01, 12.0, null))}".lines().map {
                it.split(Regex(" +"))
            },
        ).containsExactly(
            listOf("", "η", "loss"),
            listOf("1e-4", "0.010"),
            listOf("1e-2", "12.0"),
            listOf("0.00", "–"),
        )
        assertThat(
            "${table("" to listOf(0.0015, 0.002, 0.00116, 0.0123, 0.09996, -0.05))}".lines().drop(1).map(String::trim),
        ).containsExactly("0.0015", "0.002", "0.00116", "0.0123", "0.100", "-0.050")
        assertThat("${table("" to listOf(0.715, 0.9996, 9.997, 99.96))}".lines().drop(1).map(String::trim))
            .containsExactly("0.715", "1.00", "10.0", "100")
        assertThat(Image.title(letsPlot() + labs(title = "losses"))).isEqualTo("losses")
        assertThat(Image.title(letsPlot())).isEqualTo("figure")
        assertThat(
            Image.title(compare(runs()).figure()),
        ).isEqualTo("training loss, cos(ĝ, ∇f), C·d, cos(μ, −∇f), ‖μ‖/(σ√d)")
    }

    /** Notes the lines that are shown. */
    private class Lines : Screen {
        val seen = CopyOnWriteArrayList<String>()

        override fun open(view: View) {
            seen += view.line
        }

        override fun update(view: View) {
            seen += view.line
        }

        override fun close(
            view: View,
            value: Any?,
        ) = Unit
    }

    @Test
    fun `a study shows how far it is, and an interrupt ends it`() {
        val lines = Lines()
        val before = Screen.opener
        Screen.opener = { lines }
        try {
            var told: Throwable? = null
            val cell =
                thread {
                    told =
                        catchThrowable {
                            study {
                                sampler = mezo()
                                estimator = leaveOneOut(5)
                                objective = logistic()
                                budget = forwards(20_000_000)
                            }
                        }
                }
            while (lines.seen.size < 2) Thread.sleep(20)
            cell.interrupt()
            cell.join(20_000)
            assertThat(cell.isAlive).isFalse()
            assertThat(told)
                .isInstanceOf(ZoException::class.java)
                .hasMessage("stopped: a study of mezo, leaveOneOut(5); nothing is kept of it")
            assertThat(
                lines.seen.last(),
            ).matches("a study of mezo, leaveOneOut\\(5\\) · [0-9,]+ of 4,000,000 estimates · [0-9]+ s")

            lines.seen.clear()
            findLearningRate(forwards = 100) {
                sampler = mezo()
                objective = quadratic(3)
            }
            baselines(opt("nano"), apidocs(), devExamples = 4, testExamples = 0)
            assertThat(lines.seen[0]).startsWith("a search for a learning rate · 0 of 100 forwards · ")
            assertThat(lines.seen).anyMatch { it.startsWith("baselines of opt(\"nano\") · ") }
        } finally {
            Screen.opener = before
        }
    }

    @Test
    fun `where nothing can be shown nothing is begun, and the next cell runs`() {
        val before = Screen.opener
        var begun = false
        val broken =
            function("f", floatArrayOf(1f), gradient = { floatArrayOf(1f) }) {
                begun = true
                it[0].toDouble()
            }
        val ofBroken: Zo.() -> Unit = {
            sampler = mezo()
            objective = broken
            budget = forwards(100)
        }
        Screen.opener = {
            object : Screen by Lines() {
                override fun open(view: View) = throw InterruptedException("while it is opened")
            }
        }
        try {
            assertThatThrownBy { study(ofBroken) }
                .isInstanceOf(InterruptedException::class.java)
        } finally {
            Screen.opener = before
        }
        assertThat(begun).isFalse()
        study(ofBroken)
        assertThat(begun).isTrue()
    }

    @Test
    fun `a function of a cell may know its gradient`() {
        val bowl =
            function("bowl", FloatArray(3) { 1f }, gradient = { x ->
                x.copyOf()
            }) { x -> x.sumOf { 0.5 * it * it } }
        val study =
            study {
                sampler = mezo()
                estimator = forwardGradient()
                objective = bowl
                steps = 4_000
            }
        assertThat(study.gain).isCloseTo(1.0, within(0.3))
    }

    @Test
    fun `a sweep gives its runs in order, and they are columns`() {
        val runs = runs()
        assertThat(runs.map { it.plan().name() }).containsExactly("run 1", "run 2")
        val losses = losses(runs)
        assertThat(losses.keys).containsExactly("run", "seed", "step", "forwards", "loss")
        assertThat(losses.getValue("run")).hasSize(20)
        assertThat(losses.getValue("seed").toSet()).isEqualTo(setOf("1", "2"))
        assertThat(devLosses(runs.take(1)).getValue("step")).isEqualTo(listOf(0, 5, 10))
        val read = readings(runs, "cos(ĝ, ∇f)")
        assertThat(read.getValue("step")).isEqualTo(listOf(0, 5, 0, 5))
        assertThat(read.getValue("reading").toSet()).isEqualTo(setOf("cos(ĝ, ∇f)"))
        assertThat(readings(runs).getValue("reading").toSet()).contains("C·d")
        assertThat(losses(listOf())).isEmpty()
        assertThat("${losses(listOf())}").isEqualTo("no rows")
        assertThat(compare(runs).runs).isEqualTo(runs)
        val svg =
            Image.svg(
                letsPlot(losses) {
                    x = "forwards"
                    y = "loss"
                    color = "run"
                } + geomLine() + onAnyPage(height = 200, names = listOf("run 2", "run 1")),
            )
        assertThat(svg).contains("run 1", "#7f8794", "height=\"200").doesNotContain("rgb(255,255,255)")
    }

    @Test
    fun `a sweep whose run fails says so, and what is before it is kept`() {
        val told =
            catchThrowable {
                sweep(
                    listOf("good", "bad", "never").map { called ->
                        plan {
                            name = called
                            objective =
                                function(called, FloatArray(2)) { if (called == "bad") error("no such thing") else 1.0 }
                            sampler = mezo()
                            steps = 2
                            folder = "${place.resolve(called)}"
                        }
                    },
                )
            }
        assertThat(told).isInstanceOf(ZoException::class.java).hasMessageContaining("no such thing")
        assertThat(runs(folder = "$place").filter { it.steps().isNotEmpty() }.map { it.name() }).containsExactly("good")
    }

    @Test
    fun `a run whose result is cancelled stops`() {
        val going =
            zoAsync {
                objective = quadratic(3)
                sampler = mezo()
                steps = 100_000_000
                folder = "${place.resolve("long")}"
            }
        going.result.cancel()
        assertThat(going.await().steps().size).isLessThan(100_000_000)
    }

    @Test
    fun `columns are a table`() {
        val table =
            table(
                "name" to listOf("a", "bcd"),
                "n" to listOf(1200, 3),
                "x" to listOf(0.5, null),
                "y" to listOf(1.2345e-5),
            )
        assertThat(table.toString().lines().map { it.trim() }).containsExactly(
            "name       n       x        y",
            "a      1,200   0.500   1.2e-5",
            "bcd        3       –        –",
        )
    }
}
