package org.zolab.model.roberta;

import java.util.List;
import org.zolab.model.ConfigFile;
import org.zolab.model.Family;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.ModelFiles;
import org.zolab.space.Problems;

/**
 * The size of a RoBERTa or BERT model, as its {@code config.json} says.
 *
 * <p>The two differ in what their tensors are called and where positions start. Only what their own checkpoints use is taken: GELU,
 * learned positions, a head tied to the embedding. Anything else is an error, since it would compute other numbers without a word.
 *
 * @param type        {@code roberta} or {@code bert} ({@code model_type})
 * @param vocabulary  V, rows of the embedding ({@code vocab_size})
 * @param table       rows of the table of positions ({@code max_position_embeddings})
 * @param first       the row of the first token: 0, in RoBERTa the one behind {@code pad_token_id}
 * @param types       rows of the table of token types, of which the first is used ({@code type_vocab_size})
 * @param hidden      H, width of the residual stream ({@code hidden_size})
 * @param heads       attention heads, which divide H ({@code num_attention_heads})
 * @param layers      blocks ({@code num_hidden_layers})
 * @param feedForward F, width between the two linears of a block ({@code intermediate_size})
 * @param epsilon     of the norms ({@code layer_norm_eps})
 */
public record RobertaConfig(
        String type,
        int vocabulary,
        int table,
        int first,
        int types,
        int hidden,
        int heads,
        int layers,
        int feedForward,
        double epsilon)
        implements Family.Size {

    /** The model types that are read. */
    public static final List<String> TYPES = List.of("roberta", "bert");

    public RobertaConfig {
        Problems problems = new Problems()
                .require(TYPES.contains(type), "model_type is not one of " + TYPES, type)
                .require(vocabulary > 0, "vocab_size is not strictly positive", vocabulary)
                .require(first >= 0, "pad_token_id is not at least 0", first - 1)
                .require(table > first, "max_position_embeddings is not more than the first position " + first, table)
                .require(types > 0, "type_vocab_size is not strictly positive", types)
                .require(hidden > 0, "hidden_size is not strictly positive", hidden)
                .require(heads > 0, "num_attention_heads is not strictly positive", heads)
                .require(layers > 0, "num_hidden_layers is not strictly positive", layers)
                .require(feedForward > 0, "intermediate_size is not strictly positive", feedForward)
                .require(epsilon > 0, "layer_norm_eps is not strictly positive", epsilon);
        if (heads > 0 && hidden > 0) {
            problems.require(
                    hidden % heads == 0,
                    "hidden_size is not a multiple of the " + heads + " num_attention_heads",
                    hidden);
        }
        problems.orThrow();
    }

    /** The same with so many blocks. */
    RobertaConfig withLayers(int layers) {
        return new RobertaConfig(type, vocabulary, table, first, types, hidden, heads, layers, feedForward, epsilon);
    }

    @Override
    public int positions() {
        return table - first;
    }

    @Override
    public int attended() {
        return hidden;
    }

    /**
     * The configuration in a model's {@code config.json}.
     *
     * @throws ModelFileException if it is missing, of another family, or describes a variant that is not run, with everything that is
     *     wrong
     */
    public static RobertaConfig read(ModelFiles files) {
        ConfigFile file = ConfigFile.read(files, TYPES);
        boolean roberta = file.type().equals("roberta");
        file.fixed("hidden_act", "gelu");
        file.fixed("position_embedding_type", "absolute");
        file.fixed("tie_word_embeddings", "true");
        file.fixed("is_decoder", "false");
        int vocabulary = file.size("vocab_size", null);
        int table = file.size("max_position_embeddings", null);
        int first = roberta ? file.size("pad_token_id", 1) + 1 : 0;
        int types = file.size("type_vocab_size", 2);
        int hidden = file.size("hidden_size", null);
        int heads = file.size("num_attention_heads", null);
        int layers = file.size("num_hidden_layers", null);
        int feedForward = file.size("intermediate_size", null);
        double epsilon = file.positive("layer_norm_eps", 1e-12);
        return file.make(() -> new RobertaConfig(
                file.type(), vocabulary, table, first, types, hidden, heads, layers, feedForward, epsilon));
    }
}
