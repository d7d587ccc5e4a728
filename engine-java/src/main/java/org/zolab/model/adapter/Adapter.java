package org.zolab.model.adapter;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.zolab.model.Family;
import org.zolab.model.Scope;
import org.zolab.model.weights.SafetensorsWriter;
import org.zolab.model.weights.Weights;

/** A scope whose trained parameters are stored separately from their model, in PEFT's file format. */
public sealed interface Adapter extends Scope permits Lora, Prefix, SoftPrompt {

    /** The folder of an adapter to start from; null for none. */
    @Nullable
    Path from();

    @Override
    default String fingerprint() {
        Path folder = from();
        return folder == null ? "" : "adapter " + AdapterFolder.fingerprint(folder);
    }

    /**
     * Its entries in {@code adapter_config.json}, except for the model's name.
     *
     * @throws IllegalArgumentException if PEFT has no adapter that computes the same
     */
    Map<String, Object> config(Family family);

    /** The contents of {@code adapter_model.safetensors} when the parameters are {@code trained}. */
    List<SafetensorsWriter.Tensor> tensors(Family family, Weights trained);
}
