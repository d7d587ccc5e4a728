package org.zolab.model.gpt2;

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
 * GPT-2: a decoder with learned positions, GELU in its tanh form, and a head tied to the embedding, at the size of a configuration.
 *
 * <p>Its files store linear layers as [in, out]; here they are [out, in], as in every family.
 *
 * <p>Storage order: embeddings, the blocks, the final norm. Within a block, one-dimensional tensors come first, then matrices.
 *
 * <p>Reference: Radford et al., Language Models are Unsupervised Multitask Learners, 2019.
 */
public final class Gpt2Family implements Family {

    private static final String MODEL = "transformer.";

    private final Gpt2Config config;
    private final ParameterSpace space;
    private final List<Stage> stages;

    /** The family at the size of {@code config}. */
    public Gpt2Family(Gpt2Config config) {
        this.config = config;
        this.space = space(config);
        List<Stage> all = new ArrayList<>();
        all.add(new Embedding(
                space,
                MODEL + "wte.weight",
                List.of(Embedding.Part.positions(MODEL + "wpe.weight", 0)),
                (program, weights, ids, positions, types) -> program.call("embed", weights, ids, positions)));
        for (int layer = 0; layer < config.layers(); layer++) {
            all.add(block(layer));
        }
        all.add(last());
        all.addAll(Head.of(space, MODEL + "wte.weight", null));
        this.stages = List.copyOf(all);
    }

    private static String layer(int layer) {
        return MODEL + "h." + layer + ".";
    }

    private static ParameterSpace space(Gpt2Config config) {
        int h = config.hidden();
        int f = config.feedForward();
        ParameterSpace.Builder space = ParameterSpace.builder()
                .add(MODEL + "wte.weight", List.of(config.vocabulary(), h))
                .add(MODEL + "wpe.weight", List.of(config.positions(), h));
        for (int layer = 0; layer < config.layers(); layer++) {
            String block = layer(layer);
            space.add(block + "ln_1.weight", List.of(h))
                    .add(block + "ln_1.bias", List.of(h))
                    .add(block + "attn.c_attn.bias", List.of(3 * h))
                    .add(block + "attn.c_proj.bias", List.of(h))
                    .add(block + "ln_2.weight", List.of(h))
                    .add(block + "ln_2.bias", List.of(h))
                    .add(block + "mlp.c_fc.bias", List.of(f))
                    .add(block + "mlp.c_proj.bias", List.of(h))
                    .add(block + "attn.c_attn.weight", List.of(3 * h, h))
                    .add(block + "attn.c_proj.weight", List.of(h, h))
                    .add(block + "mlp.c_fc.weight", List.of(f, h))
                    .add(block + "mlp.c_proj.weight", List.of(h, f));
        }
        return space.add(MODEL + "ln_f.weight", List.of(h))
                .add(MODEL + "ln_f.bias", List.of(h))
                .build();
    }

    private Stage block(int layer) {
        return stage(
                layer(layer) + "ln_1.weight", layer(layer) + "mlp.c_proj.weight", (program, weights, state, shard) -> {
                    try (Value heads = Value.of(config.heads());
                            Value epsilon = Value.of(config.epsilon())) {
                        return program.call("block", weights, state.x(), state.past(), shard.places(), heads, epsilon);
                    }
                });
    }

    /** The final norm, at scored positions only. */
    private Stage last() {
        return stage(MODEL + "ln_f.weight", MODEL + "ln_f.bias", (program, weights, state, shard) -> {
            try (Value epsilon = Value.of(config.epsilon())) {
                return program.call("last", weights, state.x(), shard.at(), epsilon);
            }
        });
    }

    /** A stage of the tensors from {@code first} to {@code last}, each with its own shape. */
    private Stage stage(String first, String last, Block.Body body) {
        return Block.of(space, space.indexOf(first), space.indexOf(last) + 1, body);
    }

    @Override
    public Family withLayers(int layers) {
        return new Gpt2Family(config.withLayers(layers));
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
    public boolean transposed(ParameterSpace.Tensor tensor) {
        return tensor.shape().size() == 2 && tensor.name().startsWith(MODEL + "h.");
    }

    @Override
    public Program program(LinearKernel linear) {
        return Program.load(linear, Gpt2Family.class, Stage.SHARED, "gpt2.py");
    }
}
