package org.zolab.model;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.zolab.model.Stage.Activations;
import org.zolab.model.Stage.Place;
import org.zolab.space.Direction;
import org.zolab.space.Fold;
import org.zolab.space.ParameterVector;
import org.zolab.space.Point;
import org.zolab.space.Precision;
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
 * <p>The trained weights of every stage are written once, as for any displaced point, and each shard of the batch differentiates with
 * respect to aliases of them, so the parameters are only read. Shards are added in order: equal bits for equal {@link Compute}. Products
 * use ATEN's kernels, since oneDNN's operator has no derivative, and single precision, whatever a run's forward passes use.
 *
 * <p>Where weights are W(θ) = W₀ + s·B·A, a derivative with respect to W is turned into one with respect to A and B, and the Hessian gains
 * a term for the curvature of W itself.
 *
 * <p>Cost: a gradient is a forward and a backward pass, about three and a half forward passes; a Hessian product about twelve. Peak
 * memory, in vectors as large as the trained weights: for a gradient one plus one per thread, for a Hessian product two plus about four
 * per thread; and all activations of the batch above the first trained stage.
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

    /** into ← ∇f(point), and returns f. */
    double gradient(Point point, PreparedBatch batch, ScoredLoss f, ParameterVector into) {
        requireOther(into);
        try (Tape tape = new Tape(point, batch, once);
                Sum sum = new Sum(into)) {
            float[] y = tape.run();
            tape.pullback(f.gradient(y), false, tape.at, sum.here);
            return f.value(y);
        }
    }

    /** f and ∇f(point)·z, by means of a gradient vector that is kept between calls: one more vector as large as θ. */
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
        try (Tape tape = new Tape(point, batch, twice);
                Sum sum = new Sum(into)) {
            float[] y = tape.run();
            WeightsAt along = tape.at.along(sum.here.along(v, 1));
            float[] change = tape.second(f.gradient(y), along, sum.here);
            tape.pullback(f.gradientAlong(y, change), forward.bends(), tape.at, sum.here);
            if (forward.bends()) {
                tape.pullback(f.gradient(y), false, along, sum.here);
            }
        }
    }

    private void requireOther(ParameterVector into) {
        if (into == theta || into.space() != theta.space()) {
            throw new IllegalArgumentException(
                    "the vector for derivatives is not another one of the parameters' space; make it with parameters().zeros()");
        }
    }

    /**
     * A vector, cleared at first, to which derivatives are added. If Java cannot address it, the sum is built on the heap and copied when
     * closed.
     */
    private static final class Sum implements AutoCloseable {
        private final ParameterVector into;
        private final ParameterVector here;

        Sum(ParameterVector into) {
            this.into = into;
            this.here = into.storage().accelerator().isPresent() ? into.heapZeros() : into;
            here.set((tensor, values) -> clear(values));
        }

        @Override
        public void close() {
            if (here != into) {
                into.set((tensor, values) ->
                        values.put(0, here.storage().of(into.space().indexOf(tensor.name())), 0, tensor.size()));
            }
        }
    }

    private static void clear(FloatBuffer values) {
        float[] zeros = new float[Math.min(1024, values.limit())];
        for (int at = 0; at < values.limit(); at += zeros.length) {
            values.put(at, zeros, 0, Math.min(zeros.length, values.limit() - at));
        }
    }

    /** One evaluation with its history, for each shard that scores anything. */
    private final class Tape implements AutoCloseable {

        private final PreparedBatch batch;
        private final Program program;
        private final WeightsAt at;
        private final List<Layout> layouts;
        private final Map<Integer, Scratch> weights = new TreeMap<>();
        private final List<Strand> strands;

        Tape(Point point, PreparedBatch batch, Program program) {
            this.batch = batch;
            this.program = program;
            this.at = forward.at(point);
            this.layouts = family.stages().stream()
                    .map(stage -> forward.trained(stage, batch, Precision.FP32))
                    .toList();
            this.strands = batch.shards().stream()
                    .filter(shard -> shard.entries().length > 0)
                    .map(Strand::new)
                    .toList();
        }

        /** y. */
        float[] run() {
            write(at, weights);
            float[] y = new float[batch.batch().scored().size()];
            for (int s = 0; s < layouts.size(); s++) {
                forward.goOn();
                int stage = s;
                team.run(strands.size(), i -> strands.get(i).advance(stage));
            }
            team.run(strands.size(), i -> strands.get(i).score(y));
            return y;
        }

        /** into += Jᵀ w, with respect to the trained parameters {@code by}; with {@code keep} the history survives for another call. */
        void pullback(float[] w, boolean keep, WeightsAt by, ParameterVector into) {
            forward.goOn();
            Value[] derivatives = new Value[strands.size()];
            try {
                team.run(
                        derivatives.length, i -> derivatives[i] = strands.get(i).pullback(w, keep));
                add(derivatives, by, into);
            } finally {
                close(derivatives);
            }
        }

        /** into += ∇⟨∇⟨w, y⟩, v⟩, and returns J v. {@code along} is v as a change of the weights. */
        float[] second(float[] w, WeightsAt along, ParameterVector into) {
            forward.goOn();
            Value[] derivatives = new Value[strands.size()];
            Map<Integer, Scratch> tangents = new TreeMap<>();
            try {
                write(along, tangents);
                team.run(
                        derivatives.length, i -> derivatives[i] = strands.get(i).second(w, tangents));
                List<List<FloatBuffer>> views = add(derivatives, at, into);
                float[] change = new float[w.length];
                for (int i = 0; i < derivatives.length; i++) { // the last one is the derivative by w
                    strands.get(i).spread(views.get(i).get(views.get(i).size() - 1), change);
                }
                return change;
            } finally {
                close(derivatives);
                close(tangents);
            }
        }

        /** Writes the trained pieces of every stage that has any. */
        private void write(WeightsAt values, Map<Integer, Scratch> memory) {
            for (int s = 0; s < layouts.size(); s++) {
                Layout layout = layouts.get(s);
                if (!layout.isEmpty()) {
                    Scratch scratch = new Scratch(arena, layout.sizes());
                    memory.put(s, scratch);
                    values.write(layout, List.of(scratch));
                }
            }
        }

        /**
         * Adds the derivatives with respect to each stage's weights to {@code into}, shard after shard; returns all derivatives of all
         * shards.
         */
        private List<List<FloatBuffer>> add(Value[] derivatives, WeightsAt by, ParameterVector into) {
            List<List<FloatBuffer>> views =
                    Arrays.stream(derivatives).map(arena::views).toList();
            int place = 0;
            for (int s : weights.keySet()) {
                Layout layout = layouts.get(s);
                int from = place++;
                team.run(
                        layout.written().size(),
                        i -> views.forEach(shard -> by.pullback(
                                shard.get(from),
                                layout.written().get(i).at(),
                                layout.written().get(i).slice(),
                                into)));
            }
            return views;
        }

        private void close(Map<Integer, Scratch> scratches) {
            scratches.values().forEach(Scratch::close);
        }

        private void close(Value[] values) {
            Arrays.stream(values).filter(Objects::nonNull).forEach(Value::close);
        }

        @Override
        public void close() {
            strands.forEach(Strand::close);
            close(weights);
        }

        /** One shard's part of an evaluation. */
        private final class Strand implements AutoCloseable {

            private final Shard shard;
            private final List<Value> leaves = new ArrayList<>();
            private final Activations state;
            private @Nullable Value y;

            Strand(Shard shard) {
                this.shard = shard;
                this.state = new Activations(shard);
            }

            void advance(int stage) {
                Scratch written = weights.get(stage);
                if (written != null) {
                    leaves.add(program.call("leaf", written.value(Precision.FP32)));
                }
                Place place = forward.place(layouts.get(stage), leaves);
                family.stages().get(stage).run(program, place, shard, state);
            }

            void score(float[] all) {
                y = program.call("scores", state.logits(), shard.position(), shard.token());
                spread(FloatBuffer.wrap(arena.toArray(y)), all);
            }

            Value pullback(float[] w, boolean keep) {
                try (Value own = own(w);
                        Value by = Value.of(leaves);
                        Value again = Value.of(keep)) {
                    return program.call("pullback", y, own, by, again);
                }
            }

            Value second(float[] w, Map<Integer, Scratch> tangents) {
                try (Value own = own(w);
                        Value by = Value.of(leaves);
                        Value along = Value.of(tangents.values().stream()
                                .map(scratch -> scratch.value(Precision.FP32))
                                .toList())) {
                    return program.call("second", y, own, by, along);
                }
            }

            /** This shard's entries of {@code all}. */
            private Value own(float[] all) {
                float[] own = new float[shard.entries().length];
                for (int e = 0; e < own.length; e++) {
                    own[e] = all[shard.entries()[e]];
                }
                return arena.floats(own, own.length);
            }

            /** Writes this shard's entries to their places in {@code all}. */
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
