package org.zolab.model;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.zolab.model.Forward.Scratch;
import org.zolab.model.Stage.Activations;
import org.zolab.model.Stage.Place;
import org.zolab.model.Stage.Slice;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.ParameterVector;
import org.zolab.space.Pass;
import org.zolab.space.Point;
import org.zolab.space.Team;
import org.zolab.tensor.Arena;
import org.zolab.tensor.Program;
import org.zolab.tensor.Value;

/**
 * Exact derivatives of a loss at a point, by PyTorch's automatic differentiation of the family's own stages.
 *
 * <pre>
 *   f(θ) = F(y(θ)),  y the scored log-probabilities
 *   ∇f   = Jᵀ F′,  J = ∂y/∂θ
 *   ∇²f v = ∇⟨∇⟨F′, y⟩, v⟩ + Jᵀ F″ J v
 * </pre>
 *
 * <p>The weights of every stage are written once by the {@link Pass}, as for any displaced point, and each shard of the batch
 * differentiates by aliases of what was written; so the parameters are only read. Shards are added in their order: equal bits
 * for equal {@link Compute}. Products are ATEN's, since oneDNN's operator has no derivative.
 *
 * <p>Cost: a gradient is a forward and a backward, about three and a half forward passes; a product with the Hessian about twelve. Memory
 * while it runs, in vectors as large as θ: one for the weights and one for each thread, for a product two and about four; and all
 * activations of the batch.
 */
final class Backward implements AutoCloseable {

    private final Family family;
    private final ParameterVector theta;
    private final Forward forward;
    private final Program once;
    private @Nullable Program twice;
    private final Arena arena;
    private final Team team;
    private @Nullable ParameterVector own;

    Backward(Family family, ParameterVector theta, Forward forward, Arena arena) {
        this.family = family;
        this.theta = theta;
        this.forward = forward;
        this.once = forward.differentiable(false);
        this.arena = arena;
        this.team = theta.storage().team();
    }

    /** into ← ∇f(point); gives f. */
    double gradient(Point point, PreparedBatch batch, ScoredLoss f, ParameterVector into) {
        requireOther(into);
        try (Tape tape = new Tape(batch, once)) {
            float[] y = tape.run(point);
            into.set((tensor, values) -> clear(values));
            tape.pullback(f.gradient(y), into);
            return f.value(y);
        }
    }

    /** f and ∇f(point)·z, by a gradient that is kept from call to call: another vector as large as θ. */
    double[] slope(Point point, PreparedBatch batch, ScoredLoss f, Direction z) {
        if (own == null) {
            own = theta.zeros();
        }
        double value = gradient(point, batch, f, own);
        return new double[] {value, Fold.product(theta, Direction.of(own), z)};
    }

    /** into ← ∇²f(point) v. */
    void hessianProduct(Point point, PreparedBatch batch, ScoredLoss f, Direction v, ParameterVector into) {
        requireOther(into);
        if (twice == null) {
            twice = forward.differentiable(true);
        }
        try (Tape tape = new Tape(batch, twice)) {
            float[] y = tape.run(point);
            into.set((tensor, values) -> clear(values));
            float[] change = tape.second(f.gradient(y), v, into);
            tape.pullback(f.gradientAlong(y, change), into);
        }
    }

    private void requireOther(ParameterVector into) {
        if (into == theta || into.space() != theta.space()) {
            throw new IllegalArgumentException(
                    "the vector for derivatives is not another one of the parameters' space; make it with parameters().zeros()");
        }
    }

    private static void clear(FloatBuffer values) {
        float[] zeros = new float[Math.min(1024, values.limit())];
        for (int at = 0; at < values.limit(); at += zeros.length) {
            values.put(at, zeros, 0, Math.min(zeros.length, values.limit() - at));
        }
    }

    /** One evaluation that remembers how it came about, for each shard that scores anything. */
    private final class Tape implements AutoCloseable {

        private final PreparedBatch batch;
        private final Program program;
        private final List<List<Slice>> slices;
        private final List<Scratch> weights = new ArrayList<>();
        private final List<Strand> strands;

        Tape(PreparedBatch batch, Program program) {
            this.batch = batch;
            this.program = program;
            this.slices =
                    family.stages().stream().map(stage -> stage.weights(batch)).toList();
            this.strands = batch.shards().stream()
                    .filter(shard -> shard.entries().length > 0)
                    .map(Strand::new)
                    .toList();
        }

        /** y at a point. */
        float[] run(Point point) {
            write(point, weights);
            float[] y = new float[batch.batch().scored().size()];
            for (int s = 0; s < slices.size(); s++) {
                forward.goOn();
                int stage = s;
                team.run(strands.size(), i -> strands.get(i).advance(stage));
            }
            team.run(strands.size(), i -> strands.get(i).score(y));
            return y;
        }

        /** into += Jᵀ w. */
        void pullback(float[] w, ParameterVector into) {
            forward.goOn();
            Value[] derivatives = new Value[strands.size()];
            try {
                team.run(
                        derivatives.length, i -> derivatives[i] = strands.get(i).pullback(w));
                add(derivatives, into);
            } finally {
                close(derivatives);
            }
        }

        /** into += ∇⟨∇⟨w, y⟩, v⟩; gives J v. */
        float[] second(float[] w, Direction v, ParameterVector into) {
            forward.goOn();
            Value[] derivatives = new Value[strands.size()];
            List<Scratch> tangents = new ArrayList<>();
            try {
                write(into.along(v, 1), tangents);
                team.run(
                        derivatives.length, i -> derivatives[i] = strands.get(i).second(w, tangents));
                List<List<FloatBuffer>> views = add(derivatives, into);
                float[] change = new float[w.length];
                for (int i = 0; i < derivatives.length; i++) { // behind those by the weights, the derivative by w
                    strands.get(i).spread(views.get(i).get(views.get(i).size() - 1), change);
                }
                return change;
            } finally {
                close(derivatives);
                tangents.forEach(scratch -> scratch.memory().close());
            }
        }

        /** The coordinates of a point, stage after stage. */
        private void write(Point point, List<Scratch> memory) {
            Pass pass = Pass.of(List.of(point));
            for (List<Slice> stage : slices) {
                Scratch scratch = forward.allocate(Forward.elements(stage));
                memory.add(scratch);
                forward.write(pass, stage, Forward.packed(stage), new FloatBuffer[] {scratch.view()});
            }
        }

        /** Adds the derivatives by each stage's weights where they belong, shard after shard; gives all that there are. */
        private List<List<FloatBuffer>> add(Value[] derivatives, ParameterVector into) {
            List<List<FloatBuffer>> views =
                    Arrays.stream(derivatives).map(arena::views).toList();
            int place = 0;
            for (List<Slice> stage : slices) {
                if (!stage.isEmpty()) {
                    int from = place++;
                    long[] starts = Forward.packed(stage);
                    team.run(
                            starts.length,
                            i -> views.forEach(shard -> add(
                                    shard.get(from),
                                    (int) starts[i],
                                    into.storage().of(stage.get(i).tensor()),
                                    stage.get(i))));
                }
            }
            return views;
        }

        private void add(FloatBuffer derivative, int start, FloatBuffer sum, Slice slice) {
            for (int i = 0; i < slice.count(); i++) {
                sum.put(slice.from() + i, sum.get(slice.from() + i) + derivative.get(start + i));
            }
        }

        private void close(Value[] values) {
            Arrays.stream(values).filter(Objects::nonNull).forEach(Value::close);
        }

        @Override
        public void close() {
            strands.forEach(Strand::close);
            weights.forEach(scratch -> scratch.memory().close());
        }

        /** One shard's part. */
        private final class Strand implements AutoCloseable {

            private final Shard shard;
            private final List<Value> leaves = new ArrayList<>();
            private final Activations state = new Activations();
            private @Nullable Value y;

            Strand(Shard shard) {
                this.shard = shard;
            }

            void advance(int stage) {
                Value leaf = program.call("leaf", weights.get(stage).memory().value());
                leaves.add(leaf);
                Place place = new Place(leaf, false, Forward.packed(slices.get(stage)));
                family.stages().get(stage).run(program, place, shard, state);
            }

            void score(float[] all) {
                y = program.call("scores", state.logits(), shard.position(), shard.token());
                spread(FloatBuffer.wrap(arena.toArray(y)), all);
            }

            Value pullback(float[] w) {
                try (Value own = own(w);
                        Value by = used(leaves)) {
                    return program.call("pullback", y, own, by);
                }
            }

            Value second(float[] w, List<Scratch> tangents) {
                try (Value own = own(w);
                        Value by = used(leaves);
                        Value along = used(tangents.stream()
                                .map(scratch -> scratch.memory().value())
                                .toList())) {
                    return program.call("second", y, own, by, along);
                }
            }

            /** What belongs to stages that have weights. */
            private Value used(List<Value> ofStages) {
                return Value.of(IntStream.range(0, ofStages.size())
                        .filter(stage -> !slices.get(stage).isEmpty())
                        .mapToObj(ofStages::get)
                        .toList());
            }

            /** This shard's entries of all. */
            private Value own(float[] all) {
                float[] own = new float[shard.entries().length];
                for (int e = 0; e < own.length; e++) {
                    own[e] = all[shard.entries()[e]];
                }
                return arena.floats(own, own.length);
            }

            /** Puts this shard's entries where they belong among all. */
            void spread(FloatBuffer own, float[] all) {
                for (int e = 0; e < shard.entries().length; e++) {
                    all[shard.entries()[e]] = own.get(e);
                }
            }

            @Override
            public void close() {
                leaves.forEach(Value::close);
                state.close();
                if (y != null) {
                    y.close();
                }
            }
        }
    }

    @Override
    public void close() {
        once.close();
        if (twice != null) {
            twice.close();
        }
    }
}
