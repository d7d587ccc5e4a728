package org.zolab.model.llama;

import java.util.List;
import java.util.function.Supplier;
import org.zolab.model.ConfigFile;
import org.zolab.model.Family;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.ModelFiles;
import org.zolab.space.Problems;

/**
 * The size and variant of a Llama, Qwen 2 or Mistral model, as given by its {@code config.json}.
 *
 * <p>The three share one architecture; Qwen 2 has biases on queries, keys and values, and Mistral a window. Only variants used by their
 * own checkpoints are accepted: SiLU, no other biases. Anything else is an error, since it would silently compute different numbers.
 *
 * @param vocabulary  V, rows of the embedding ({@code vocab_size})
 * @param positions   the longest row in tokens ({@code max_position_embeddings})
 * @param hidden      H, width of the residual stream ({@code hidden_size})
 * @param heads       query heads ({@code num_attention_heads})
 * @param groups      key and value heads, which divide the heads ({@code num_key_value_heads})
 * @param width       width of a head ({@code head_dim}, else H / heads)
 * @param layers      blocks ({@code num_hidden_layers})
 * @param feedForward F, width between the linears of a block ({@code intermediate_size})
 * @param epsilon     ε of the norms ({@code rms_norm_eps})
 * @param frequencies by how much each pair of a head's numbers rotates from token to token ({@code rope_theta}, {@code rope_scaling})
 * @param bias        whether queries, keys and values have biases
 * @param tied        whether the head is the embedding ({@code tie_word_embeddings})
 * @param window      how many tokens a token sees, itself included, in some blocks ({@code sliding_window})
 * @param full        how many of the first blocks see everything; all of them without a window
 */
public record LlamaConfig(
        int vocabulary,
        int positions,
        int hidden,
        int heads,
        int groups,
        int width,
        int layers,
        int feedForward,
        double epsilon,
        List<Double> frequencies,
        boolean bias,
        boolean tied,
        int window,
        int full)
        implements Family.Size {

    /** The supported model types. */
    public static final List<String> TYPES = List.of("llama", "qwen2", "mistral");

    public LlamaConfig {
        frequencies = List.copyOf(frequencies);
        Problems problems = new Problems()
                .require(vocabulary > 0, "vocab_size is not strictly positive", vocabulary)
                .require(positions > 0, "max_position_embeddings is not strictly positive", positions)
                .require(hidden > 0, "hidden_size is not strictly positive", hidden)
                .require(heads > 0, "num_attention_heads is not strictly positive", heads)
                .require(groups > 0, "num_key_value_heads is not strictly positive", groups)
                .require(width > 0 && width % 2 == 0, "head_dim is not even and strictly positive", width)
                .require(
                        2 * frequencies.size() == width,
                        "frequencies are not half as many as head_dim " + width,
                        frequencies.size())
                .require(layers > 0, "num_hidden_layers is not strictly positive", layers)
                .require(feedForward > 0, "intermediate_size is not strictly positive", feedForward)
                .require(epsilon > 0, "rms_norm_eps is not strictly positive", epsilon)
                .require(window > 0, "sliding_window is not strictly positive", window)
                .require(full >= 0, "max_window_layers is not at least 0", full);
        if (heads > 0 && groups > 0) {
            problems.require(
                    heads % groups == 0,
                    "num_attention_heads is not a multiple of the " + groups + " num_key_value_heads",
                    heads);
        }
        problems.orThrow();
    }

    /** This configuration with another number of blocks. */
    LlamaConfig withLayers(int layers) {
        return with(layers, frequencies);
    }

    /** This configuration with other frequencies. */
    public LlamaConfig withFrequencies(List<Double> frequencies) {
        return with(layers, frequencies);
    }

    private LlamaConfig with(int layers, List<Double> frequencies) {
        return new LlamaConfig(
                vocabulary,
                positions,
                hidden,
                heads,
                groups,
                width,
                layers,
                feedForward,
                epsilon,
                frequencies,
                bias,
                tied,
                window,
                full);
    }

    @Override
    public int attended() {
        return heads * width;
    }

    /**
     * The configuration in a model's {@code config.json}.
     *
     * @throws ModelFileException if it is missing, of another family, or describes an unsupported variant; lists everything that is wrong
     */
    public static LlamaConfig read(ModelFiles files) {
        ConfigFile file = ConfigFile.read(files, TYPES).writing();
        String type = file.type();
        file.fixed("hidden_act", "silu");
        file.fixed("attention_bias", "false");
        file.fixed("mlp_bias", "false");
        int hidden = file.size("hidden_size", null);
        int heads = file.size("num_attention_heads", null);
        int groups = file.size("num_key_value_heads", type.equals("llama") ? heads : null);
        int width = file.size("head_dim", heads > 0 ? hidden / heads : 0);
        int vocabulary = file.size("vocab_size", null);
        int positions = file.size("max_position_embeddings", null);
        int layers = file.size("num_hidden_layers", null);
        int feedForward = file.size("intermediate_size", null);
        double epsilon = file.positive("rms_norm_eps", 1e-6);
        boolean tied = file.flag("tie_word_embeddings", false);
        Supplier<Rope> rope = rope(file);
        int window = Integer.MAX_VALUE;
        int full = 0;
        if (type.equals("mistral")) {
            window = file.mentions("sliding_window") ? file.size("sliding_window", Integer.MAX_VALUE) : 4096;
        } else if (type.equals("qwen2") && file.flag("use_sliding_window", false)) {
            window = file.size("sliding_window", 4096);
            full = file.size("max_window_layers", 28);
        }
        int seen = window;
        int first = full;
        return file.make(() -> new LlamaConfig(
                vocabulary,
                positions,
                hidden,
                heads,
                groups,
                width,
                layers,
                feedForward,
                epsilon,
                rope.get().frequencies(width),
                type.equals("qwen2"),
                tied,
                seen,
                first));
    }

    private static Supplier<Rope> rope(ConfigFile file) {
        ConfigFile scaling = file.within(file.has("rope_parameters") ? "rope_parameters" : "rope_scaling");
        double base = (scaling.has("rope_theta") ? scaling : file).positive("rope_theta", 10_000.0);
        String kind =
                scaling.word(scaling.has("rope_type") ? "rope_type" : "type", "default", "default", "linear", "llama3");
        double factor = kind.equals("default") ? 1 : scaling.positive("factor", null);
        if (!kind.equals("llama3")) {
            return () -> new Rope(base, factor, null);
        }
        double low = scaling.positive("low_freq_factor", null);
        double high = scaling.positive("high_freq_factor", null);
        int original = scaling.size("original_max_position_embeddings", null);
        return () -> new Rope(base, factor, new Rope.Bands(low, high, original));
    }

    /** The window of a block; 0 if it sees everything. */
    int windowOf(int layer) {
        return layer < full || window == Integer.MAX_VALUE ? 0 : window;
    }
}
