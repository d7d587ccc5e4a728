package org.zolab.model.llama;

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
 * Llama, Qwen 2 and Mistral: a decoder with rotary positions, grouped queries, a gated feed-forward and root-mean-square norms, at the
 * size of a configuration.
 *
 * <p>Storage order: the embedding, the blocks, the final norm, the head unless it is tied. Within a block, one-dimensional tensors come
 * first, then matrices, with q, k and v adjacent, and gate and up, so that one product computes them.
 *
 * <p>Reference: Touvron et al., arXiv 2302.13971; Qwen team, arXiv 2407.10671; Jiang et al., arXiv 2310.06825.
 */
public final class LlamaFamily implements Family {

    private static final String MODEL = "model.";
    private static final String EMBEDDING = MODEL + "embed_tokens.weight";
    private static final String NORM = MODEL + "norm.weight";
    private static final String HEAD = "lm_head.weight";

    private final LlamaConfig config;
    private final ParameterSpace space;
    private final List<Stage> stages;

    /** The family at the size of {@code config}. */
    public LlamaFamily(LlamaConfig config) {
        this.config = config;
        this.space = space(config);
        List<Stage> all = new ArrayList<>();
        all.add(new Embedding(
                space,
                EMBEDDING,
                List.of(),
                (program, weights, ids, positions, types) -> program.call("embed", weights, ids)));
        for (int layer = 0; layer < config.layers(); layer++) {
            all.add(block(config, space, layer));
        }
        all.add(last(config, space));
        all.addAll(Head.of(space, config.tied() ? EMBEDDING : HEAD, null));
        this.stages = List.copyOf(all);
    }

    private static ParameterSpace space(LlamaConfig config) {
        int h = config.hidden();
        int f = config.feedForward();
        int q = config.heads() * config.width();
        int kv = config.groups() * config.width();
        ParameterSpace.Builder space = ParameterSpace.builder().add(EMBEDDING, List.of(config.vocabulary(), h));
        for (int layer = 0; layer < config.layers(); layer++) {
            String block = MODEL + "layers." + layer + ".";
            space.add(block + "input_layernorm.weight", List.of(h))
                    .add(block + "post_attention_layernorm.weight", List.of(h));
            if (config.bias()) {
                space.add(block + "self_attn.q_proj.bias", List.of(q))
                        .add(block + "self_attn.k_proj.bias", List.of(kv))
                        .add(block + "self_attn.v_proj.bias", List.of(kv));
            }
            space.add(block + "self_attn.q_proj.weight", List.of(q, h))
                    .add(block + "self_attn.k_proj.weight", List.of(kv, h))
                    .add(block + "self_attn.v_proj.weight", List.of(kv, h))
                    .add(block + "self_attn.o_proj.weight", List.of(h, q))
                    .add(block + "mlp.gate_proj.weight", List.of(f, h))
                    .add(block + "mlp.up_proj.weight", List.of(f, h))
                    .add(block + "mlp.down_proj.weight", List.of(h, f));
        }
        space.add(NORM, List.of(h));
        if (!config.tied()) {
            space.add(HEAD, List.of(config.vocabulary(), h));
        }
        return space.build();
    }

    private static Stage block(LlamaConfig config, ParameterSpace space, int layer) {
        int h = config.hidden();
        int f = config.feedForward();
        int q = config.heads() * config.width();
        int qkv = q + 2 * config.groups() * config.width();
        String name = MODEL + "layers." + layer + ".";
        List<List<Integer>> shapes = new ArrayList<>(
                List.of(List.of(h), List.of(h), List.of(qkv, h), List.of(h, q), List.of(2 * f, h), List.of(h, f)));
        if (config.bias()) {
            shapes.add(2, List.of(qkv));
        }
        return new Block(
                space,
                space.indexOf(name + "input_layernorm.weight"),
                space.indexOf(name + "mlp.down_proj.weight") + 1,
                shapes,
                (program, weights, state, shard) -> {
                    try (Value first = Value.of(shard.first() - shard.lead());
                            Value heads = Value.of(config.heads());
                            Value groups = Value.of(config.groups());
                            Value window = Value.of(config.windowOf(layer));
                            Value epsilon = Value.of(config.epsilon())) {
                        return program.call(
                                "block",
                                weights,
                                state.x(),
                                state.past(),
                                shard.places(),
                                first,
                                heads,
                                groups,
                                window,
                                epsilon,
                                shard.constants(config.frequencies()));
                    }
                });
    }

    /** The final norm, at scored positions only. */
    private static Stage last(LlamaConfig config, ParameterSpace space) {
        int norm = space.indexOf(NORM);
        return Block.of(space, norm, norm + 1, (program, weights, state, shard) -> {
            try (Value epsilon = Value.of(config.epsilon())) {
                return program.call("last", weights, state.x(), shard.at(), epsilon);
            }
        });
    }

    @Override
    public Family withLayers(int layers) {
        return new LlamaFamily(config.withLayers(layers));
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
        return Program.load(linear, LlamaFamily.class, Stage.SHARED, "llama.py");
    }
}
