package org.zolab.model.opt;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.zolab.model.Family;
import org.zolab.model.PreparedBatch;
import org.zolab.model.Shard;
import org.zolab.model.Stage;
import org.zolab.space.ParameterSpace;
import org.zolab.tensor.LinearKernel;
import org.zolab.tensor.Program;
import org.zolab.tensor.Value;

/**
 * OPT: a decoder with learned positions, ReLU, and a head tied to the embedding, at the size of a configuration.
 *
 * <p>Storage order: embeddings, projections, the blocks, the final norm. Within a block first one-dimensional tensors, then matrices,
 * with q, k and v together so that one product computes the three.
 *
 * <p>Reference: Zhang et al., arXiv 2205.01068.
 */
public final class OptFamily implements Family {

    /** Positions are counted from 2, as in fairseq. */
    private static final int POSITION_OFFSET = 2;
    /** Rows of the tied embedding that the head takes at a time. */
    private static final int HEAD_ROWS = 8192;

    private static final String DECODER = "model.decoder.";

    private final OptConfig config;
    private final ParameterSpace space;
    private final List<Stage> stages;

    /** The family at the size of {@code config}. */
    public OptFamily(OptConfig config) {
        this.config = config;
        this.space = space(config);
        List<Stage> all = new ArrayList<>();
        all.add(new Embedding());
        for (int layer = 0; layer < config.layers(); layer++) {
            all.add(new Block(layer));
        }
        all.add(new Last());
        for (int row = 0; row < config.vocabulary(); row += HEAD_ROWS) {
            all.add(new Head(row, Math.min(HEAD_ROWS, config.vocabulary() - row)));
        }
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
    public ParameterSpace space() {
        return space;
    }

    @Override
    public List<Stage> stages() {
        return stages;
    }

    @Override
    public int hiddenStates() {
        return config.layers();
    }

    @Override
    public Program program(LinearKernel linear) {
        return Program.load(OptFamily.class, "opt.py", linear);
    }

    @Override
    public int maxTokens() {
        return config.positions();
    }

    @Override
    public int vocabulary() {
        return config.vocabulary();
    }

    @Override
    public double flops(long rows, long length, long positions) {
        double h = config.hidden();
        double linear = 2.0 * rows * length * (4 * h * h + 2 * h * config.feedForward());
        double attention = 2.0 * rows * length * length * h; // scores and their weighted sum, causal half of each
        double head = 2.0 * positions * config.embedding() * config.vocabulary();
        return config.layers() * (linear + attention) + head;
    }

    private Stage.Slice whole(String name) {
        int tensor = space.indexOf(DECODER + name);
        return new Stage.Slice(tensor, 0, space.tensor(tensor).size());
    }

    private final class Embedding implements Stage {
        private final int tokens = space.indexOf(DECODER + "embed_tokens.weight");
        private final int positions = space.indexOf(DECODER + "embed_positions.weight");

        @Override
        public List<Slice> weights(PreparedBatch batch) {
            int d = config.embedding();
            List<Slice> slices = new ArrayList<>();
            slices.add(new Slice(positions, POSITION_OFFSET * config.hidden(), batch.length() * config.hidden()));
            if (config.projects()) {
                slices.add(whole("project_in.weight"));
            }
            for (int token : batch.tokens()) {
                slices.add(new Slice(tokens, token * d, d));
            }
            return slices;
        }

        @Override
        public void run(Program program, Place weights, Shard shard, Activations state) {
            int first = config.projects() ? 2 : 1;
            int d = config.embedding();
            long table = weights.origin() ? space.tensor(tokens).offset() : weights.starts()[first];
            int rows = weights.origin() ? config.vocabulary() : weights.starts().length - first;
            Value ids = weights.origin() ? shard.ids() : shard.packedIds();
            try (Value embedding = matrix(program, weights.flat(), table, rows, d);
                    Value position =
                            matrix(program, weights.flat(), weights.starts()[0], shard.length(), config.hidden())) {
                if (config.projects()) {
                    try (Value project = matrix(program, weights.flat(), weights.starts()[1], config.hidden(), d)) {
                        state.x(program.call("embed_projected", embedding, position, ids, project));
                    }
                } else {
                    state.x(program.call("embed", embedding, position, ids));
                }
            }
        }
    }

    private final class Block implements Stage {
        private final List<Slice> slices;

        private Block(int layer) {
            int first = space.indexOf(DECODER + "layers." + layer + ".self_attn_layer_norm.weight");
            int last = space.indexOf(DECODER + "layers." + layer + ".fc2.weight");
            this.slices = IntStream.rangeClosed(first, last)
                    .mapToObj(
                            tensor -> new Slice(tensor, 0, space.tensor(tensor).size()))
                    .toList();
        }

        @Override
        public List<Slice> weights(PreparedBatch batch) {
            return slices;
        }

        @Override
        public void run(Program program, Place weights, Shard shard, Activations state) {
            try (Value at = Value.of(weights.starts()[0]);
                    Value h = Value.of(config.hidden());
                    Value f = Value.of(config.feedForward());
                    Value heads = Value.of(config.heads());
                    Value pre = Value.of(config.preNorm());
                    Value views = program.call("block_views", weights.flat(), at, h, f)) {
                state.x(program.call("block", views, state.x(), heads, pre));
            }
        }
    }

    /** From the last block's output to what the head multiplies, at scored positions only. */
    private final class Last implements Stage {
        @Override
        public List<Slice> weights(PreparedBatch batch) {
            List<Slice> slices = new ArrayList<>();
            if (config.finalNorm()) {
                slices.add(whole("final_layer_norm.weight"));
                slices.add(whole("final_layer_norm.bias"));
            }
            if (config.projects()) {
                slices.add(whole("project_out.weight"));
            }
            return slices;
        }

        @Override
        public void run(Program program, Place weights, Shard shard, Activations state) {
            if (config.finalNorm()) {
                try (Value w = vector(program, weights, 0);
                        Value b = vector(program, weights, 1)) {
                    state.x(program.call("last", state.x(), shard.at(), w, b));
                }
            } else {
                state.x(program.call("gather", state.x(), shard.at()));
            }
            if (config.projects()) {
                long start = weights.starts()[weights.starts().length - 1];
                try (Value w = matrix(program, weights.flat(), start, config.embedding(), config.hidden())) {
                    state.x(program.call("project", state.x(), w));
                }
            }
            if (config.vocabulary() > HEAD_ROWS) {
                try (Value n = Value.of(shard.positions());
                        Value v = Value.of(config.vocabulary())) {
                    state.logits(program.call("room", n, v));
                }
            }
        }

        private Value vector(Program program, Place weights, int slice) {
            try (Value at = Value.of(weights.starts()[slice]);
                    Value size = Value.of(config.hidden())) {
                return program.call("vector", weights.flat(), at, size);
            }
        }
    }

    /** Logits of a range of tokens. */
    private final class Head implements Stage {
        private final int first;
        private final int rows;
        private final List<Slice> slices;

        private Head(int first, int rows) {
            this.first = first;
            this.rows = rows;
            int d = config.embedding();
            this.slices = List.of(new Slice(space.indexOf(DECODER + "embed_tokens.weight"), first * d, rows * d));
        }

        @Override
        public List<Slice> weights(PreparedBatch batch) {
            return slices;
        }

        @Override
        public void run(Program program, Place weights, Shard shard, Activations state) {
            try (Value table = matrix(program, weights.flat(), weights.starts()[0], rows, config.embedding());
                    Value from = Value.of(first)) {
                if (config.vocabulary() > HEAD_ROWS) {
                    program.call("logits", state.x(), table, state.logits(), from)
                            .close();
                } else { // one product is all
                    state.logits(program.call("project", state.x(), table));
                }
            }
        }
    }

    private static Value matrix(Program program, Value flat, long start, long rows, long columns) {
        try (Value at = Value.of(start);
                Value r = Value.of(rows);
                Value c = Value.of(columns)) {
            return program.call("matrix", flat, at, r, c);
        }
    }
}
