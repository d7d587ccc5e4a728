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
 * The model of a run where it was best on dev: `run.model.generate("…")`, or the model that another run begins with.
 *
 * Its weights are the run's checkpoint, read when it is used.
 */
public val Run.model: Part<ModelSource> get() = Part("model of ${plan().name()}") { model() }

/**
 * The text with which a model goes on after [prompt].
 *
 * ```
 * opt("nano").generate("Returns the", maxNewTokens = 20)
 * ```
 *
 * The model is loaded for it and in memory only meanwhile; for many prompts give them all at once. In a notebook the text is shown as it grows, and
 * interrupting the cell gives what there is of it. Of a prompt that leaves no room for [maxNewTokens] in the longest text that the model takes,
 * the end is read.
 *
 * @param stop where the text ends, without it: `stop = "\n"`
 * @param temperature 0 for the likeliest tokens; else tokens are drawn, p ∝ exp(logit / temperature)
 * @param topP draws from the likeliest tokens alone, those that together have this probability
 * @param seed of the draws: the same prompt and seed give the same text
 * @param device where it is read: the processor, or a [gpu]
 * @throws ZoException if a setting is out of its range, the model cannot be loaded, or a run is going on
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

/** The texts with which a model goes on after [prompts], each as if it were the only one. */
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

/** Texts as they grow. */
private class Texts(
    prompts: Int,
    private val maxNewTokens: Int,
) : View {
    private val texts = Array(prompts) { "" }
    private val began = System.nanoTime()
    private var tokens = 0
    private var last = 0

    val stop = Stop()

    /** Whether the cell shows them now. */
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
