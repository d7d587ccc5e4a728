package org.zolab.dsl

import org.zolab.model.ModelSource
import org.zolab.model.StoredModel
import org.zolab.model.families.Models
import java.nio.file.Path

/**
 * A model of the OPT family, by name.
 *
 * `opt("nano")` comes with ZoLab: a small model, pretrained on the documentation of Java libraries. `opt("125m")`,
 * `opt("1.3b")` and `opt("facebook/opt-1.3b")` are read from this machine's Hugging Face cache; a model that is not
 * there is downloaded when it is needed, with a line that shows the progress (never with `HF_HUB_OFFLINE=1`). The path
 * of a folder, as in [model], also works. This and the other functions named after a family refuse models of any other
 * family.
 *
 * @param bos the id of the token that texts begin with. Default: the tokenizer's own; MeZO's scripts use 0 for OPT,
 *     where the tokenizer has 2
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
 * A model of any supported family from a folder, such as one written by [saveModel], or by its name on the Hub, such as
 * `model("Qwen/Qwen2.5-0.5B")`, which is read from this machine's Hugging Face cache and, if necessary, downloaded into
 * it first. Its `config.json` determines the family: OPT, Llama, Qwen 2, Mistral, GPT-2, RoBERTa or BERT.
 *
 * @param classes for RoBERTa and BERT, the number of classes of a classification head: the model's own
 *     sequence-classification head or, if it has none, a new one, initialised from the run's seed. Default: the head
 *     that the model comes with
 */
public fun model(
    name: String,
    classes: Int? = null,
): Part<ModelSource> = stored("model(\"$name\"", classes) { Models.named(name) }

/**
 * A model of any supported family from a folder with `config.json`, its weights as safetensors, and its tokenizer;
 * [classes] as above.
 */
public fun model(
    folder: Path,
    classes: Int? = null,
): Part<ModelSource> = stored("model($folder", classes) { Models.at(folder) }

/**
 * Llama by version and size: `llama("3.2-1b")`, `llama("2-7b")`, `llama("3.1-8b-instruct")`, by its name on the Hub, or
 * in a folder.
 */
public fun llama(name: String): Part<ModelSource> = Part("llama(\"$name\")") { Models.llama(name) }

/** Qwen 2 and 2.5 by version and size: `qwen("2.5-0.5b")`, by its name on the Hub, or in a folder. */
public fun qwen(name: String): Part<ModelSource> = Part("qwen(\"$name\")") { Models.qwen(name) }

/** Mistral by size and version: `mistral("7b-v0.1")`, by its name on the Hub, or in a folder. */
public fun mistral(name: String): Part<ModelSource> = Part("mistral(\"$name\")") { Models.mistral(name) }

/**
 * RoBERTa by size: `roberta("large")`, by its name on the Hub, or in a folder. It fills the gap in a prompt, at
 * `<mask>` or at its end, with one word.
 *
 * With `roberta("large", classes = 2)`, or the name of a sequence-classification model, it classifies texts instead:
 * the classes are in the order of the task's words, whatever those are, and prompts need no gap. A second text in the
 * prompt follows `</s></s>`.
 *
 * @param classes the number of classes of a new classification head, initialised from the run's seed. Default: the
 *     model's own head
 */
public fun roberta(
    name: String,
    classes: Int? = null,
): Part<ModelSource> = stored("roberta(\"$name\"", classes) { Models.roberta(name) }

/**
 * BERT by size and kind: `bert("base-uncased")`, by its name on the Hub, or in a folder. It fills gaps, here `[MASK]`,
 * or classifies texts, as [roberta] does; a second text follows `[SEP]`. An encoder without any head needs [classes]:
 * `bert("microsoft/MiniLM-L12-H384-uncased", classes = 2)`.
 *
 * @param classes the number of classes of a new classification head, initialised from the run's seed. Default: the
 *     model's own head
 */
public fun bert(
    name: String,
    classes: Int? = null,
): Part<ModelSource> = stored("bert(\"$name\"", classes) { Models.bert(name) }

/** GPT-2 by size (`small`, `medium`, `large` or `xl`), by its name on the Hub, or in a folder. */
public fun gpt2(name: String = "small"): Part<ModelSource> = Part("gpt2(\"$name\")") { Models.gpt2(name) }

private fun stored(
    call: String,
    classes: Int?,
    build: () -> StoredModel,
): Part<ModelSource> =
    Part(call + (if (classes == null) "" else ", classes = $classes") + ")") {
        build().let { if (classes == null) it else it.classifying(classes) }
    }
