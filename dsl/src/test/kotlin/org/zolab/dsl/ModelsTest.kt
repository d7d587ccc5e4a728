package org.zolab.dsl

import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.assertThatThrownBy
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import org.zolab.train.Outcome
import java.nio.file.Path

class ModelsTest {
    @TempDir
    lateinit var home: Path

    private val models = Path.of("..", "integration-tests", "goldens", "models")

    @Test
    fun `a block runs with a model of any family`() {
        val reviews =
            List(4) { example("The film was $it times as long. It was", listOf(" terrible", " great"), it % 2) }
        for (name in listOf("roberta-tiny", "mistral-tiny", "gpt2-tiny")) {
            val run =
                zo {
                    sampler = ldsd(lr = 1e-3)
                    model = model(models.resolve(name))
                    task = task("reviews", train = reviews, dev = reviews, test = reviews)
                    steps = 2
                    batch = 2
                    folder = "${home.resolve(name)}"
                }
            assertThat(run.outcome()).isEqualTo(Outcome.Completed())
            assertThat(run.dev().last().loss()).isFinite().isNotEqualTo(run.dev().first().loss())
        }
    }

    /** What a cell says of a head of classes: a new one with an adapter, and the one that a folder comes with; words need not be single tokens. */
    @Test
    fun `a model with a head of classes tunes, is saved, and is read again`() {
        val reviews =
            List(6) {
                example(
                    "The film was $it times as long.[SEP]a waste",
                    listOf(" very bad", " so so", " rather good"),
                    it % 3,
                )
            }
        val part = model(models.resolve("bert-tiny"), classes = 3)
        assertThat("$part").isEqualTo("model(${models.resolve("bert-tiny")}, classes = 3)")
        assertThat("${bert("base-uncased", classes = 2)}").isEqualTo("bert(\"base-uncased\", classes = 2)")
        assertThat("${roberta("large")}").isEqualTo("roberta(\"large\")")
        val run =
            zo {
                sampler = ldsd(lr = 1e-3)
                model = part
                tune = lora(r = 2, modulesToSave = listOf("pooler"))
                task = task("reviews", train = reviews, dev = reviews, test = reviews)
                steps = 4
                batch = 2
                learningRate = 1e-2
                folder = "${home.resolve("run")}"
            }
        assertThat(run.outcome()).isEqualTo(Outcome.Completed())
        assertThat(run.dev().last().loss()).isNotEqualTo(run.dev().first().loss())
        assertThat(run.predictions()).hasSize(6)
        run.saveModel("${home.resolve("saved")}")
        val again =
            zo {
                sampler = mezo()
                model = model("${home.resolve("saved")}")
                tune = lora(r = 2)
                task = task("reviews", train = reviews, dev = reviews, test = reviews)
                steps = 1
                folder = "${home.resolve("again")}"
            }
        assertThat(again.dev().first().loss()).isEqualTo(run.best().get().loss())
        assertThat(
            baselines(model(models.resolve("bert-classes")), task("reviews", reviews, reviews, reviews)).rows(),
        ).hasSize(3)
        assertThatThrownBy {
            plan {
                sampler = mezo()
                model = opt("nano", bos = null)
                tune = lora(modulesToSave = listOf("pooler"))
            }
        }.hasMessageContaining("modulesToSave of lora is of models with a head of classes: [pooler]")
    }

    @Test
    fun `texts begin with another token where a block says so`() {
        val other = opt("nano", bos = 5)
        assertThat("$other").isEqualTo("opt(\"nano\", bos = 5)")
        assertThat(other.build().name()).isEqualTo("opt-nano, bos 5")
        val own = opt("nano").build().tokenizer().use { it.encode("a text") }
        val changed = other.build().tokenizer().use { it.encode("a text") }
        assertThat(changed.toList()).isEqualTo(listOf(5) + own.drop(1))
        assertThat(own.first()).isNotEqualTo(5)
        assertThatThrownBy { opt("nano", bos = 1_000_000).build().tokenizer() }
            .hasMessageContaining("bos is not in 0 to 4095")
    }

    @Test
    fun `a name says what it stands for where it is not there`() {
        for ((part, name) in listOf(
            model("nobody/nothing") to "nobody/nothing",
            llama("nobody/nothing") to "nobody/nothing",
            qwen("0-0b") to "Qwen/Qwen0-0B",
            mistral("0b-v0") to "mistralai/Mistral-0B-v0",
            roberta("none") to "FacebookAI/roberta-none",
            bert("none") to "google-bert/bert-none",
            gpt2("none") to "openai-community/gpt2-none",
        )) {
            assertThatThrownBy {
                plan {
                    sampler = mezo()
                    model = part
                }
            }.isInstanceOf(ZoException::class.java).hasMessageContaining("model $name is not there")
        }
        assertThat(gpt2().toString()).isEqualTo("gpt2(\"small\")")
    }
}
