package org.zolab.model.opt;

import java.util.List;
import org.zolab.model.ConfigFile;
import org.zolab.model.Family;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.ModelFiles;
import org.zolab.space.Problems;

/**
 * The size and variant of an OPT model, as given by its {@code config.json}.
 *
 * <p>Only variants used by OPT's own checkpoints are accepted: ReLU, biases everywhere, norms with weights, a head tied to the embedding.
 * Anything else is an error, since it would silently compute different numbers.
 *
 * @param vocabulary  V, rows of the embedding ({@code vocab_size})
 * @param positions   the longest row in tokens ({@code max_position_embeddings})
 * @param hidden      H, width of the residual stream ({@code hidden_size})
 * @param heads       attention heads, which divide H ({@code num_attention_heads})
 * @param layers      blocks ({@code num_hidden_layers})
 * @param feedForward F, width between the two linears of a block ({@code ffn_dim})
 * @param embedding   D, width of the embedding ({@code word_embed_proj_dim}); if it is not H, the model projects
 * @param preNorm     whether norms precede attention and feed-forward; otherwise they follow the residual ({@code do_layer_norm_before})
 * @param finalNorm   whether there is a norm before the head: with {@code preNorm}, unless {@code _remove_final_layer_norm}
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
        boolean finalNorm)
        implements Family.Size {

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

    /** Whether the embedding's width differs from the blocks', so that it is projected. */
    public boolean projects() {
        return embedding != hidden;
    }

    /** This configuration with another number of blocks. */
    OptConfig withLayers(int layers) {
        return new OptConfig(vocabulary, positions, hidden, heads, layers, feedForward, embedding, preNorm, finalNorm);
    }

    @Override
    public int attended() {
        return hidden;
    }

    /**
     * The configuration in a model's {@code config.json}.
     *
     * @throws ModelFileException if it is missing, of another family, or describes a variant that is not OPT's; lists everything that is
     *     wrong
     */
    public static OptConfig read(ModelFiles files) {
        ConfigFile file = ConfigFile.read(files, List.of("opt")).writing();
        file.fixed("activation_function", "relu");
        file.fixed("enable_bias", "true");
        file.fixed("layer_norm_elementwise_affine", "true");
        file.fixed("tie_word_embeddings", "true");
        boolean preNorm = file.flag("do_layer_norm_before", true);
        boolean removed = file.flag("_remove_final_layer_norm", false);
        int hidden = file.size("hidden_size", null);
        int vocabulary = file.size("vocab_size", null);
        int embedding = file.size("word_embed_proj_dim", hidden);
        int layers = file.size("num_hidden_layers", null);
        int heads = file.size("num_attention_heads", null);
        int feedForward = file.size("ffn_dim", null);
        int positions = file.size("max_position_embeddings", null);
        return file.make(() -> new OptConfig(
                vocabulary, positions, hidden, heads, layers, feedForward, embedding, preNorm, preNorm && !removed));
    }
}
