package org.zolab.dsl

import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.assertThatThrownBy
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Files
import java.nio.file.Path

class GenerateTest {
    @TempDir
    lateinit var home: Path

    private fun tuned(scope: Part<org.zolab.model.Scope>?) =
        zo {
            model = opt("nano")
            val options = listOf(" mathematics", " time")
            val sums = List(4) { example("Returns the sum of $it numbers. This is about", options, it % 2) }
            task = task("toy", train = sums, dev = sums, test = sums)
            sampler = mezo()
            tune = scope
            steps = 2
            batch = 2
            learningRate = 1e-3
            folder = "${home.resolve("run-$scope")}"
        }

    @Test
    fun `a model goes on with texts`() {
        val prompts = listOf("Returns the", "Creates a new")
        val texts = opt("nano").generate(prompts, maxNewTokens = 12)
        assertThat(texts).hasSize(2).doesNotContain("").doesNotHaveDuplicates()
        assertThat(opt("nano").generate(prompts[0], maxNewTokens = 12)).isEqualTo(texts[0])
        val stop = texts[0].substring(3, 5)
        assertThat(opt("nano").generate(prompts[0], maxNewTokens = 12, stop = stop))
            .isEqualTo(texts[0].substringBefore(stop))
        assertThat(
            opt("nano").generate(prompts[0], maxNewTokens = 12, temperature = 1.0, seed = 3),
        ).isNotEqualTo(texts[0])
    }

    @Test
    fun `the model of a run is what its checkpoint holds, an adapter merged in`() {
        for (scope in listOf(null, lora(r = 2))) {
            val run = tuned(scope)
            val text = run.model.generate("Returns the", maxNewTokens = 8)
            run.saveModel("${home.resolve("saved-$scope")}")
            assertThat(model(home.resolve("saved-$scope")).generate("Returns the", maxNewTokens = 8)).isEqualTo(text)
            val next =
                plan {
                    model = run.model
                    sampler = mezo()
                }
            assertThat(next.subject().name()).isEqualTo("opt-nano of run-$scope")
            Files.delete(run.folder().resolve("best.safetensors"))
            assertThatThrownBy { run.model.generate("Returns the") }
                .isInstanceOf(ZoException::class.java)
                .hasMessageStartingWith("the run has kept no weights")
        }
    }

    @Test
    fun `what is wrong is told`() {
        assertThatThrownBy { opt("nano").generate("Returns", maxNewTokens = 0, topP = 2.0) }
            .isInstanceOf(ZoException::class.java)
            .hasMessage("maxNewTokens is not strictly positive: 0\ntopP is not in (0, 1]: 2.0")
        assertThatThrownBy { opt("nano").generate("Returns", maxNewTokens = 256) }
            .isInstanceOf(ZoException::class.java)
            .hasMessageStartingWith("maxNewTokens leaves no room for a prompt in the 256 tokens")
        val function =
            zo {
                sampler = mezo()
                objective = quadratic(3)
                steps = 2
                folder = "${home.resolve("function")}"
            }
        assertThatThrownBy { function.model.generate("Returns") }
            .isInstanceOf(ZoException::class.java)
            .hasMessageStartingWith("the run has no language model: it minimised")
    }
}
