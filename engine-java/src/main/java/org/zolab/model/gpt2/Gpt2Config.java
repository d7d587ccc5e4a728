package org.zolab.model.gpt2;

import java.util.List;
import org.zolab.model.ConfigFile;
import org.zolab.model.Family;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.ModelFiles;
import org.zolab.space.Problems;

/**
 * The size of a GPT-2 model, as given by its {@code config.json}.
 *
 * <p>Only variants used by GPT-2's own checkpoints are accepted. Anything else is an error, since it would silently compute different
 * numbers.
 *
 * @param vocabulary  V, rows of the embedding ({@code vocab_size})
 * @param positions   the longest row in tokens ({@code n_positions})
 * @param hidden      H, width of the residual stream ({@code n_embd})
 * @param heads       attention heads, which divide H ({@code n_head})
 * @param layers      blocks ({@code n_layer})
 * @param feedForward F, width between the two linears of a block ({@code n_inner}, else 4H)
 * @param epsilon     ε of the norms ({@code layer_norm_epsilon})
 */
public record Gpt2Config(
        int vocabulary, int positions, int hidden, int heads, int layers, int feedForward, double epsilon)
        implements Family.Size {

    /** The supported model types. */
    public static final List<String> TYPES = List.of("gpt2");

    public Gpt2Config {
        Problems problems = new Problems()
                .require(vocabulary > 0, "vocab_size is not strictly positive", vocabulary)
                .require(positions > 0, "n_positions is not strictly positive", positions)
                .require(hidden > 0, "n_embd is not strictly positive", hidden)
                .require(heads > 0, "n_head is not strictly positive", heads)
                .require(layers > 0, "n_layer is not strictly positive", layers)
                .require(feedForward > 0, "n_inner is not strictly positive", feedForward)
                .require(epsilon > 0, "layer_norm_epsilon is not strictly positive", epsilon);
        if (heads > 0 && hidden > 0) {
            problems.require(hidden % heads == 0, "n_embd is not a multiple of the " + heads + " n_head", hidden);
        }
        problems.orThrow();
    }

    /** This configuration with another number of blocks. */
    Gpt2Config withLayers(int layers) {
        return new Gpt2Config(vocabulary, positions, hidden, heads, layers, feedForward, epsilon);
    }

    @Override
    public int attended() {
        return hidden;
    }

    /**
     * The configuration in a model's {@code config.json}.
     *
     * @throws ModelFileException if it is missing, of another family, or describes an unsupported variant; lists everything that is wrong
     */
    public static Gpt2Config read(ModelFiles files) {
        ConfigFile file = ConfigFile.read(files, TYPES).writing();
        file.fixed("activation_function", "gelu_new");
        file.fixed("scale_attn_weights", "true");
        file.fixed("scale_attn_by_inverse_layer_idx", "false");
        file.fixed("add_cross_attention", "false");
        file.fixed("tie_word_embeddings", "true");
        int vocabulary = file.size("vocab_size", null);
        int positions = file.size("n_positions", null);
        int hidden = file.size("n_embd", null);
        int heads = file.size("n_head", null);
        int layers = file.size("n_layer", null);
        int feedForward = file.size("n_inner", 4 * hidden);
        double epsilon = file.positive("layer_norm_epsilon", 1e-5);
        return file.make(() -> new Gpt2Config(vocabulary, positions, hidden, heads, layers, feedForward, epsilon));
    }
}
