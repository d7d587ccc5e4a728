package org.zolab.dsl

import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.assertThatThrownBy
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path

class ScopesTest {
    @TempDir
    lateinit var home: Path

    private fun Zo.small(scope: Part<org.zolab.model.Scope>?) {
        val sums =
            List(4) {
                example(
                    "Returns the sum of $it numbers. This is about",
                    listOf(" mathematics", " time"),
                    it % 2,
                )
            }
        model = opt("nano")
        sampler = mezo()
        task = task("toy", train = sums, dev = sums, test = sums)
        steps = 2
        batch = 2
        tune = scope
        folder = "${home.resolve("run")}"
    }

    @Test
    fun `a scope is as large as its tensors`() {
        val family = opt("nano").build().family()

        fun parameters(scope: Part<org.zolab.model.Scope>) =
            scope
                .build()
                .of(family)
                .space()
                .dimension()

        assertThat(parameters(full())).isEqualTo(plan { small(null) }.cost().parameters())
        assertThat("${lora(8, 16)}").isEqualTo("${lora(8, 16.0)}").isEqualTo("lora(r = 8, alpha = 16.0)")
        assertThat(parameters(lora(r = 2))).isEqualTo(4L * 2 * 2 * (192 + 192))
        assertThat(parameters(lora(r = 2, on = listOf("fc1")))).isEqualTo(4L * 2 * (192 + 768))
        assertThat(parameters(prefix())).isEqualTo(4L * 2 * 5 * 192)
        assertThat(parameters(promptTuning())).isEqualTo(20L * 192)
        assertThat(parameters(bitFit())).isEqualTo(4L * (4 * 192 + 2 * 192 + 768 + 192) + 192)
        assertThat(parameters(head())).isEqualTo(2L * 192)
        assertThat(parameters(layers(1..2))).isEqualTo(parameters(tensors("""layers\.[12]\.""")))
        val scopes =
            listOf(
                lora(),
                prefix(),
                prefix(2, shifted = false),
                promptTuning(),
                bitFit(),
                head(),
                layers(1..2),
                tensors("norm"),
            )
        assertThat(scopes.map { "$it" })
            .containsExactlyElementsOf(scopes.map { "${it.build()}" })
            .contains(
                "lora(r = 8, alpha = 8.0)",
                "prefix(tokens = 2, shifted = false)",
                "promptTuning(tokens = 20)",
                "layers(1..2)",
            )
    }

    @Test
    fun `what a run saved is read by the next`() {
        val run = zo { small(lora(r = 2)) }
        val adapter = "${home.resolve("adapter")}"
        val merged = "${home.resolve("merged")}"
        run.saveAdapter(adapter)
        run.saveModel(merged, dtype = "fp16")
        val onward =
            zo {
                small(lora(adapter))
                folder = "${home.resolve("onward")}"
            }
        assertThat(onward.dev().first().loss()).isEqualTo(run.best().get().loss())
        val again =
            zo {
                small(null)
                model = model(merged)
                folder = "${home.resolve("again")}"
            }
        assertThat(again.dev()).hasSameSizeAs(run.dev())
        assertThatThrownBy {
            plan {
                sampler = mezo()
                model = model(adapter)
            }
        }.hasMessageContaining("but an adapter's: write model = opt(\"nano\") and tune = lora(\"$adapter\")")
    }

    @Test
    fun `what goes before texts is saved, read, and generates`() {
        for ((scope, read) in listOf<Pair<Part<org.zolab.model.Scope>, (String) -> Part<org.zolab.model.Scope>>>(
            prefix(tokens = 2) to ::prefix,
            promptTuning(tokens = 3) to ::promptTuning,
        )) {
            fun again(
                which: Part<org.zolab.model.Scope>?,
                where: String,
            ) = zo {
                small(which)
                folder = "${home.resolve("$scope$where")}"
            }
            val run = again(scope, "")
            val adapter = "${home.resolve("adapter of $scope")}"
            run.saveAdapter(adapter)
            assertThat(again(read(adapter), " onward").dev().first().loss()).isEqualTo(run.best().get().loss())
            assertThat(run.model.generate("Returns the", maxNewTokens = 3)).isNotEmpty()
            assertThatThrownBy { run.saveModel("${home.resolve("merged")}") }
                .isInstanceOf(ZoException::class.java)
                .hasMessageContaining("nothing was saved")
                .hasMessageContaining("save them as an adapter")
        }
    }

    @Test
    fun `products and theta are in bf16 where a block says so`() {
        fun Zo.half() {
            small(null)
            precision = bf16
            theta = bf16
        }
        assertThat("${plan { half() }}").containsPattern("compute: \\w+/\\d+/bf16/bf16\n")
        val small =
            plan {
                half()
                epsilon = 1e-4
            }
        assertThat("${small.cost()}").contains("note         epsilon 1e-4 is small for precision = bf16")
        val run = zo { half() }
        val saved = "${home.resolve("saved")}"
        run.saveModel(saved, dtype = "bf16")
        val onward =
            zo {
                half()
                model = model(saved)
                folder = "${home.resolve("onward")}"
            }
        assertThat(onward.dev()).hasSameSizeAs(run.dev())
        assertThatThrownBy {
            plan {
                objective = rosenbrock(3)
                sampler = mezo()
                precision = bf16
            }
        }.hasMessageContaining("precision says how a model is computed or kept, and the objective")
    }

    @Test
    fun `a GPU without its driver is told with all else`() {
        System.setProperty("zo.gpu.emulator", "/there/is/no/driver") // also where there is one
        try {
            assertThatThrownBy {
                plan {
                    small(null)
                    batch = 0
                    device = gpu()
                }
            }.isInstanceOf(ZoException::class.java)
                .hasMessageContaining("batch is not strictly positive: 0")
                .hasMessageContaining("a GPU needs NVIDIA's driver, and /there/is/no/driver cannot be loaded")
                .hasMessageContaining("or leave device out to compute on the processor")
        } finally {
            System.clearProperty("zo.gpu.emulator")
        }
        assertThatThrownBy {
            plan {
                small(null)
                device = gpu(-2)
            }
        }.hasMessageContaining("gpu is negative: -2")
    }

    @Test
    fun `what cannot be is told`() {
        assertThatThrownBy {
            plan {
                small(lora(r = 0, on = listOf("nowhere")))
                batch = 0
            }
        }.isInstanceOf(ZoException::class.java)
            .hasMessageContaining("r of lora is not strictly positive: 0")
            .hasMessageContaining("batch is not strictly positive: 0")
        assertThatThrownBy {
            plan {
                sampler = mezo()
                objective = rosenbrock()
                tune = bitFit()
            }
        }.hasMessageContaining(
            "tune is set, and the objective rosenbrock(2) needs none: leave it out",
        )
        val run = zo { small(bitFit()) }
        assertThatThrownBy { run.saveAdapter("${home.resolve("adapter")}") }
            .isInstanceOf(ZoException::class.java)
            .hasMessageContaining("the run trained no adapter, its tune is bitFit()")
        assertThatThrownBy { run.saveModel("${home.resolve("model")}", dtype = "int8") }
            .hasMessageContaining("dtype is not fp32, fp16 or bf16: int8")
    }
}
