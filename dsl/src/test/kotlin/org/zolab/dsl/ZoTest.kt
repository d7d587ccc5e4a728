package org.zolab.dsl

import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.assertThatThrownBy
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import org.zolab.sampler.DirectionSampler
import org.zolab.space.Direction
import org.zolab.space.Law
import org.zolab.train.Outcome
import org.zolab.train.Run
import java.nio.file.Path
import java.util.concurrent.CancellationException
import java.util.concurrent.CountDownLatch
import kotlin.concurrent.thread

class ZoTest {
    @TempDir
    lateinit var home: Path

    @AfterEach
    fun nothingGoesOn() {
        Running.current?.stop()
        Running.current?.await()
    }

    /** A run so small that only its ways are tested. */
    private fun Zo.small(steps: Int = 3) {
        model = opt("nano")
        task = toy()
        this.steps = steps
        batch = 2
        folder = "${home.resolve("run")}"
    }

    private fun toy(): Part<org.zolab.task.Task> {
        val options = listOf(" mathematics", " time")
        val sums = List(4) { example("Returns the sum of $it numbers. This is about", options, it % 2) }
        return task("toy", train = sums, dev = sums, test = sums)
    }

    @Test
    fun `a block runs`() {
        val run =
            zo {
                small(4)
                sampler = mezo()
                name = "short"
                evaluateEvery = 2
            }

        assertThat(run.outcome()).isEqualTo(Outcome.Completed())
        assertThat(run.forwards()).isEqualTo(8)
        assertThat(run.dev().map { it.step() }).containsExactly(0, 2, 4)
        assertThat(run.summary()).startsWith("short: completed").isEqualTo("$run")
        assertThat(run.curve().label).isEqualTo("short")
        assertThat(run.curve().losses.map { it.forwards }).containsExactly(2.0, 4.0, 6.0, 8.0)
        assertThat(run.curve().scores.map { it.forwards }).containsExactly(0.0, 4.0, 8.0)
        assertThat(Image.svg(run.figure())).contains("training loss", "dev accuracy")
    }

    @Test
    fun `a run that is in its folder already is read and not run, which is said`() {
        val block: Zo.() -> Unit = {
            small()
            sampler = mezo()
        }
        val first = zoAsync(block)
        first.await()
        assertThat("$first").doesNotContain("read from its folder")
        val second = zoAsync(block)
        second.await()
        assertThat("$second").endsWith(" · 3 of them read from its folder and not run" + memory(second))
        assertThat("$second").doesNotContain("forwards/s")
    }

    private fun memory(of: Running) =
        of.progress.value.memory
            .let { if (it > 0) " · ${it / 1_000_000} MB" else "" }

    @Test
    fun `everything that is wrong is told at once, before anything starts`() {
        assertThatThrownBy {
            zo {
                sampler = ldsd(lr = -1.0, sigma = Double.NaN)
                estimator = bestOf(0)
                task = task("empty", train = listOf(), dev = listOf(), test = listOf())
                steps = -3
                batch = 0
                evaluateEvery = -1
                learningRate = Double.NaN
                folder = "${home.resolve("never")}"
            }
        }.isInstanceOf(ZoException::class.java)
            .hasMessageStartingWith("this block cannot run:\n")
            .hasMessageContaining("lr of the sampler is not zero or positive and finite: -1.0")
            .hasMessageContaining("sigma is not strictly positive and finite: NaN")
            .hasMessageContaining("model is not set; try model = opt(\"nano\")")
            .hasMessageContaining("steps is not strictly positive: -3")
            .hasMessageContaining("batch is not strictly positive: 0")
            .hasMessageContaining("evaluateEvery is not strictly positive: -1")
            .hasMessageContaining("learningRate is not strictly positive and finite: NaN")
            .hasMessageContaining("task empty has no examples to learn from")
            .hasNoCause()
        assertThat(home.resolve("never")).doesNotExist()
    }

    @Test
    fun `an empty block says what to choose, once each`() {
        assertThatThrownBy { plan { } }.hasMessage(
            """
            this block cannot run:
              sampler is not set; try sampler = ldsd() or sampler = mezo()
              model is not set; try model = opt("nano")
            """.trimIndent(),
        )
    }

    @Test
    fun `parts are built with the block, not where they are written`() {
        assertThat(ldsd(lr = -1.0).toString()).contains("lr = -1.0")
        assertThatThrownBy {
            plan {
                sampler = ldsd(lr = 1e-3, gamma = 1e-2)
                model = opt("nano")
            }
        }.hasMessageContaining("ldsd takes lr or gamma, not both: lr = 0.001, gamma = 0.01")
    }

    @Test
    fun `a learning sampler needs probes that it can compare`() {
        assertThatThrownBy {
            plan {
                sampler = ldsd()
                estimator = centralDifference()
                model = opt("nano")
            }
        }.hasMessageContaining("learns from comparing two probes").hasMessageContaining("use bestOf(5)")
    }

    @Test
    fun `choices reach the plan`() {
        val plan =
            plan {
                small(7)
                sampler = mezo()
                estimator = bestOf(3)
                learningRate = 1e-4
                epsilon = 1e-2
                seed = 5
                devExamples = 3
                testExamples = 2
            }
        assertThat(plan.steps()).isEqualTo(7)
        assertThat(plan.estimator()).isEqualTo(org.zolab.estimator.BestOf(3, 1e-2))
        assertThat(plan.learningRate()).isEqualTo(1e-4)
        assertThat(plan.seed()).isEqualTo(5)
        assertThat(plan.subject().settings()).contains("devExamples: 3", "testExamples: 2")
        assertThat(plan.forwards()).isEqualTo(7 * 4)
        assertThat(plan.name()).isEqualTo("mezo, bestOf(3)")
        assertThat(
            plan {
                small()
                sampler = ldsd(lr = 1e-2)
                estimator = bestOf(5)
            }.name(),
        ).isEqualTo("ldsd") // which it is
    }

    @Test
    fun `a model that is nowhere is told with where it was looked for`() {
        assertThatThrownBy {
            plan {
                sampler = mezo()
                model = opt(home.resolve("nothing"))
            }
        }.isInstanceOf(ZoException::class.java).hasMessageContaining("nothing")
    }

    @Test
    fun `a sampler of one's own runs, with the estimator of one's choice`() {
        var asked = 0
        val run =
            zo {
                small()
                sampler =
                    customSampler("signs") {
                        asked = 0 // samplers before the run's were made to see what they do
                        DirectionSampler { count, _, key ->
                            asked += count
                            List(count) { Direction.noise(key.draw(it), Law.RADEMACHER) }
                        }
                    }
                estimator = bestOf(5)
            }
        assertThat(asked).isEqualTo(3 * 5)
        assertThat(run.forwards()).isEqualTo(3 * 6)
        assertThat(run.summary()).startsWith("signs, bestOf(5): completed")
    }

    @Test
    fun `what breaks in a sampler of one's own is told with the line, in few frames`() {
        assertThatThrownBy {
            zo {
                small()
                sampler =
                    customSampler("broken") {
                        DirectionSampler {
                            _,
                            _,
                            _,
                            ->
                            listOf("short".substring(7)).map { Direction.ZERO }
                        }
                    }
            }
        }.isInstanceOf(ZoException::class.java)
            .hasMessageStartingWith("the run failed: java.lang.StringIndexOutOfBounds")
            .satisfies({ e ->
                assertThat(e.stackTrace).isEmpty()
                assertThat(e.cause!!.stackTrace).hasSizeBetween(1, 6)
            })
    }

    @Test
    fun `a run beside the cells tells how far it is, and can be stopped`() {
        val going =
            zoAsync {
                small(100_000)
                sampler = mezo()
            }
        waitForStep(3)
        assertThat(going.result.isCompleted).isFalse()
        assertThat(Running.current).isSameAs(going)
        assertThat(going.toString()).startsWith("mezo on opt-nano: step ")
        going.stop()
        val run = going.await()

        assertThat(run.outcome()).isEqualTo(Outcome.Stopped(run.steps().size))
        assertThat(run.steps().size).isBetween(3, 99_999)
        assertThat(going.progress.value.finished).isTrue()
        assertThat(going.result.isCompleted).isTrue()
        assertThat(Running.current).isNull()
    }

    @Test
    fun `cancelling the deferred stops the run`() {
        val going =
            zoAsync {
                small(100_000)
                sampler = mezo()
            }
        going.result.cancel(CancellationException("enough"))
        assertThat(going.await().outcome()).isInstanceOf(Outcome.Stopped::class.java)
    }

    @Test
    fun `two blocks at once are refused, with what to do`() {
        val going =
            zoAsync {
                small(100_000)
                sampler = mezo()
                name = "first"
            }
        assertThatThrownBy {
            zo {
                small()
                sampler = mezo()
                folder = "${home.resolve("second")}"
            }
        }.isInstanceOf(ZoException::class.java)
            .hasMessageStartingWith("another run is going on (first on opt-nano: step ")
            .hasMessageContaining("Running.current?.stop()")
        going.stop()
        going.await()
        assertThat(
            zo {
                small()
                folder = "${home.resolve("second")}"
                sampler = mezo()
            }.outcome(),
        ).isEqualTo(Outcome.Completed())
    }

    @Test
    fun `interrupting keeps the run so far`() {
        lateinit var run: Run
        val cell =
            thread {
                run =
                    zo {
                        small(100_000)
                        sampler = mezo()
                    }
            }
        waitForStep(2)
        cell.interrupt()
        cell.join(20_000)

        assertThat(cell.isAlive).isFalse()
        assertThat(run.outcome()).isInstanceOf(Outcome.Stopped::class.java)
        assertThat(run.steps()).hasSizeGreaterThanOrEqualTo(2)
    }

    @Test
    fun `a run that does not stop is said to be stuck, and what to do`() {
        val latch = CountDownLatch(1)
        val asked = CountDownLatch(1)
        val stuck =
            plan {
                sampler = mezo()
                objective =
                    function("stuck", floatArrayOf(1f)) {
                        asked.countDown()
                        while (latch.count > 0) Thread.onSpinWait()
                        0.0
                    }
                folder = "${home.resolve("stuck")}"
            }
        val cell = thread { runCatching { zo(stuck) } }
        asked.await()
        cell.interrupt()
        Thread.sleep(1_200)
        cell.interrupt()
        cell.join(5_000)
        assertThatThrownBy {
            zo {
                small()
                sampler = mezo()
            }
        }.hasMessageStartingWith("another run is going on (mezo on stuck")
            .hasMessageContaining(
                "it was told to stop and does not, since code that it calls does not come back; restart the kernel",
            ).hasMessageNotContaining("Running.current")
        latch.countDown()
        runCatching { Running.current?.await() }
    }

    @Test
    fun `runs are set side by side`() {
        val run =
            zo {
                small()
                sampler = mezo()
            }
        assertThat(compare(run, run).toString().lines()).containsExactly(
            run.summary().replace("mezo:", "mezo (1):"),
            run.summary().replace("mezo:", "mezo (2):"),
        )
        assertThat(Image.svg(compare(run, run).figure())).contains("mezo (1)", "mezo (2)")
        assertThatThrownBy { compare() }
            .isInstanceOf(
                ZoException::class.java,
            ).hasMessageContaining("compare has no run")
    }
}
