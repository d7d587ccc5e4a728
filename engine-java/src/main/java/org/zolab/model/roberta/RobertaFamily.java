package org.zolab.model.roberta;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.zolab.model.Block;
import org.zolab.model.Embedding;
import org.zolab.model.Family;
import org.zolab.model.Head;
import org.zolab.model.Stage;
import org.zolab.space.ParameterSpace;
import org.zolab.tensor.LinearKernel;
import org.zolab.tensor.Program;
import org.zolab.tensor.Value;

/**
 * RoBERTa and BERT: an encoder in which every token sees all others, with a head that predicts what a mask hides, or one that classifies
 * texts by the hidden state h of their first token, as transformers' sequence classifications do.
 *
 * <pre>
 *   logits [C] = W·tanh(D·h + d) + b        D [H, H], W [C, H]
 * </pre>
 *
 * <p>BERT calls D its pooler. With a head of classes it distinguishes the tokens of a second text from those of the first by their type;
 * otherwise a text is one segment. Positions count from 0 for every token, a padding token within the text included. Dropout is off.
 *
 * <p>Storage order: embeddings, the blocks, the head's transform, its bias; or D, W and b. Within a block, one-dimensional tensors come
 * first, then matrices, with q, k and v adjacent so that one product computes the three.
 *
 * <p>Reference: Devlin et al., arXiv 1810.04805; Liu et al., arXiv 1907.11692.
 */
public final class RobertaFamily implements Family {

    private final RobertaConfig config;
    private final boolean fresh; // whether the files may lack the head
    private final Names names;
    private final ParameterSpace space;
    private final List<Stage> stages;

    /** The names that the two give their tensors: {@code dense} is the head's transform, {@code out} computes the logits of classes. */
    private record Names(String model, String dense, String norm, String bias, String out) {

        static Names of(RobertaConfig config) {
            boolean classes = !config.labels().isEmpty();
            return config.type().equals("roberta")
                    ? new Names(
                            "roberta.",
                            classes ? CLASSIFIER + ".dense" : "lm_head.dense",
                            "lm_head.layer_norm",
                            "lm_head.bias",
                            CLASSIFIER + ".out_proj")
                    : new Names(
                            "bert.",
                            classes ? "bert.pooler.dense" : "cls.predictions.transform.dense",
                            "cls.predictions.transform.LayerNorm",
                            "cls.predictions.bias",
                            CLASSIFIER);
        }

        String embeddings(String part) {
            return model + "embeddings." + part + ".weight";
        }

        String layer(int layer) {
            return model + "encoder.layer." + layer + ".";
        }
    }

    /** The family at the size of {@code config}. */
    public RobertaFamily(RobertaConfig config) {
        this(config, false);
    }

    private RobertaFamily(RobertaConfig config, boolean fresh) {
        this.config = config;
        this.fresh = fresh;
        this.names = Names.of(config);
        this.space = space(config, names);
        List<Stage> all = new ArrayList<>();
        all.add(embedding());
        for (int layer = 0; layer < config.layers(); layer++) {
            all.add(block(layer));
        }
        if (config.labels().isEmpty()) {
            all.add(transform());
            all.addAll(Head.of(space, names.embeddings("word_embeddings"), names.bias()));
        } else {
            all.add(pool());
            all.addAll(Head.of(space, names.out() + ".weight", names.out() + ".bias"));
        }
        this.stages = List.copyOf(all);
    }

    private static ParameterSpace space(RobertaConfig config, Names names) {
        int h = config.hidden();
        int f = config.feedForward();
        ParameterSpace.Builder space = ParameterSpace.builder()
                .add(names.embeddings("word_embeddings"), List.of(config.vocabulary(), h))
                .add(names.embeddings("position_embeddings"), List.of(config.table(), h))
                .add(names.embeddings("token_type_embeddings"), List.of(config.types(), h));
        norm(space, names.model() + "embeddings.LayerNorm", h);
        for (int layer = 0; layer < config.layers(); layer++) {
            String block = names.layer(layer);
            norm(space, block + "attention.output.LayerNorm", h);
            norm(space, block + "output.LayerNorm", h);
            for (String part : List.of("query", "key", "value")) {
                space.add(block + "attention.self." + part + ".bias", List.of(h));
            }
            space.add(block + "attention.output.dense.bias", List.of(h))
                    .add(block + "intermediate.dense.bias", List.of(f))
                    .add(block + "output.dense.bias", List.of(h));
            for (String part : List.of("query", "key", "value")) {
                space.add(block + "attention.self." + part + ".weight", List.of(h, h));
            }
            space.add(block + "attention.output.dense.weight", List.of(h, h))
                    .add(block + "intermediate.dense.weight", List.of(f, h))
                    .add(block + "output.dense.weight", List.of(h, f));
        }
        space.add(names.dense() + ".bias", List.of(h));
        if (!config.labels().isEmpty()) {
            int classes = config.labels().size();
            return space.add(names.dense() + ".weight", List.of(h, h))
                    .add(names.out() + ".weight", List.of(classes, h))
                    .add(names.out() + ".bias", List.of(classes))
                    .build();
        }
        norm(space, names.norm(), h);
        return space.add(names.dense() + ".weight", List.of(h, h))
                .add(names.bias(), List.of(config.vocabulary()))
                .build();
    }

    private static void norm(ParameterSpace.Builder space, String name, int size) {
        space.add(name + ".weight", List.of(size)).add(name + ".bias", List.of(size));
    }

    private Stage embedding() {
        String types = names.embeddings("token_type_embeddings");
        boolean typed = !config.labels().isEmpty() && config.types() > 1;
        List<Embedding.Part> parts = List.of(
                Embedding.Part.positions(names.embeddings("position_embeddings"), config.first()),
                typed ? Embedding.Part.whole(types) : Embedding.Part.row(types, 0),
                Embedding.Part.whole(names.model() + "embeddings.LayerNorm.weight"),
                Embedding.Part.whole(names.model() + "embeddings.LayerNorm.bias"));
        return new Embedding(
                space, names.embeddings("word_embeddings"), parts, (program, weights, ids, positions, second) -> {
                    try (Value epsilon = Value.of(config.epsilon())) {
                        return typed
                                ? program.call("embed_typed", weights, ids, second, epsilon)
                                : program.call("embed", weights, ids, epsilon);
                    }
                });
    }

    private Stage block(int layer) {
        int h = config.hidden();
        int f = config.feedForward();
        List<List<Integer>> shapes = List.of(
                List.of(h),
                List.of(h),
                List.of(h),
                List.of(h),
                List.of(3 * h), // q, k and v
                List.of(h),
                List.of(f),
                List.of(h),
                List.of(3 * h, h),
                List.of(h, h),
                List.of(f, h),
                List.of(h, f));
        int first = space.indexOf(names.layer(layer) + "attention.output.LayerNorm.weight");
        int last = space.indexOf(names.layer(layer) + "output.dense.weight");
        return new Block(space, first, last + 1, shapes, (program, weights, state, shard) -> {
            try (Value heads = Value.of(config.heads());
                    Value epsilon = Value.of(config.epsilon())) {
                return program.call("block", weights, state.x(), state.past(), shard.lengths(), heads, epsilon);
            }
        });
    }

    /** From the last block's output to the head's input, at scored positions only. */
    private Stage transform() {
        int first = space.indexOf(names.dense() + ".bias");
        return Block.of(space, first, first + 4, (program, weights, state, shard) -> {
            try (Value epsilon = Value.of(config.epsilon())) {
                return program.call("transform", weights, state.x(), shard.at(), epsilon);
            }
        });
    }

    /** From the last block's output to the input of the head of classes. */
    private Stage pool() {
        int first = space.indexOf(names.dense() + ".bias");
        return Block.of(
                space,
                first,
                first + 2,
                (program, weights, state, shard) -> program.call("pool", weights, state.x(), shard.at()));
    }

    @Override
    public Family withLayers(int layers) {
        return new RobertaFamily(config.withLayers(layers), fresh);
    }

    @Override
    public List<String> labels() {
        return config.labels();
    }

    @Override
    public Family classifying(int classes) {
        if (config.labels().isEmpty()) {
            return new RobertaFamily(config.withClasses(classes), true);
        }
        if (config.labels().size() != classes) {
            throw new IllegalArgumentException("classes is not how many the model's head tells apart, "
                    + config.labels() + ": " + classes + "; leave it out, or begin with a model without such a head");
        }
        return this;
    }

    /** Weights are normal and biases zero, as initialised by transformers. */
    @Override
    public OptionalDouble begins(ParameterSpace.Tensor tensor) {
        String name = tensor.name();
        if (!fresh || !(name.startsWith(names.dense()) || name.startsWith(names.out()))) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(name.endsWith("weight") ? config.deviation() : 0);
    }

    @Override
    public Map<String, Object> settings() {
        if (!fresh) {
            return Map.of();
        }
        Map<String, String> names = new LinkedHashMap<>();
        Map<String, Integer> numbers = new LinkedHashMap<>();
        for (String label : config.labels()) {
            names.put(String.valueOf(numbers.size()), label);
            numbers.put(label, numbers.size());
        }
        return Map.of(
                "architectures",
                List.of(config.classification()),
                "problem_type",
                "single_label_classification",
                "id2label",
                names,
                "label2id",
                numbers);
    }

    @Override
    public Size size() {
        return config;
    }

    @Override
    public ParameterSpace space() {
        return space;
    }

    @Override
    public List<Stage> stages() {
        return stages;
    }

    @Override
    public boolean masked() {
        return true;
    }

    /** The last block's output counts as well, since the head transforms it further. */
    @Override
    public int hiddenStates() {
        return config.layers() + 1;
    }

    @Override
    public Program program(LinearKernel linear) {
        return Program.load(linear, RobertaFamily.class, Stage.SHARED, "roberta.py");
    }
}
