package org.zolab.dsl.jupyter

import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.assertThatThrownBy
import org.assertj.core.api.Assertions.catchThrowable
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import org.zolab.dsl.Running
import org.zolab.dsl.waitForStep
import org.zolab.train.Outcome
import org.zolab.train.Run
import java.nio.file.Path
import java.util.Base64
import kotlin.concurrent.thread

/** Cells as people write them, in the kernel. */
@OnKernelJdk
class CellsTest {
    @BeforeEach
    fun forget() {
        kernel.displays.clear()
        kernel.updates.clear()
    }

    @AfterEach
    fun nothingGoesOn() {
        Running.current?.stop()
        Running.current?.await()
    }

    @Test
    fun `the literal form runs in the cell that loads the library, and the value is the figure`() {
        val output = first
        assertThat(output.keys).containsExactlyInAnyOrder("text/html", "image/svg+xml", "image/png", "text/plain")
        assertThat(output["text/plain"]).startsWith("mezo: completed, 4 steps, 8 forwards")
        assertThat(output["image/svg+xml"]).startsWith("<svg")
        assertThat(output["text/html"])
            .contains("mezo: completed, 4 steps", "<img ", "src='data:image/svg+xml;base64,")
            .doesNotContain("<script", "<svg")
        val inside = output["text/html"]!!.substringAfter("base64,").substringBefore("'")
        assertThat(String(Base64.getDecoder().decode(inside))).isEqualTo(output["image/svg+xml"])
        assertThat(Base64.getDecoder().decode(output["image/png"]).copyOfRange(1, 4)).isEqualTo("PNG".toByteArray())
    }

    @Test
    fun `a text is shown as it grows, and is the value of its cell`() {
        val run = kernel.run("opt(\"nano\").generate(\"Returns the\", maxNewTokens = 20)")
        assertThat(run.rawValue).isInstanceOf(String::class.java).isNotEqualTo("")
        assertThat(kernel.displays).hasSize(1)
        assertThat("${kernel.updates.last()}").contains(" tokens, ", " a second")
    }

    @Test
    fun `predictions and evaluations are tables, and other lists are as they are`() {
        kernel.run("val told = zo { sampler = mezo(); ${line(2)}; testExamples = 6 }")
        val predicted = kernel.output("told.predictions().filter { it.answer().isNotEmpty() }")
        val lines = predicted.getValue("text/plain").lines()
        assertThat(lines).hasSize(7)
        assertThat(lines.first()).startsWith("prompt").contains("chosen")
        assertThat(predicted["text/html"]).contains("<table")
        for (cell in listOf("told.zeroShot()", "told.dev()")) {
            assertThat(kernel.output(cell)["text/plain"])
                .describedAs(cell)
                .startsWith("split")
                .contains("accuracy", " %")
                .doesNotContain("Evaluated")
        }
        for ((cell, heads) in mapOf(
            "told.steps()" to "step   forwards",
            "told.steps().first()" to "step   forwards",
            "told.dev().last()" to "split   step",
            "told.predictions().first()" to "prompt",
            "devLosses(listOf(told))" to "3 rows of run",
            "runs().takeLast(1)" to "mezo: 2 of 2 steps, lowest dev loss",
        )) {
            val output = kernel.output(cell)
            assertThat(output["text/plain"]).describedAs(cell).startsWith(heads)
            assertThat(output["text/html"]).describedAs(cell).startsWith("<table")
        }
        val many = kernel.output("zo { sampler = mezo(); objective = quadratic(3); steps = 50 }.steps()")
        assertThat(many.getValue("text/plain").lines()).hasSize(22).anyMatch { it.contains("⋮") }
        assertThat(kernel.output("listOf(1, 2)")["text/plain"]).isEqualTo("[1, 2]")
    }

    @Test
    fun `a block without its end runs nothing and is told in a sentence`() {
        assertThatThrownBy { kernel.run("zo < sampler = mezo(); ${line(2)}") }
            .hasStackTraceContaining("zo < in line 1 has no > of its own: write one behind the last statement")
    }

    @Test
    fun `an error in the cell that loads the library is short too`() {
        assertThat(firstError).hasMessageContaining("Unresolved reference: modle")
    }

    @Test
    fun `the literal form works over lines, on the right of an assignment, and twice a cell`() {
        val run =
            kernel.run(
                """
                val a = zo <
                    sampler = ldsd(lr = 1e-3, candidates = 2)   // "lr > 0"
                    ${small(2)}
                >
                val b = zo < sampler = mezo(); ${line(3)} >
                listOf(a, b).filter { it.forwards > 5 }.map { it.forwards }
                """.trimIndent(),
            )
        assertThat(run.rawValue).isEqualTo(listOf(6L, 6L))
    }

    @Test
    fun `a run is found again where a later line of its cell failed`() {
        assertThatThrownBy {
            kernel.run(
                "val lost = zo { sampler = mezo(); ${line(2)} }; lost.saveAdapter(\"nowhere\")",
            )
        }
        assertThat(
            kernel.run("runs().last().reopen().summary()").rawValue as String,
        ).startsWith("mezo: completed, 2 steps")
        assertThat(
            kernel.run("runs().last().reopen().model.generate(\"Returns\", maxNewTokens = 2)").rawValue,
        ).isNotEqualTo("")
    }

    @Test
    fun `a sweep is shown as a comparison, and earlier runs a line each`() {
        val sweep = kernel.output("sweep(listOf(1L, 2L).map { s -> plan { sampler = mezo(); seed = s; ${line(2)} } })")
        assertThat(sweep["text/plain"]).contains("mezo, seed = 1: completed", "mezo, seed = 2: completed")
        assertThat(sweep["text/html"]).contains("<table", "<img ")
        assertThat(kernel.output("runs()")["text/plain"]!!.lines().size).isGreaterThan(1)
    }

    @Test
    fun `a model is chosen by the function that is called as the choice is`() {
        assertThatThrownBy { kernel.run("plan < sampler = mezo(); model = model(\"nobody/nothing\") >") }
            .hasMessageContaining("model nobody/nothing is not there")
    }

    @Test
    fun `a run is shown live, four times a second at the most, and leaves one line behind`() {
        val start = System.nanoTime()
        kernel.run("zo { sampler = mezo(); ${line(400)} }")
        val seconds = (System.nanoTime() - start) / 1e9

        assertThat(kernel.displays).hasSize(1)
        assertThat(kernel.displays[0].data["text/html"]).contains("step 0 of 400")
        assertThat(kernel.updates.map { it.id }.toSet()).containsExactly(kernel.displays[0].id)
        assertThat(kernel.updates.size).isBetween(2, (4 * seconds).toInt() + 1)
        val frames = kernel.updates.dropLast(1).map { it.data.getValue("text/html") }
        assertThat(frames.last()).contains("left", "forwards/s", "dev accuracy", "MB", "width:", "<img ")
        assertThat(frames.toSet().size).isGreaterThan(1)
        assertThat(kernel.updates.last().data["text/html"])
            .contains("step 400 of 400")
            .doesNotContain("<img ", "left", "\n")
    }

    @Test
    fun `a run in the background goes on under the next cells, and leaves its figure`() {
        kernel.run("val going = zoAsync { sampler = mezo(); ${line(40)} }")
        assertThat(kernel.run("6 * 7").rawValue).isEqualTo(42)
        assertThat(kernel.run("going.progress.value.step < 40").rawValue).isEqualTo(true)
        assertThatThrownBy { kernel.run("zo { sampler = mezo(); ${line(1)} }") }
            .hasMessageContaining("another run is going on (mezo on opt-nano: step ")
        assertThat(kernel.output("going.await()")["text/plain"]).startsWith("mezo: completed, 40 steps")
        assertThat(
            kernel.updates
                .last()
                .data.keys,
        ).contains("image/svg+xml")
        assertThat(kernel.run("going.result.isCompleted").rawValue).isEqualTo(true)
    }

    @Test
    fun `a plan is a table of text, and nothing runs`() {
        val output = kernel.output("plan < sampler = mezo(); ${line(100)} >")
        assertThat(output["text/plain"]).contains("steps: 100", "forwards     200", "memory", "time")
        assertThat(output["text/html"]).startsWith("<pre").contains("forwards     200")
        assertThat(kernel.displays).isEmpty()
    }

    @Test
    fun `a plan whose function fails says so in place of its cost`() {
        val output =
            kernel.output(
                "plan { sampler = mezo(); objective = function(\"f\", floatArrayOf(1f)) { x -> x[1].toDouble() } }",
            )
        assertThat(output["text/plain"])
            .contains(
                "function: f",
                "this plan cannot run, its code of a cell fails:\n  java.lang.ArrayIndexOutOfBounds",
            )
    }

    @Test
    fun `a plan whose examples are none for its model says so in place of its cost`() {
        val toy =
            "val bad = List(2) { example(\"<mask> is <mask>\", listOf(\" terrible\", \" great\"), 1) }\n" +
                "val roberta = model(java.nio.file.Path.of(\"../integration-tests/goldens/models/roberta-tiny\"))\n" +
                "plan { sampler = mezo(); model = roberta; task = task(\"toy\", bad, bad, bad); steps = 2 }"
        assertThat(kernel.output(toy)["text/plain"])
            .contains("task: toy", "this plan cannot run:", "gaps <mask> of a prompt are not one: 2")
    }

    @Test
    fun `a comparison is a table and a figure`() {
        kernel.run("val one = zo { sampler = mezo(); ${line(3)} }")
        val output = kernel.output("compare(one, one)")
        assertThat(output.keys).containsExactlyInAnyOrder("text/html", "image/svg+xml", "image/png", "text/plain")
        assertThat(output["text/html"]).contains("<table", "lowest dev loss", "dev accuracy there", "mezo", "<img ")
        assertThat(kernel.output("one.figure()").keys).contains("image/svg+xml", "image/png", "text/html")
    }

    @Test
    fun `problems of a block are a short message, and the next cell runs`() {
        assertThatThrownBy { kernel.run("zo { sampler = ldsd(lr = -1.0); steps = -3 }") }
            .hasMessageContaining("lr of the sampler is not zero or positive and finite: -1.0")
            .hasMessageContaining("model is not set")
            .hasMessageContaining("steps is not strictly positive: -3")
            .satisfies({ e ->
                assertThat(e.cause).isInstanceOf(org.zolab.dsl.ZoException::class.java).hasNoCause()
                assertThat(e.cause!!.stackTrace).isEmpty()
            })
        assertThatThrownBy { kernel.run("zo { modle = 3 }") }.hasMessageContaining("Unresolved reference: modle")
        assertThat(kernel.run("1 + 1").rawValue).isEqualTo(2)
    }

    @Test
    fun `a sampler written in a cell runs`() {
        val code =
            """
            class Signs : DirectionSampler {
                override fun propose(count: Int, theta: ParameterVector, key: NoiseKey) =
                    List(count) { Direction.noise(key.draw(it), Law.RADEMACHER) }
            }
            zo { sampler = customSampler("signs") { Signs() }; estimator = bestOf(5); ${line(2)} }
            """.trimIndent()
        assertThat((kernel.run(code).rawValue as Run).forwards()).isEqualTo(12)
    }

    /** As a kernel interrupts: first Thread.interrupt(), then, 100 ms later, Thread.stop() where the JDK has it. */
    @Test
    fun `an interrupted cell gives the run so far, and cells after it render`() {
        var result: Any? = null
        val cell = thread { result = kernel.run("zo { sampler = mezo(); ${line(100_000)} }").rawValue }
        waitForStep(2)
        cell.interrupt()
        Thread.sleep(100)
        if (cell.isAlive) Thread::class.java.getMethod("stop").invoke(cell)
        cell.join(20_000)

        assertThat(cell.isAlive).isFalse()
        assertThat((result as Run).outcome()).isInstanceOf(Outcome.Stopped::class.java)
        assertThat(kernel.updates.last().data["text/html"]).contains("of 100,000")
        assertThat(kernel.output("zo { sampler = mezo(); ${line(2)} }").keys).contains("image/svg+xml", "image/png")
    }

    companion object {
        private lateinit var kernel: Kernel
        private lateinit var first: Map<String, String>
        private lateinit var firstError: Throwable

        /** A model, a task of a few sentences, and few of everything. */
        private fun small(steps: Int) =
            """
            model = opt("nano")
            steps = $steps
            batch = 2
            devExamples = 4
            testExamples = 0
            """.trimIndent()

        private fun line(steps: Int) = small(steps).lines().joinToString("; ")

        @BeforeAll
        @JvmStatic
        fun start(
            @TempDir folder: Path,
        ) {
            System.setProperty("zo.home", folder.resolve("home").toString())
            firstError = catchThrowable { Kernel().run("%use zo\nzo < modle = 3 >") }
            kernel = Kernel() // the last kernel that loads the library is where runs are shown
            first = kernel.output("%use zo\nzo <\n    sampler = mezo()\n    ${small(4)}\n>")
        }
    }
}
