package org.zolab.model.adapter;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.zolab.model.Embedding;
import org.zolab.model.Extended;
import org.zolab.model.Family;
import org.zolab.model.Parametrization;
import org.zolab.model.Stage;
import org.zolab.model.weights.Dtype;
import org.zolab.model.weights.SafetensorsWriter;
import org.zolab.model.weights.Weights;
import org.zolab.space.ParameterSpace;
import org.zolab.space.Problems;

/**
 * Prompt tuning: trained embedding rows that precede a text and are read like those of tokens; the model itself is not changed.
 *
 * <pre>
 *   h = embed([P; E(text)])        P [tokens, D], D the width of the embedding
 * </pre>
 *
 * <p>They are initialised with the rows of as many drawn tokens. A head's {@code classifier} module is trained directly as well; it reads
 * the text's first token, whereas PEFT's reads the first row, so no file can hold both.
 *
 * <p>Cost: that of a text with so many more tokens. Memory: tokens·D numbers.
 *
 * <p>Reference: Lester et al., arXiv 2104.08691; the files of peft 0.21.
 *
 * @param tokens how many rows
 * @param from   the folder of a prompt to start from; null for none
 */
public record SoftPrompt(int tokens, @Nullable Path from) implements Adapter {

    private static final String TYPE = "PROMPT_TUNING";

    public SoftPrompt {
        new Problems()
                .require(tokens > 0, "tokens of promptTuning is not strictly positive", tokens)
                .orThrow();
    }

    /** A prompt initialised with drawn tokens. */
    public static SoftPrompt of(int tokens) {
        return new SoftPrompt(tokens, null);
    }

    /** The prompt in a folder, in PEFT's format. */
    public static SoftPrompt read(Path folder) {
        return AdapterFolder.read(
                folder,
                TYPE,
                Prefix::check,
                config -> new SoftPrompt(config.path("num_virtual_tokens").intValue(), folder),
                "train one anew with promptTuning(tokens = 20)");
    }

    @Override
    public Parametrization of(Family family) {
        ParameterSpace.Builder names = Extended.of(family);
        Embedding embedding = (Embedding) family.stages().get(0);
        ParameterSpace space =
                names.add("prompt.rows", List.of(tokens, embedding.width())).build();
        List<Stage> stages = new ArrayList<>(family.stages());
        stages.set(0, embedding.behind(family.space().tensors().size(), tokens));
        Extended extended = new Extended(family, space, stages, tokens, true, true);
        if (from == null) {
            return extended.trained(
                    false, (model, seed) -> parameter -> model.representations().embeddings(extended.drawn(seed)));
        }
        Weights weights = AdapterFolder.weights(from);
        AdapterFolder.require(weights, Map.of(Prefix.EMBEDDINGS, new long[] {tokens, embedding.width()}));
        return extended.trained(false, (model, seed) -> parameter -> weights.floats(Prefix.EMBEDDINGS));
    }

    @Override
    public Map<String, Object> config(Family family) {
        Embedding embedding = (Embedding) family.stages().get(0);
        Map<String, Object> config = Prefix.virtual(TYPE, tokens, embedding.width(), family);
        config.put("prompt_tuning_init", "RANDOM");
        return config;
    }

    @Override
    public List<SafetensorsWriter.Tensor> tensors(Family family, Weights trained) {
        return List.of(new SafetensorsWriter.Tensor(
                Prefix.EMBEDDINGS,
                Dtype.F32,
                trained.shape("prompt.rows"),
                FloatBuffer.wrap(trained.floats("prompt.rows"))));
    }

    /** The notation used in a cell. */
    @Override
    public String toString() {
        return "promptTuning(" + (from != null ? "\"" + from + "\"" : "tokens = " + tokens) + ")";
    }
}
