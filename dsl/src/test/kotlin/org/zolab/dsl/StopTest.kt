package org.zolab.dsl

import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.catchThrowable
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import org.zolab.model.Compute
import org.zolab.model.LanguageModel
import org.zolab.model.ModelSource
import org.zolab.model.families.Models
import org.zolab.train.AblationResult
import org.zolab.train.Outcome
import java.nio.file.Path
import java.util.concurrent.CancellationException
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread

/** A cell that is interrupted while its model is fetched. */
class StopTest {
    @TempDir
    lateinit var home: Path

    private val fetching = CountDownLatch(1)

    /** The embedded model, on a Hub that never answers. */
    private val fetched =
        Part<ModelSource>("fetched()") {
            object : ModelSource by Models.opt("nano") {
                override fun load(compute: Compute): LanguageModel {
                    fetching.countDown()
                    try {
                        CountDownLatch(1).await(60, TimeUnit.SECONDS)
                    } catch (_: InterruptedException) {
                        throw CancellationException("stopped while it was fetched")
                    }
                    error("nobody interrupted it")
                }
            }
        }

    private fun Zo.small() {
        model = fetched
        task = apidocs()
        sampler = mezo()
        steps = 2
        folder = "${home.resolve("run")}"
    }

    private fun toy(name: String) =
        plan {
            this.name = name
            objective = quadratic(3)
            sampler = mezo()
            steps = 2
            folder = "${home.resolve(name)}"
        }

    @BeforeEach
    fun here() {
        System.setProperty("zo.home", "$home")
    }

    /** What comes of a cell that is interrupted once the model is asked for. */
    private fun <T : Any> interrupted(work: () -> T): T? {
        var value: T? = null
        val cell = thread(isDaemon = true) { told = catchThrowable { value = work() } }
        assertThat(fetching.await(60, TimeUnit.SECONDS)).isTrue()
        cell.interrupt()
        cell.join(20_000)
        assertThat(cell.isAlive).isFalse()
        return value
    }

    private var told: Throwable? = null

    private fun isTold(message: String) {
        assertThat(told).isInstanceOf(ZoException::class.java).hasMessageStartingWith(message)
    }

    @Test
    fun `a run`() {
        interrupted { zo { small() } }
        isTold("stopped before it began: mezo on opt-nano: step 0 of 2")
    }

    @Test
    fun `a sweep gives the runs before`() {
        val runs = interrupted { sweep(listOf(toy("one"), plan { small() }, toy("two"))) }
        assertThat(runs!!.map { it.plan().name() }).containsExactly("one")
    }

    @Test
    fun `an ablation gives what is finished`() {
        val lines = CopyOnWriteArrayList<String>()
        val before = Screen.opener
        Screen.opener = { Lines(lines) }
        val result: AblationResult? =
            interrupted {
                ablate {
                    each { sampler = mezo() }
                    arm("toy") { objective = quadratic(3) }
                    arm("fetched") {
                        model = fetched
                        task = apidocs()
                    }
                    seeds = 1..1
                    budget = forwards(20)
                    name = "fetched"
                }
            }
        Screen.opener = before
        assertThat(told).isNull()
        assertThat(lines.last()).isEqualTo("stopped: 1 run of 2 runs")
        assertThat(lines).noneMatch { it.endsWith(", ") }
        assertThat(result!!.complete()).isFalse()
        assertThat(result.trials().map { it.arm() }).containsExactly("toy")
        assertThat(result.trials()[0].outcome()).isEqualTo(Outcome.Completed())
    }

    private class Lines(
        private val lines: MutableList<String>,
    ) : Screen {
        override fun open(view: View) = update(view)

        override fun update(view: View) {
            lines += view.line
        }

        override fun close(
            view: View,
            value: Any?,
        ) = update(view)
    }

    @Test
    fun `a search`() {
        interrupted { findLearningRate { small() } }
        isTold("stopped: a search for a learning rate; nothing is kept of it")
    }

    @Test
    fun `baselines are`() {
        interrupted { baselines(fetched, apidocs()) }
        isTold("stopped: baselines of fetched(); nothing is kept of it")
    }

    @Test
    fun `scales are`() {
        interrupted { trainScales(fetched, to = "$home/nets") }
        isTold("stopped: training scales; no file was written: ")
    }

    @Test
    fun `a text`() {
        interrupted { fetched.generate("Returns the") }
        isTold("stopped before it began: a text by fetched(); what is here already is kept")
    }
}
