package org.zolab.dsl

import org.zolab.model.ModelSource
import org.zolab.model.opt.Opt
import java.nio.file.Path

/**
 * A model of the OPT family by its name.
 *
 * `opt("nano")` comes with ZoLab: a small model, pretrained on the documentation of Java libraries.
 * `opt("125m")`, `opt("1.3b")` and `opt("facebook/opt-1.3b")` are taken from the Hugging Face cache of this machine.
 */
public fun opt(name: String): Part<ModelSource> = Part("opt(\"$name\")") { Opt.named(name) }

/** A model of the OPT family from a folder with `config.json`, its weights as safetensors, and its tokenizer. */
public fun opt(folder: Path): Part<ModelSource> = Part("opt($folder)") { Opt.at(folder) }
