package org.zolab.dsl

import org.zolab.model.Scope
import org.zolab.model.Subset
import org.zolab.model.adapter.Lora
import org.zolab.model.adapter.Prefix
import org.zolab.model.adapter.SoftPrompt
import org.zolab.model.weights.Dtype
import org.zolab.train.Run
import java.nio.file.Path

/** All of the model's parameters are trained; what a run does if `tune` says nothing. */
public fun full(): Part<Scope> = scope { Subset.Full() }

/**
 * Products of low rank beside frozen linear layers (LoRA, arXiv 2106.09685): y = x·(W + (α/r)·B·A)ᵀ.
 *
 * A begins uniform in ±1/√in and B at zero, so a run begins at the model as it is; dropout is off. The factors want a larger ε and rate
 * than weights do: on `opt("nano")` `epsilon = 1e-2` and `learningRate = 1e-2`, MeZO's on OPT-13B 1e-2 and 1e-4.
 *
 * @param r the rank
 * @param alpha α
 * @param on which linear layers, by name or its last part, as PEFT's `target_modules`; by default what PEFT takes for the family: `q_proj` and
 *     `v_proj`, for RoBERTa and BERT `query` and `value`, for GPT-2 `c_attn`
 * @param modulesToSave what of a head of classes is trained as it is and kept with the factors, beside `classifier`, which always is; a BERT whose files
 *     have no pooler needs `listOf("pooler")` for [saveAdapter]
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
 * The adapter in a folder, as PEFT or [saveAdapter] wrote it, trained on from where it is. PEFT's `use_rslora`, `rank_pattern` and `alpha_pattern` are
 * kept.
 */
public fun lora(folder: String): Part<Scope> = Part("lora(\"$folder\")") { Lora.read(Path.of(folder)) }

/**
 * Trained keys and values before a text, in every layer (prefix tuning, arXiv 2101.00190, as in MeZO's code); the model itself stays.
 *
 * They begin as what the model computes of as many drawn tokens, so a run begins at the model behind a few random words. Keys and values are large numbers
 * beside weights, and want a large ε and rate: on `opt("nano")` `epsilon = 1e-1` and `learningRate = 1e-1`, MeZO's on OPT-13B 1e-1 and 1e-2.
 *
 * @param tokens how many tokens they stand for
 * @param shifted whether a text's positions begin behind them, as in PEFT; with `false` at 0, as in MeZO's code, and PEFT has no file for that
 */
public fun prefix(
    tokens: Int = 5,
    shifted: Boolean = true,
): Part<Scope> =
    Part("prefix(tokens = $tokens${if (shifted) "" else ", shifted = false"})") {
        Prefix.of(tokens, shifted)
    }

/** The prefix in a folder, as PEFT or [saveAdapter] wrote it, trained on from where it is. */
public fun prefix(folder: String): Part<Scope> = Part("prefix(\"$folder\")") { Prefix.read(Path.of(folder)) }

/**
 * Trained rows of the embedding before a text (prompt tuning, arXiv 2104.08691); the model itself stays. They begin as the rows of as many
 * drawn tokens. On `opt("nano")` `epsilon = 1e-2` and `learningRate = 1e-2` are good.
 *
 * @param tokens how many rows
 */
public fun promptTuning(tokens: Int = 20): Part<Scope> =
    Part("promptTuning(tokens = $tokens)") { SoftPrompt.of(tokens) }

/** The prompt in a folder, as PEFT or [saveAdapter] wrote it, trained on from where it is. */
public fun promptTuning(folder: String): Part<Scope> =
    Part("promptTuning(\"$folder\")") { SoftPrompt.read(Path.of(folder)) }

/** All biases, those of norms included, and with a head of classes its last layers, `classifier` (BitFit, arXiv 2106.10199). */
public fun bitFit(): Part<Scope> = scope { Subset.BitFit() }

/**
 * What lies behind the last block: the final norm, a transform, a projection, and the matrix of the logits unless it is the embedding's, which
 * would change what lies below too. The blocks are then computed once a step, whatever the number of forward passes.
 */
public fun head(): Part<Scope> = scope { Subset.Top() }

/** Whole layers, counted from 0: `layers(4..11)`. What lies below the first is computed once a step. */
public fun layers(which: IntRange): Part<Scope> = Part("layers($which)") { Subset.Layers(which.first, which.last) }

/** The tensors in whose names [regex] is found: `tensors("layer_norm")`. */
public fun tensors(regex: String): Part<Scope> = Part("tensors(\"$regex\")") { Subset.Tensors(regex) }

private fun scope(build: () -> Scope): Part<Scope> = Part("${build()}", build = build)

/**
 * Writes the best checkpoint's adapter as PEFT's two files, which [lora], [prefix] or [promptTuning], and peft's `from_pretrained` read. An adapter
 * that it wrote to [folder] before is replaced; what anything else wrote there stays as it is.
 *
 * @throws ZoException if the run trained no adapter, or one that PEFT has not, or [folder] holds anything else
 */
public fun Run.saveAdapter(folder: String): Unit = told("nothing was saved") { saveAdapter(Path.of(folder)) }

/**
 * Writes the model with the best checkpoint's weights, an adapter merged in: safetensors, configuration and tokenizer, which [model] and
 * transformers' `from_pretrained` read. A model that it wrote to [folder] before is replaced; what anything else wrote there stays as it is.
 *
 * @param dtype of the weights: `fp32`, `fp16` or `bf16`
 * @throws ZoException if the run has no model, or one that a prefix or a trained prompt belongs to, or [folder] holds anything else
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
