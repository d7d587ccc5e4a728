package org.zolab.model.roberta;

import java.util.List;
import java.util.stream.IntStream;
import org.zolab.model.ConfigFile;
import org.zolab.model.Family;
import org.zolab.model.weights.ModelFileException;
import org.zolab.model.weights.ModelFiles;
import org.zolab.space.Problems;

/**
 * The size of a RoBERTa or BERT model, as given by its {@code config.json}.
 *
 * <p>The two differ in the names of their tensors, in where positions start, and in the head of classes. Only variants used by their own
 * checkpoints are accepted: GELU, learned positions, a head of tokens that is tied to the embedding, or one that distinguishes exclusive
 * classes. Anything else is an error, since it would silently compute different numbers.
 *
 * @param type        {@code roberta} or {@code bert} ({@code model_type})
 * @param vocabulary  V, rows of the embedding ({@code vocab_size})
 * @param table       rows of the table of positions ({@code max_position_embeddings})
 * @param first       the first token's row in it: 0, or in RoBERTa the one after {@code pad_token_id}
 * @param types       rows of the table of token types ({@code type_vocab_size}); without a head of classes only the first is used
 * @param hidden      H, width of the residual stream ({@code hidden_size})
 * @param heads       attention heads, which divide H ({@code num_attention_heads})
 * @param layers      blocks ({@code num_hidden_layers})
 * @param feedForward F, width between the two linears of a block ({@code intermediate_size})
 * @param epsilon     ε of the norms ({@code layer_norm_eps})
 * @param deviation   standard deviation of the weights of a new head ({@code initializer_range})
 * @param labels      names of the classes that the head distinguishes ({@code id2label}), where {@code architectures} names a sequence
 *                    classification; empty for a masked language model
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
        double epsilon,
        double deviation,
        List<String> labels)
        implements Family.Size {

    private static final double DEVIATION = 0.02;
    private static final String CLASSES = "ForSequenceClassification";

    /** The supported model types. */
    public static final List<String> TYPES = List.of("roberta", "bert");

    /** The configuration of a masked language model with the usual {@code initializer_range}. */
    public RobertaConfig(
            String type,
            int vocabulary,
            int table,
            int first,
            int types,
            int hidden,
            int heads,
            int layers,
            int feedForward,
            double epsilon) {
        this(type, vocabulary, table, first, types, hidden, heads, layers, feedForward, epsilon, DEVIATION, List.of());
    }

    public RobertaConfig {
        labels = List.copyOf(labels);
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
                .require(epsilon > 0, "layer_norm_eps is not strictly positive", epsilon)
                .require(deviation > 0, "initializer_range is not strictly positive", deviation)
                .require(labels.size() != 1, "classes, as id2label or num_labels tells, are not at least 2", labels);
        if (heads > 0 && hidden > 0) {
            problems.require(
                    hidden % heads == 0,
                    "hidden_size is not a multiple of the " + heads + " num_attention_heads",
                    hidden);
        }
        problems.orThrow();
    }

    /** This configuration with another number of blocks. */
    RobertaConfig withLayers(int layers) {
        return with(layers, labels);
    }

    /**
     * This configuration with this many classes, named as by transformers: {@code LABEL_0} and so on.
     *
     * @throws IllegalArgumentException if there are fewer than two
     */
    RobertaConfig withClasses(int classes) {
        new Problems()
                .require(classes > 1, "classes is not at least 2", classes)
                .orThrow();
        return with(layers, numbered(classes));
    }

    private RobertaConfig with(int layers, List<String> labels) {
        return new RobertaConfig(
                type, vocabulary, table, first, types, hidden, heads, layers, feedForward, epsilon, deviation, labels);
    }

    private static List<String> numbered(int classes) {
        return IntStream.range(0, classes).mapToObj(i -> "LABEL_" + i).toList();
    }

    /** The name in transformers of the model with a head of classes. */
    String classification() {
        return (type.equals("bert") ? "Bert" : "Roberta") + CLASSES;
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
     * @throws ModelFileException if it is missing, of another family, or describes an unsupported variant; lists everything that is wrong
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
        double deviation = file.positive("initializer_range", DEVIATION);
        List<String> labels = labels(file);
        return file.make(() -> new RobertaConfig(
                file.type(),
                vocabulary,
                table,
                first,
                types,
                hidden,
                heads,
                layers,
                feedForward,
                epsilon,
                deviation,
                labels));
    }

    /** Its classes; two if their number is not given, as in transformers. */
    private static List<String> labels(ConfigFile file) {
        if (file.texts("architectures").stream().noneMatch(name -> name.endsWith(CLASSES))) {
            return List.of();
        }
        file.fixed("problem_type", "single_label_classification");
        return file.has("id2label")
                ? file.numbered("id2label")
                : numbered(Math.max(1, file.size("num_labels", 2))); // zero would mean a head of tokens
    }
}
