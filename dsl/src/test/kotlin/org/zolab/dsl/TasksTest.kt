package org.zolab.dsl

import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.assertThatThrownBy
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import org.zolab.task.Split
import java.nio.file.Path
import kotlin.io.path.writeText

/** Tasks as cells write them. */
class TasksTest {
    @TempDir
    lateinit var folder: Path

    @BeforeEach
    fun elsewhere() {
        System.setProperty("zo.home", "$folder/home")
    }

    @Test
    fun `examples are seen before anything runs`() {
        val options = listOf(" bad", " good")
        val rows = List(4) { example("Number $it.\nIt was", options, it % 2) }
        val shown = task("numbers", train = rows, dev = rows.take(1), test = listOf()).examples(count = 2).toString()
        assertThat(shown.lines().map { it.split(Regex(" {2,}")) }).containsExactly(
            listOf("split", "examples in it", "prompt", "right", "options"),
            listOf("train", "4", "Number 0.⏎It was", "bad", "bad | good"),
            listOf("train", "4", "Number 1.⏎It was", "good", "bad | good"),
            listOf("dev", "1", "Number 0.⏎It was", "bad", "bad | good"),
            listOf("test", "0", "–", "–", "–"),
        )
        assertThatThrownBy { classify("nowhere.csv", text = "a", label = "b").examples() }
            .isInstanceOf(ZoException::class.java)
            .hasMessageContaining("nowhere.csv")
    }

    @Test
    fun `rows of one's own are a task in one line`() {
        val file = folder.resolve("reviews.csv")
        file.writeText(
            "body,stars\n" +
                apidocs()
                    .build()
                    .examples(Split.TRAIN)
                    .take(80)
                    .joinToString(
                        "\n",
                    ) { "\"${it.prompt.removeSuffix(" This is about").replace("\"", "\"\"")}\",${it.label()}" },
        )
        val run =
            zo {
                sampler = mezo()
                model = opt("nano")
                task =
                    classify(
                        "$file",
                        text = "body",
                        label = "stars",
                        prompt = "{body} This is about",
                        words = listOf(" numbers", " time", " text", " web"),
                    )
                steps = 2
                batch = 4
            }
        assertThat(run.summary()).contains("lowest dev loss", " (accuracy ", "test accuracy")
        val predictions = run.predictions()
        assertThat(predictions).hasSize(16)
        assertThat(predictions.first().example().prompt()).endsWith(" This is about")
        assertThat(predictions.first().answer()).isIn(" numbers", " time", " text", " web")
        assertThat(
            run.plan().subject().settings(),
        ).contains("task: reviews.csv", "examples: train 56, dev 8, test 16, crc32")
    }

    @Test
    fun `of many options some are shown`() {
        val file = folder.resolve("r.csv")
        file.writeText("body,kind\n" + List(50) { "text $it,${it % 25}" }.joinToString("\n"))
        val table = "${classify("$file", text = "body", label = "kind").examples(1)}"
        assertThat(table).contains("0 | 1 | 2 |", " | 18 | 19 | … 25 in all").doesNotContain(" | 20 ")
    }

    @Test
    fun `a run whose folder was deleted says so`() {
        val run =
            zo {
                sampler = mezo()
                model = opt("nano")
                steps = 1
                batch = 2
                devExamples = 2
                testExamples = 2
                folder = "${this@TasksTest.folder.resolve("run")}"
            }
        runs(folder = "$folder").single().delete()
        assertThatThrownBy { run.predictions() }
            .isInstanceOf(ZoException::class.java)
            .hasMessageStartingWith("nothing can be predicted:\n  the run has kept no weights: ")
    }

    @Test
    fun `what is wrong with a task stands beside what else is wrong`() {
        val file = folder.resolve("r.csv").apply { writeText("body,stars\na,1\nb,2\n") }
        assertThatThrownBy {
            plan {
                sampler = mezo()
                task = classify("$file", text = "body", label = "star", words = listOf(" bad", " good"))
                steps = 0
            }
        }.isInstanceOf(ZoException::class.java)
            .hasMessageContaining("r.csv has no column star; its columns are body, stars")
            .hasMessageContaining("model is not set")
            .hasMessageContaining("steps is not strictly positive: 0")
    }

    @Test
    fun `a file with too few texts says what its rows become`() {
        val file = folder.resolve("r.csv").apply { writeText("body,stars\na,1\nb,2\n") }
        assertThatThrownBy {
            plan {
                sampler = mezo()
                model = opt("nano")
                task = classify("$file", text = "body", label = "stars", words = listOf(" bad", " good"))
            }
        }.hasMessage(
            "this block cannot run:\n" +
                "  task r.csv has no examples to choose the checkpoint by (dev): 0; give it some, " +
                "or add other texts to its file, of which a tenth goes to dev, a fifth to test, " +
                "the rest to train, and equal ones to one of these",
        )
    }

    @Test
    fun `a text that is too long is named with its row, and maxLength cuts it`() {
        val file = folder.resolve("reviews.csv")
        file.writeText(
            "body,stars\n" +
                List(40) { "text $it${" and so on".repeat(if (it == 7) 150 else 1)},${it % 2}" }.joinToString("\n"),
        )
        val block: Zo.() -> Unit = {
            sampler = mezo()
            model = opt("nano")
            task = classify("$file", text = "body", label = "stars", words = listOf(" bad", " good"))
            steps = 1
            batch = 2
        }
        assertThatThrownBy {
            plan {
                block()
                steps = 0
            }
        }.isInstanceOf(ZoException::class.java)
            .hasMessageContaining(
                "1 of 40 examples do not fit opt-nano. The first is reviews.csv, row 8: a text is longer than the 256 tokens",
            ).hasMessageContaining("set maxLength = 256 to cut such texts")
            .hasMessageContaining("steps is not strictly positive: 0")
        assertThatThrownBy {
            plan {
                block()
                maxLength = -1
                steps = 0
            }
        }.hasMessageContaining("maxLength is negative: -1")
            .hasMessageContaining("steps is not strictly positive: 0")
        val run =
            zo {
                block()
                maxLength = 64
            }
        assertThat(run.plan().subject().settings()).contains("maxLength: 64")
    }

    @Test
    fun `published tasks are named as they are written, and nothing is fetched before a block is built`() {
        val tasks = listOf(sst2(), rte(), cb(), boolq(), wsc(), wic(), multirc(), copa(), record(), squad(), drop())
        assertThat(tasks.map { "$it" }).doesNotHaveDuplicates().contains("sst2()", "drop()")
        assertThat("${fewShot("sst-5", k = 512)}").isEqualTo("fewShot(\"sst-5\", k = 512, seed = 13)")
        assertThat("${classify("nyu-mll/glue", text = "sentence", label = "label", subset = "sst2")}")
            .isEqualTo("classify(\"nyu-mll/glue\", subset = \"sst2\", text = \"sentence\", label = \"label\")")
        assertThat("${text("Salesforce/wikitext")}").isEqualTo("text(\"Salesforce/wikitext\")")
        val asked =
            listOf("{a} It was", "{a} All in all").map {
                classify("f.csv", text = "a", label = "b", prompt = it, words = listOf(" bad", " good"))
            } + sst2(sampling(train = 100)) + sst2() + text("a.txt", words = 50) + text("a.txt")
        assertThat(asked.map { "$it" }).doesNotHaveDuplicates()
        assertThat("${asked[0]}").isEqualTo(
            "classify(\"f.csv\", text = \"a\", label = \"b\", words = [ bad,  good], prompt = \"{a} It was\")",
        )
        assertThat("${asked[2]}").isEqualTo("sst2(sampling(train = 100, dev = 500, test = 1000, seed = 0))")
        assertThatThrownBy { fewShot("sst6").build() }.hasMessageContaining("few-shot task is none of sst-2, sst-5")
        assertThatThrownBy { sampling(train = 0, test = -1) }
            .isInstanceOf(ZoException::class.java)
            .hasMessage("no examples can be taken so:\n  train is not strictly positive: 0\n  test is negative: -1")
        assertThatThrownBy { example("a", listOf(" b", " c"), 2) }
            .isInstanceOf(ZoException::class.java)
            .hasMessage("this example cannot be:\n  label is not the index of one of 2 options: 2; count from 0")
    }

    @Test
    fun `demonstrations stand before prompts, and text is a task`() {
        val shown = demonstrations(2, apidocs()).build()
        val plain = apidocs().build()
        assertThat(shown.examples(Split.TEST)[0].prompt())
            .startsWith(plain.examples(Split.TRAIN)[0].prompt())
            .endsWith("\n\n" + plain.examples(Split.TEST)[0].prompt())
        folder.resolve("t.txt").writeText((1..40).joinToString("\n\n") { "paragraph number $it has words" })
        val paragraphs = text("$folder/t.txt", words = 12)
        assertThat(paragraphs.build().examples(Split.TRAIN)).isNotEmpty()
        val run =
            zo {
                sampler = mezo()
                model = opt("nano")
                task = paragraphs
                steps = 2
            }
        assertThat(run.summary()).contains("lowest dev perplexity")
        assertThat(run.curve().metric.label()).isEqualTo("perplexity")
        assertThat(Image.svg(Figures.of(listOf(run.curve())))).contains("dev perplexity")
    }

    @Test
    fun `baselines are a table, and all problems of their settings are told`() {
        assertThat("${baselines(opt("nano"), apidocs(), devExamples = 30, testExamples = 40)}")
            .contains("opt-nano on apidocs", "most frequent", "untuned", "linear probe", "accuracy")
        assertThatThrownBy { baselines(opt("nano"), apidocs(), devExamples = 0, testExamples = -1) }
            .isInstanceOf(ZoException::class.java)
            .hasMessageContainingAll("devExamples is not strictly positive: 0", "testExamples is negative: -1")
    }
}
