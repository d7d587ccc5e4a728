package org.zolab.model.opt;

import com.fasterxml.jackson.databind.JsonNode;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.ModelFiles;
import org.zolab.space.Problems;

/**
 * The size and shape of an OPT model, as its {@code config.json} says.
 *
 * @param vocabulary  V, rows of the embedding
 * @param positions   the longest row in tokens
 * @param hidden      H
 * @param heads       attention heads
 * @param layers      blocks
 * @param feedForward F
 * @param embedding   D, width of the embedding; if it is not H, the model projects
 * @param preNorm     norms before attention and feed-forward, else after the residual
 * @param finalNorm   whether a norm follows the last block
 */
public record OptConfig(
        int vocabulary,
        int positions,
        int hidden,
        int heads,
        int layers,
        int feedForward,
        int embedding,
        boolean preNorm,
        boolean finalNorm) {

    private static final String FILE = "config.json";

    /** Reads and checks a model's configuration. */
    public static OptConfig read(ModelFiles files) {
        JsonNode json = files.json(FILE);
        String where = files.where(FILE);
        String type = json.path("model_type").asText("");
        if (!type.equals("opt")) {
            throw new ModelFileException("model_type of " + where + " is not opt: "
                    + (type.isEmpty() ? "missing" : type) + "; opt(...) reads OPT models only");
        }
        Problems problems = new Problems();
        int hidden = positive(json, "hidden_size", problems);
        int heads = positive(json, "num_attention_heads", problems);
        boolean preNorm = flag(json, "do_layer_norm_before", true);
        OptConfig config = new OptConfig(
                positive(json, "vocab_size", problems),
                positive(json, "max_position_embeddings", problems),
                hidden,
                heads,
                positive(json, "num_hidden_layers", problems),
                positive(json, "ffn_dim", problems),
                json.has("word_embed_proj_dim") ? positive(json, "word_embed_proj_dim", problems) : hidden,
                preNorm,
                preNorm && !flag(json, "_remove_final_layer_norm", false));
        if (heads > 0) {
            problems.require(
                    hidden % heads == 0, "hidden_size is not a multiple of num_attention_heads " + heads, hidden);
        }
        String activation = json.path("activation_function").asText("relu");
        problems.require(activation.equals("relu"), "activation_function is not relu", activation)
                .require(flag(json, "enable_bias", true), "enable_bias is not true", false)
                .require(
                        flag(json, "layer_norm_elementwise_affine", true),
                        "layer_norm_elementwise_affine is not true",
                        false)
                .require(flag(json, "tie_word_embeddings", true), "tie_word_embeddings is not true", false);
        if (!problems.list().isEmpty()) {
            throw new ModelFileException(
                    where + " is no OPT configuration that ZoLab supports:\n  " + String.join("\n  ", problems.list()));
        }
        return config;
    }

    /** Whether the embedding has another width than the blocks. */
    public boolean projects() {
        return embedding != hidden;
    }

    private static int positive(JsonNode json, String key, Problems problems) {
        JsonNode value = json.path(key);
        boolean ok = value.isInt() && value.asInt() > 0;
        problems.require(ok, key + " is not a whole number above 0", value.isMissingNode() ? "missing" : value);
        return ok ? value.asInt() : 0;
    }

    private static boolean flag(JsonNode json, String key, boolean otherwise) {
        return json.path(key).asBoolean(otherwise);
    }
}
