package org.zolab.model.opt;

import java.util.ArrayList;
import java.util.List;
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
 * OPT: a decoder with learned positions, ReLU, and a head tied to the embedding, at the size of a configuration.
 *
 * <p>Storage order: embeddings, projections, the blocks, the final norm. Within a block, one-dimensional tensors come first, then
 * matrices, with q, k and v adjacent so that one product computes the three.
 *
 * <p>Reference: Zhang et al., arXiv 2205.01068.
 */
public final class OptFamily implements Family {

    /** Positions are counted from 2, as in fairseq. */
    private static final int POSITION_OFFSET = 2;

    private static final String DECODER = "model.decoder.";

    private final OptConfig config;
    private final ParameterSpace space;
    private final List<Stage> stages;

    /** The family at the size of {@code config}. */
    public OptFamily(OptConfig config) {
        this.config = config;
        this.space = space(config);
        List<Stage> all = new ArrayList<>();
        all.add(embedding(config, space));
        for (int layer = 0; layer < config.layers(); layer++) {
            all.add(block(config, space, layer));
        }
        all.add(last(config, space));
        all.addAll(Head.of(space, DECODER + "embed_tokens.weight", null));
        this.stages = List.copyOf(all);
    }

    private static ParameterSpace space(OptConfig config) {
        int h = config.hidden();
        int d = config.embedding();
        int f = config.feedForward();
        ParameterSpace.Builder space = ParameterSpace.builder()
                .add(DECODER + "embed_tokens.weight", List.of(config.vocabulary(), d))
                .add(DECODER + "embed_positions.weight", List.of(config.positions() + POSITION_OFFSET, h));
        if (config.projects()) {
            space.add(DECODER + "project_in.weight", List.of(h, d));
        }
        for (int layer = 0; layer < config.layers(); layer++) {
            String block = DECODER + "layers." + layer + ".";
            space.add(block + "self_attn_layer_norm.weight", List.of(h))
                    .add(block + "self_attn_layer_norm.bias", List.of(h));
            for (String part : List.of("q", "k", "v", "out")) {
                space.add(block + "self_attn." + part + "_proj.bias", List.of(h));
            }
            space.add(block + "final_layer_norm.weight", List.of(h))
                    .add(block + "final_layer_norm.bias", List.of(h))
                    .add(block + "fc1.bias", List.of(f))
                    .add(block + "fc2.bias", List.of(h));
            for (String part : List.of("q", "k", "v", "out")) {
                space.add(block + "self_attn." + part + "_proj.weight", List.of(h, h));
            }
            space.add(block + "fc1.weight", List.of(f, h)).add(block + "fc2.weight", List.of(h, f));
        }
        if (config.finalNorm()) {
            space.add(DECODER + "final_layer_norm.weight", List.of(h))
                    .add(DECODER + "final_layer_norm.bias", List.of(h));
        }
        if (config.projects()) {
            space.add(DECODER + "project_out.weight", List.of(d, h));
        }
        return space.build();
    }

    @Override
    public Family withLayers(int layers) {
        return new OptFamily(config.withLayers(layers));
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
    public Program program(LinearKernel linear) {
        return Program.load(linear, OptFamily.class, Stage.SHARED, "opt.py");
    }

    private static Stage embedding(OptConfig config, ParameterSpace space) {
        List<Embedding.Part> parts = new ArrayList<>();
        parts.add(Embedding.Part.positions(DECODER + "embed_positions.weight", POSITION_OFFSET));
        if (config.projects()) {
            parts.add(Embedding.Part.whole(DECODER + "project_in.weight"));
        }
        return new Embedding(
                space,
                DECODER + "embed_tokens.weight",
                parts,
                (program, weights, ids, positions, types) -> program.call("embed", weights, ids, positions));
    }

    private static Stage block(OptConfig config, ParameterSpace space, int layer) {
        int h = config.hidden();
        int f = config.feedForward();
        String name = DECODER + "layers." + layer + ".";
        List<List<Integer>> shapes = List.of(
                List.of(h),
                List.of(h),
                List.of(3 * h), // q, k and v
                List.of(h),
                List.of(h),
                List.of(h),
                List.of(f),
                List.of(h),
                List.of(3 * h, h),
                List.of(h, h),
                List.of(f, h),
                List.of(h, f));
        return new Block(
                space,
                space.indexOf(name + "self_attn_layer_norm.weight"),
                space.indexOf(name + "fc2.weight") + 1,
                shapes,
                (program, weights, state, shard) -> {
                    try (Value heads = Value.of(config.heads());
                            Value pre = Value.of(config.preNorm())) {
                        return program.call("block", weights, state.x(), state.past(), shard.places(), heads, pre);
                    }
                });
    }

    /** From the last block's output to the head's input, at scored positions only. */
    private static Stage last(OptConfig config, ParameterSpace space) {
        int end = space.tensors().size();
        int count = (config.finalNorm() ? 2 : 0) + (config.projects() ? 1 : 0);
        return Block.of(space, end - count, end, (program, weights, state, shard) -> {
            try (Value norm = Value.of(config.finalNorm())) {
                return program.call("last", weights, state.x(), shard.at(), norm);
            }
        });
    }
}
