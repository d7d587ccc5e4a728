package org.zolab.model.adapter;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.zolab.model.Family;
import org.zolab.model.Scope;
import org.zolab.model.weights.SafetensorsWriter;
import org.zolab.model.weights.Weights;

/** A scope whose trained parameters are kept beside the model that they belong to, in PEFT's files. */
public sealed interface Adapter extends Scope permits Lora, Prefix, SoftPrompt {

    /** The folder of an adapter to begin with; null: none. */
    @Nullable
    Path from();

    @Override
    default String fingerprint() {
        Path folder = from();
        return folder == null ? "" : "adapter " + AdapterFolder.fingerprint(folder);
    }

    /**
     * What {@code adapter_config.json} says of it, beside the model's name.
     *
     * @throws IllegalArgumentException if PEFT has none that computes the same
     */
    Map<String, Object> config(Family family);

    /** What {@code adapter_model.safetensors} holds when the parameters are {@code trained}. */
    List<SafetensorsWriter.Tensor> tensors(Family family, Weights trained);
}
