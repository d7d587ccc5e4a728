package org.zolab.dsl

import org.jetbrains.letsPlot.Figure
import org.zolab.model.Generation
import org.zolab.model.ModelSource
import org.zolab.tensor.Device
import org.zolab.train.Run
import org.zolab.train.Stop
import java.util.Locale
import java.util.concurrent.CancellationException

/**
 * The model with the weights of a run's best checkpoint, for `run.model.generate("…")` or as the starting point of
 * another run.
 *
 * The checkpoint is read when the model is used.
 */
public val Run.model: Part<ModelSource> get() = Part("model of ${plan().name()}") { model() }

/**
 * The text with which a model continues [prompt].
 *
 * ```
 * opt("nano").generate("Returns the", maxNewTokens = 20)
 * ```
 *
 * The model is loaded for each call and is in memory only during it; for several prompts, pass them all at once. A
 * notebook shows the text as it grows, and interrupting the cell returns the text so far. If a prompt leaves no room
 * for [maxNewTokens] within the model's longest text, only the end of the prompt is read.
 *
 * @param maxNewTokens the most tokens to generate
 * @param stop a string at which the text ends and which is not part of it: `stop = "\n"`
 * @param temperature 0: always the likeliest token; otherwise tokens are drawn with p ∝ exp(logit / temperature)
 * @param topP restricts the draws to the likeliest tokens that together have this probability
 * @param seed of the draws: the same prompt and seed give the same text
 * @param device where the model is: the CPU, or a [gpu]
 * @throws ZoException if a setting is out of range, the model cannot be loaded, or a run is active
 */
public fun Part<ModelSource>.generate(
    prompt: String,
    maxNewTokens: Int = 40,
    stop: String? = null,
    temperature: Double = 0.0,
    topP: Double = 1.0,
    seed: Long = 0,
    device: Part<Device>? = null,
): String = generate(listOf(prompt), maxNewTokens, stop, temperature, topP, seed, device).single()

/** The texts with which a model continues [prompts], each as if it were the only one. */
public fun Part<ModelSource>.generate(
    prompts: List<String>,
    maxNewTokens: Int = 40,
    stop: String? = null,
    temperature: Double = 0.0,
    topP: Double = 1.0,
    seed: Long = 0,
    device: Part<Device>? = null,
): List<String> {
    val texts = Texts(prompts.size, maxNewTokens)
    val work =
        Work("a text by $this", texts.stop::ask) {
            val settings = Generation(maxNewTokens, listOfNotNull(stop), true, temperature, topP, seed)
            texts.stop.open { build().load(device.compute()) }.use { model ->
                model.cancelWhen(texts.stop::asked)
                try {
                    model.generate(model.parameters().here(), prompts, settings, texts::heard)
                } catch (_: CancellationException) {
                    texts.soFar()
                } finally {
                    texts.over = true
                }
            }
        }
    return work.start(texts).await()
}

/** The texts generated so far. */
private class Texts(
    prompts: Int,
    private val maxNewTokens: Int,
) : View {
    private val texts = Array(prompts) { "" }
    private val began = System.nanoTime()
    private var tokens = 0
    private var last = 0

    val stop = Stop()

    /** Whether they are complete, so that the cell shows them itself. */
    @Volatile
    var over = false

    @Synchronized
    fun heard(
        text: String,
        prompt: Int,
    ) {
        texts[prompt] = text
        tokens++
        last = prompt
    }

    @Synchronized
    fun soFar(): List<String> = texts.toList()

    override val line: String
        @Synchronized get() =
            "%d tokens, %.0f a second".format(Locale.ROOT, tokens, tokens / ((System.nanoTime() - began) / 1e9)) +
                if (over) "" else ": " + texts.getOrElse(last) { "" }

    override val share: Double
        @Synchronized get() = tokens.toDouble() / maxOf(1, texts.size * maxNewTokens)

    override fun figure(): Pair<Figure, String>? = null
}
