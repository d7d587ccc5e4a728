package org.zolab.dsl

import org.zolab.model.Scope
import org.zolab.model.Subset
import org.zolab.model.adapter.Lora
import org.zolab.model.adapter.Prefix
import org.zolab.model.adapter.SoftPrompt
import org.zolab.model.weights.Dtype
import org.zolab.train.Run
import java.nio.file.Path

/** Trains all of the model's parameters. The default of `tune`. */
public fun full(): Part<Scope> = scope { Subset.Full() }

/**
 * Trains low-rank products beside frozen linear layers (LoRA, arXiv 2106.09685): y = x·(W + (α/r)·B·A)ᵀ.
 *
 * A is initialised uniformly in ±1/√in and B to zero, so a run starts from the unchanged model; there is no dropout.
 * The factors need a larger ε and learning rate than weights do: `epsilon = 1e-2` and `learningRate = 1e-2` on
 * `opt("nano")`; MeZO used 1e-2 and 1e-4 on OPT-13B.
 *
 * @param r the rank
 * @param alpha α
 * @param on which linear layers, by full name or by its last part, like PEFT's `target_modules`. Default: PEFT's choice
 *     for the family, which is `q_proj` and `v_proj`, but `query` and `value` for RoBERTa and BERT, and `c_attn` for
 *     GPT-2
 * @param modulesToSave modules of a classification head that are trained in full and saved with the factors, in
 *     addition to `classifier`, which always is; a BERT whose files have no pooler needs `listOf("pooler")` for
 *     [saveAdapter]
 */
public fun lora(
    r: Int = 8,
    alpha: Number = 8.0,
    on: List<String> = emptyList(),
    modulesToSave: List<String> = emptyList(),
): Part<Scope> =
    Part(
        "lora(r = $r, alpha = ${alpha.toDouble()}" + (if (on.isEmpty()) "" else ", on = $on") +
            (if (modulesToSave.isEmpty()) "" else ", modulesToSave = $modulesToSave") + ")",
    ) { Lora.of(r, alpha.toDouble(), on, modulesToSave) }

/**
 * Continues training the LoRA adapter in a folder written by PEFT or [saveAdapter]. PEFT's `use_rslora`, `rank_pattern`
 * and `alpha_pattern` are respected.
 */
public fun lora(folder: String): Part<Scope> = Part("lora(\"$folder\")") { Lora.read(Path.of(folder)) }

/**
 * Trains keys and values in front of the text, in every layer, while the model itself stays frozen (prefix tuning,
 * arXiv 2101.00190, as in MeZO's code).
 *
 * They are initialised to the keys and values of randomly drawn tokens, so a run starts from the model with a few
 * random words in front of the text. Keys and values are large compared with weights and need a large ε and learning
 * rate: `epsilon = 1e-1` and `learningRate = 1e-1` on `opt("nano")`; MeZO used 1e-1 and 1e-2 on OPT-13B.
 *
 * @param tokens the length of the prefix, in tokens
 * @param shifted whether the text's positions start after the prefix, as in PEFT; `false`: they start at 0, as in
 *     MeZO's code, and [saveAdapter] is refused, since PEFT has no format for it
 */
public fun prefix(
    tokens: Int = 5,
    shifted: Boolean = true,
): Part<Scope> =
    Part("prefix(tokens = $tokens${if (shifted) "" else ", shifted = false"})") {
        Prefix.of(tokens, shifted)
    }

/** Continues training the prefix in a folder written by PEFT or [saveAdapter]. */
public fun prefix(folder: String): Part<Scope> = Part("prefix(\"$folder\")") { Prefix.read(Path.of(folder)) }

/**
 * Trains embedding vectors in front of the text, while the model itself stays frozen (prompt tuning, arXiv 2104.08691).
 * They are initialised to the embeddings of randomly drawn tokens. On `opt("nano")`, `epsilon = 1e-2` and
 * `learningRate = 1e-2` work well.
 *
 * @param tokens how many vectors
 */
public fun promptTuning(tokens: Int = 20): Part<Scope> =
    Part("promptTuning(tokens = $tokens)") { SoftPrompt.of(tokens) }

/** Continues training the prompt in a folder written by PEFT or [saveAdapter]. */
public fun promptTuning(folder: String): Part<Scope> =
    Part("promptTuning(\"$folder\")") { SoftPrompt.read(Path.of(folder)) }

/**
 * Trains all biases, including those of norms, and the layers `classifier` of a classification head (BitFit, arXiv
 * 2106.10199).
 */
public fun bitFit(): Part<Scope> = scope { Subset.BitFit() }

/**
 * Trains what follows the last block: the final norm, a transform or projection if there is one, and the output matrix
 * unless it is tied to the embedding, since then it would change the layers below too. The blocks are computed only
 * once per step, whatever the number of forward passes.
 */
public fun head(): Part<Scope> = scope { Subset.Top() }

/**
 * Trains whole layers, counted from 0: `layers(4..11)`. The layers below the first of them are computed only once per
 * step.
 */
public fun layers(which: IntRange): Part<Scope> = Part("layers($which)") { Subset.Layers(which.first, which.last) }

/** Trains the tensors whose names contain a match of [regex]: `tensors("layer_norm")`. */
public fun tensors(regex: String): Part<Scope> = Part("tensors(\"$regex\")") { Subset.Tensors(regex) }

private fun scope(build: () -> Scope): Part<Scope> = Part("${build()}", build = build)

/**
 * Writes the best checkpoint's adapter as PEFT's two files, which [lora], [prefix] or [promptTuning] and peft's
 * `from_pretrained` can read. An adapter that was saved to [folder] before is replaced; other files there are never
 * overwritten.
 *
 * @throws ZoException if the run trained no adapter, if PEFT has no format for it, or if [folder] holds other files
 */
public fun Run.saveAdapter(folder: String): Unit = told("nothing was saved") { saveAdapter(Path.of(folder)) }

/**
 * Writes the model with the best checkpoint's weights, merging in an adapter: safetensors, configuration and tokenizer,
 * which [model] and transformers' `from_pretrained` can read. A model that was saved to [folder] before is replaced;
 * other files there are never overwritten.
 *
 * @param dtype data type of the weights: `fp32`, `fp16` or `bf16`
 * @throws ZoException if the run has no model, if it trained a prefix or a prompt, which cannot be merged, or if
 *     [folder] holds other files
 */
public fun Run.saveModel(
    folder: String,
    dtype: String = "fp32",
): Unit =
    told("nothing was saved") {
        val type =
            requireNotNull(mapOf("fp32" to Dtype.F32, "fp16" to Dtype.F16, "bf16" to Dtype.BF16)[dtype]) {
                "dtype is not fp32, fp16 or bf16: $dtype"
            }
        saveModel(Path.of(folder), type)
    }
