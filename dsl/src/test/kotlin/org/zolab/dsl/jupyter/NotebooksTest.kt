package org.zolab.dsl.jupyter

import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.extension
import kotlin.io.path.name
import kotlin.io.path.readText

/**
 * The first notebooks of the repository, cell by cell in the kernel, with few forward passes and few examples, and the form of all of
 * them. `launcher_test.py` runs each one in the kernel that people use.
 */
@OnKernelJdk
class NotebooksTest {
    @TempDir
    lateinit var home: Path

    private val folder = Path.of("../notebooks")

    @Test
    fun `the quickstart runs`() {
        val outputs = execute("quickstart.ipynb")
        assertThat(cells("quickstart.ipynb")).hasSizeLessThanOrEqualTo(8)
        assertThat(outputs.first()["text/plain"]).contains("name: mezo", "forwards")
        assertThat(outputs.drop(1)).hasSize(3).allSatisfy { assertThat(it.keys).containsAll(FIGURE) }
        assertThat(outputs.last()["text/html"]).contains("mezo, leave-one-out of 5", "ldsd")
    }

    @Test
    fun `a sampler is written and raced`() {
        val outputs = execute("write-a-sampler.ipynb")
        assertThat(outputs.last().keys).containsAll(FIGURE)
        assertThat(outputs.last()["text/html"]).contains("signs", "leaning", "mezo")
    }

    @Test
    fun `a model and a file of one's own become an adapter that Python reads`() {
        val outputs = execute("your-model-your-data.ipynb")
        assertThat(Path.of(outputs[0].getValue("text/plain"))).isDirectoryContaining("glob:**/config.json")
        assertThat(outputs[1]["text/html"]).contains("This is about", "numbers | text | time | web")
        assertThat(outputs[2]["text/plain"]).contains("most frequent", "linear probe")
        assertThat(outputs[3].keys).containsAll(FIGURE)
        assertThat(outputs[4]["text/html"]).contains("sentence", "said", "right")
        assertThat(outputs[5]["text/html"]).contains("times")
        assertThat(outputs[6]["text/plain"]).contains("\"peft_type\" : \"LORA\"")
        assertThat(outputs[7]["text/html"]).contains("in Python", "in ZoLab", "q_proj.lora_A.weight")
        assertThat(outputs[8].keys).containsAll(FIGURE)
    }

    @Test
    fun `every notebook is short, listed in the index, stored without outputs, and has a budget to set`() {
        val names =
            Files.list(folder).use { files ->
                files.filter { it.extension == "ipynb" }.map { it.name }.toList()
            }
        assertThat(names).contains("quickstart.ipynb", "write-a-sampler.ipynb")
        val index = folder.resolve("README.md").readText()
        for (name in names) {
            assertThat(index).contains("]($name)")
            assertThat(code(name)).hasSizeLessThanOrEqualTo(MOST_CELLS).allSatisfy { cell ->
                assertThat(cell.getValue("outputs").jsonArray).isEmpty()
                assertThat(cell.getValue("execution_count").toString()).isEqualTo("null")
            }
            assertThat(code(name).filter { "parameters" in tags(it) }.map(::source))
                .singleElement()
                .asString()
                .containsPattern("(?m)^$BUDGET")
        }
    }

    /** The output of each code cell. */
    private fun execute(name: String): List<Map<String, String>> {
        System.setProperty("zo.home", home.toString())
        val kernel = Kernel()
        val sources = code(name).map(::source)
        assertThat(sources.first()).contains("%use zo").containsPattern(BUDGET)
        return sources.map { kernel.output(short(it)) }
    }

    /** The same cell with few forward passes and few examples. */
    private fun short(source: String): String =
        source
            .replace(BUDGET.toRegex(), "val budget = 24")
            .replace("budget = passes", "devExamples = 8; testExamples = 8; budget = passes")

    private fun source(cell: JsonObject): String =
        cell.getValue("source").jsonArray.joinToString("") { it.jsonPrimitive.content }

    private fun tags(cell: JsonObject): List<String> =
        cell
            .getValue("metadata")
            .jsonObject["tags"]
            ?.jsonArray
            .orEmpty()
            .map { it.jsonPrimitive.content }

    private fun code(name: String): List<JsonObject> =
        cells(name).filter { it.getValue("cell_type").jsonPrimitive.content == "code" }

    private fun cells(name: String): List<JsonObject> =
        Json
            .parseToJsonElement(folder.resolve(name).readText())
            .jsonObject
            .getValue("cells")
            .jsonArray
            .map { it.jsonObject }

    private companion object {
        const val MOST_CELLS = 9
        const val BUDGET = "val budget = [0-9_]+"
        val FIGURE = listOf("text/html", "image/svg+xml", "image/png", "text/plain")
    }
}
