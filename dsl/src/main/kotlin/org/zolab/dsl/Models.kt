package org.zolab.dsl

import org.zolab.model.ModelSource
import org.zolab.model.StoredModel
import org.zolab.model.families.Models
import java.nio.file.Path

/**
 * A model of the OPT family by its name.
 *
 * `opt("nano")` comes with ZoLab: a small model, pretrained on the documentation of Java libraries.
 * `opt("125m")`, `opt("1.3b")` and `opt("facebook/opt-1.3b")` are taken from the Hugging Face cache of this machine;
 * what is missing there is fetched when it is needed, with a line that tells how far it is (never with `HF_HUB_OFFLINE=1`).
 * The path of a folder, as of [model], is a name too. A model of another family is refused, by every function that is called after one.
 *
 * @param bos the token that texts begin with, if it is not the tokenizer's own; MeZO's scripts have 0 for OPT, where the tokenizer has 2
 */
public fun opt(
    name: String,
    bos: Int? = null,
): Part<ModelSource> =
    Part("opt(\"$name\"" + (if (bos == null) "" else ", bos = $bos") + ")") {
        Models.opt(name).let { if (bos == null) it else it.beginningWith(bos) }
    }

/** A model of the OPT family from a folder with `config.json`, its weights as safetensors, and its tokenizer. */
public fun opt(folder: Path): Part<ModelSource> = Part("opt($folder)") { Models.opt(folder) }

/**
 * A model of any supported family from a folder, such as one that [saveModel] wrote, or by its name on the Hub, such as
 * `model("Qwen/Qwen2.5-0.5B")`, from the Hugging Face cache of this machine or, if it is not there, from the Hub into that cache.
 * Its family is what its `config.json` says: OPT, Llama, Qwen 2, Mistral, GPT-2, RoBERTa or BERT.
 *
 * @param classes how many classes of texts the head tells apart, of RoBERTa and BERT: that of a sequence classification, or, where there is none, a new
 *     one, drawn by the run's seed; if it is null, what the model comes with
 */
public fun model(
    name: String,
    classes: Int? = null,
): Part<ModelSource> = stored("model(\"$name\"", classes) { Models.named(name) }

/** A model of any supported family from a folder with `config.json`, its weights as safetensors, and its tokenizer; [classes] as above. */
public fun model(
    folder: Path,
    classes: Int? = null,
): Part<ModelSource> = stored("model($folder", classes) { Models.at(folder) }

/** Llama by version and size: `llama("3.2-1b")`, `llama("2-7b")`, `llama("3.1-8b-instruct")`, by its name on the Hub, or in a folder. */
public fun llama(name: String): Part<ModelSource> = Part("llama(\"$name\")") { Models.llama(name) }

/** Qwen 2 and 2.5 by version and size: `qwen("2.5-0.5b")`, by its name on the Hub, or in a folder. */
public fun qwen(name: String): Part<ModelSource> = Part("qwen(\"$name\")") { Models.qwen(name) }

/** Mistral by size and version: `mistral("7b-v0.1")`, by its name on the Hub, or in a folder. */
public fun mistral(name: String): Part<ModelSource> = Part("mistral(\"$name\")") { Models.mistral(name) }

/**
 * RoBERTa by size: `roberta("large")`, by its name on the Hub, or in a folder. It fills the gap of a prompt, `<mask>` or its end, with one word.
 *
 * With `roberta("large", classes = 2)`, or the name of a sequence classification, it tells [classes] of texts apart in place of that: labels in the
 * order of a task's words, whatever these are, and prompts without a gap. A second text stands in the prompt behind `</s></s>`.
 *
 * @param classes how many, for a new head, drawn by the run's seed; if it is null, the model's own head
 */
public fun roberta(
    name: String,
    classes: Int? = null,
): Part<ModelSource> = stored("roberta(\"$name\"", classes) { Models.roberta(name) }

/**
 * BERT by size and kind: `bert("base-uncased")`, by its name on the Hub, or in a folder. It fills gaps, `[MASK]`, and tells [classes] apart, as [roberta] does; a second
 * text stands behind `[SEP]`. An encoder without any head, such as `bert("microsoft/MiniLM-L12-H384-uncased", classes = 2)`, needs [classes].
 *
 * @param classes how many, for a new head, drawn by the run's seed; if it is null, the model's own head
 */
public fun bert(
    name: String,
    classes: Int? = null,
): Part<ModelSource> = stored("bert(\"$name\"", classes) { Models.bert(name) }

/** GPT-2 by size, `small`, `medium`, `large` or `xl`, by its name on the Hub, or in a folder. */
public fun gpt2(name: String = "small"): Part<ModelSource> = Part("gpt2(\"$name\")") { Models.gpt2(name) }

private fun stored(
    call: String,
    classes: Int?,
    build: () -> StoredModel,
): Part<ModelSource> =
    Part(call + (if (classes == null) "" else ", classes = $classes") + ")") {
        build().let { if (classes == null) it else it.classifying(classes) }
    }
