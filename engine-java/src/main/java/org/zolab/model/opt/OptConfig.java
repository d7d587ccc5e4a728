package org.zolab.model.opt;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.ModelFiles;
import org.zolab.space.Problems;

/**
 * The size and the variant of an OPT model, as its {@code config.json} says.
 *
 * <p>Only what OPT's own checkpoints use is taken: ReLU, biases everywhere, norms with weights, a head tied to the embedding.
 * Anything else is an error, since it would compute other numbers without a word.
 *
 * @param vocabulary  V, rows of the embedding ({@code vocab_size})
 * @param positions   the longest row in tokens ({@code max_position_embeddings})
 * @param hidden      H, width of the residual stream ({@code hidden_size})
 * @param heads       attention heads, which divide H ({@code num_attention_heads})
 * @param layers      blocks ({@code num_hidden_layers})
 * @param feedForward F, width between the two linears of a block ({@code ffn_dim})
 * @param embedding   D, width of the embedding ({@code word_embed_proj_dim}); if it is not H, the model projects
 * @param preNorm     norms before attention and feed-forward, else after the residual ({@code do_layer_norm_before})
 * @param finalNorm   a norm before the head: with {@code preNorm}, unless {@code _remove_final_layer_norm}
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

    public OptConfig {
        Problems problems = new Problems()
                .require(vocabulary > 0, "vocab_size is not strictly positive", vocabulary)
                .require(hidden > 0, "hidden_size is not strictly positive", hidden)
                .require(embedding > 0, "word_embed_proj_dim is not strictly positive", embedding)
                .require(layers > 0, "num_hidden_layers is not strictly positive", layers)
                .require(heads > 0, "num_attention_heads is not strictly positive", heads)
                .require(feedForward > 0, "ffn_dim is not strictly positive", feedForward)
                .require(positions > 0, "max_position_embeddings is not strictly positive", positions);
        if (heads > 0 && hidden > 0) {
            problems.require(
                    hidden % heads == 0,
                    "hidden_size is not a multiple of the " + heads + " num_attention_heads",
                    hidden);
        }
        problems.orThrow();
    }

    /** Whether the embedding has another width than the blocks, so that it is projected. */
    public boolean projects() {
        return embedding != hidden;
    }

    /**
     * The configuration in a model's {@code config.json}.
     *
     * @throws ModelFileException if it is missing, of another family, or describes a variant that is not OPT's, with everything
     *     that is wrong
     */
    public static OptConfig read(ModelFiles files) {
        JsonNode json = files.json(FILE);
        String where = files.where(FILE);
        JsonNode type = json.path("model_type");
        if (!type.asText().equals("opt")) {
            throw new ModelFileException(where + " is of a family that is not supported: model_type is "
                    + (type.isMissingNode() ? "missing" : type) + ", supported is \"opt\"; choose an OPT model");
        }
        Problems problems = new Problems();
        fixed(json, problems, "activation_function", "relu");
        fixed(json, problems, "enable_bias", "true");
        fixed(json, problems, "layer_norm_elementwise_affine", "true");
        fixed(json, problems, "tie_word_embeddings", "true");
        boolean preNorm = flag(json, problems, "do_layer_norm_before", true);
        boolean removed = flag(json, problems, "_remove_final_layer_norm", false);
        int hidden = size(json, problems, "hidden_size", null);
        int vocabulary = size(json, problems, "vocab_size", null);
        int embedding = size(json, problems, "word_embed_proj_dim", hidden);
        int layers = size(json, problems, "num_hidden_layers", null);
        int heads = size(json, problems, "num_attention_heads", null);
        int feedForward = size(json, problems, "ffn_dim", null);
        int positions = size(json, problems, "max_position_embeddings", null);
        OptConfig config = null;
        if (problems.list().isEmpty()) {
            config = problems.get(() -> new OptConfig(
                    vocabulary,
                    positions,
                    hidden,
                    heads,
                    layers,
                    feedForward,
                    embedding,
                    preNorm,
                    preNorm && !removed));
        }
        if (config == null) {
            throw new ModelFileException(where + " describes no OPT model that can be run:\n  "
                    + String.join("\n", problems.list()).replace("\n", "\n  ")
                    + "\n  take the config.json that belongs to the weights, or another model");
        }
        return config;
    }

    /** A setting that has one value only, which is also what its absence means. */
    private static void fixed(JsonNode json, Problems problems, String name, String wanted) {
        JsonNode value = json.path(name);
        problems.require(value.isMissingNode() || value.asText().equals(wanted), name + " is not " + wanted, value);
    }

    private static boolean flag(JsonNode json, Problems problems, String name, boolean absent) {
        JsonNode value = json.path(name);
        problems.require(value.isBoolean() || value.isMissingNode(), name + " is not true or false", value);
        return value.asBoolean(absent);
    }

    private static int size(JsonNode json, Problems problems, String name, @Nullable Integer absent) {
        JsonNode value = json.path(name);
        if (absent != null && (value.isMissingNode() || value.isNull())) {
            return absent;
        }
        boolean whole = value.isIntegralNumber() && value.canConvertToInt();
        problems.require(whole, name + " is not a whole number", value.isMissingNode() ? "missing" : value);
        return whole ? value.intValue() : 0;
    }
}
