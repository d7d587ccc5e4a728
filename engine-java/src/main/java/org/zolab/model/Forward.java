package org.zolab.model;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.zolab.model.Stage.Activations;
import org.zolab.model.Stage.Place;
import org.zolab.space.ParameterVector;
import org.zolab.space.Point;
import org.zolab.space.Precision;
import org.zolab.space.Team;
import org.zolab.tensor.Arena;
import org.zolab.tensor.Program;
import org.zolab.tensor.TorchStorage;
import org.zolab.tensor.Value;

/**
 * The forward pass at displaced points, stage by stage: for each stage the weights that differ from the model's own are written to
 * scratches, for a few points at once, and then every thread runs the stage on a shard of the batch. The parameters themselves are never
 * modified.
 *
 * <p>The stages below the first trained one are computed once per batch, whatever points are evaluated; the bits are equal, since none of
 * their weights differ.
 *
 * <p>Memory: one scratch for each point evaluated at once, as large as the largest stage's trained pieces; two points unless stages are
 * small. Also the batch's hidden states at the first trained stage, until the batch is closed.
 */
final class Forward implements AutoCloseable {

    /** The most memory, in bytes, that scratches take together before points are evaluated in turn. */
    private static final long SCRATCH_BYTES = 48L << 20;

    private static final int MOST_POINTS = 8;

    /** Sees the activations after each stage. */
    @FunctionalInterface
    interface Observer {
        void after(int stage, Shard shard, Activations state);
    }

    /** Sees the activations after the last stage. */
    @FunctionalInterface
    interface Reader {
        void read(int point, Shard shard, Activations state);
    }

    private final Family family;
    private final ParameterVector weights;
    private final Parametrization by;
    private final ParameterVector theta;
    private final TorchStorage own;
    private final Precision linear;
    private final boolean recast;
    private final int fixed;
    private final Program program;
    private final Arena arena;
    private final Team team;
    private final List<Scratch> scratches = new ArrayList<>();
    private BooleanSupplier cancelled = () -> false;
    private long passNanos;

    /** The forward pass with {@code weights}, which {@code by} derives from {@code theta}. */
    Forward(
            Family family,
            ParameterVector weights,
            Parametrization by,
            ParameterVector theta,
            Compute compute,
            Arena arena) {
        this.family = family;
        this.weights = weights;
        this.by = by;
        this.theta = theta;
        this.own = (TorchStorage) weights.storage();
        this.linear = compute.precision();
        this.recast = IntStream.range(0, family.space().tensors().size())
                .anyMatch(i -> own.lanes(i).precision() != read(i));
        this.fixed = by.fixed();
        this.program = family.program(compute.linear());
        this.arena = arena;
        this.team = weights.storage().team();
    }

    long passNanos() {
        return passNanos;
    }

    /** The program, built from operators that have derivatives. */
    Program differentiable(boolean twice) {
        return program.differentiable(twice);
    }

    /** Sets a condition that is checked before each stage; once it is true, evaluations end with a {@link CancellationException}. */
    void cancelWhen(BooleanSupplier cancelled) {
        this.cancelled = cancelled;
    }

    BooleanSupplier cancelled() {
        return cancelled;
    }

    /** The scored log-probabilities for each point, in the order of the batch's entries. */
    float[][] scores(List<Point> points, PreparedBatch batch) {
        float[][] result = new float[points.size()][batch.batch().scored().size()];
        evaluate(points, batch, null, (p, shard, state) -> {
            if (shard.entries().length > 0) {
                try (Value scores = program.call("scores", state.logits(), shard.position(), shard.token())) {
                    float[] values = arena.toArray(scores);
                    for (int e = 0; e < values.length; e++) {
                        result[p][shard.entries()[e]] = values[e];
                    }
                }
            }
        });
        return result;
    }

    /** Runs all stages for all points, then lets {@code reader} read every shard's last activations. */
    void evaluate(List<Point> points, PreparedBatch batch, @Nullable Observer observer, Reader reader) {
        Map<Precision, Long> largest = new EnumMap<>(Precision.class);
        family.stages().forEach(stage -> trained(stage, batch, linear)
                .sizes()
                .forEach((precision, size) -> largest.merge(precision, size, Math::max)));
        long bytes = largest.entrySet().stream()
                .mapToLong(each -> each.getKey().bytes() * each.getValue())
                .sum();
        int together = (int) Math.max(2, Math.min(MOST_POINTS, SCRATCH_BYTES / Math.max(1, bytes)));
        for (int from = 0; from < points.size(); from += together) {
            int first = from;
            evaluateTogether(
                    points.subList(from, Math.min(points.size(), from + together)),
                    largest,
                    batch,
                    observer,
                    (p, shard, state) -> reader.read(first + p, shard, state));
        }
    }

    private void evaluateTogether(
            List<Point> points,
            Map<Precision, Long> largest,
            PreparedBatch batch,
            @Nullable Observer observer,
            Reader reader) {
        List<Point> written =
                points.stream().filter(point -> displaced(point) || recast).toList();
        WeightsAt at = written.isEmpty() ? null : WeightsAt.points(weights, by, written);
        List<Scratch> out = new ArrayList<>();
        for (int p = 0; p < written.size(); p++) {
            out.add(scratch(p, largest));
        }
        int shards = batch.shards().size();
        int first = observer == null ? fixed : 0;
        List<Value> start = batch.hidden(first, () -> below(first, batch));
        Activations[] states = new Activations[points.size() * shards];
        for (int i = 0; i < states.length; i++) {
            Shard shard = batch.shards().get(i % shards);
            states[i] = start.isEmpty() ? new Activations(shard) : new Activations(shard, start.get(i % shards));
        }
        Place[] place = new Place[points.size()];
        try {
            for (int s = first; s < family.stages().size(); s++) {
                goOn();
                Stage stage = family.stages().get(s);
                Layout layout = layout(stage, batch, tensor -> at != null && at.changes(tensor), linear);
                if (at != null && !layout.isEmpty()) {
                    long begin = System.nanoTime();
                    at.write(layout, out);
                    passNanos += System.nanoTime() - begin;
                }
                for (int p = 0, d = 0; p < place.length; p++) {
                    if (displaced(points.get(p)) || recast) {
                        Scratch scratch = out.get(d++);
                        place[p] = layout.place(
                                own, each -> (each.shared() ? out.get(0) : scratch).value(each.precision()));
                    } else {
                        place[p] = layout(stage, batch, tensor -> false, linear).place(own, Forward::nowhere);
                    }
                }
                int index = s;
                team.run(states.length, i -> {
                    Shard shard = batch.shards().get(i % shards);
                    stage.run(program, place[i / shards], shard, states[i]);
                    if (observer != null) {
                        observer.after(index, shard, states[i]);
                    }
                });
            }
            team.run(states.length, i -> reader.read(i / shards, batch.shards().get(i % shards), states[i]));
        } finally {
            for (Activations state : states) {
                state.close();
            }
        }
    }

    /** Whether the weights at a point differ from the model's own. */
    boolean displaced(Point point) {
        if (point.origin() != theta) {
            throw new IllegalArgumentException("a point does not start at this model's parameters");
        }
        return by.adds() || !point.isOrigin();
    }

    /** The hidden states after the first {@code stages} stages, one for each shard. */
    private List<Value> below(int stages, PreparedBatch batch) {
        List<Activations> states = batch.shards().stream().map(Activations::new).toList();
        try {
            for (Stage stage : family.stages().subList(0, stages)) {
                goOn();
                Layout layout = trained(stage, batch, linear);
                Scratch scratch = scratch(0, layout.sizes());
                if (!layout.isEmpty()) {
                    at(theta.here()).write(layout, List.of(scratch));
                }
                Place place = layout.place(own, each -> scratch.value(each.precision()));
                team.run(
                        states.size(),
                        i -> stage.run(program, place, batch.shards().get(i), states.get(i)));
            }
            return states.stream().map(Activations::release).toList();
        } finally {
            states.forEach(Activations::close);
        }
    }

    /** The layout that writes a stage's pieces that are trained, or are kept in another precision than they are read in. */
    Layout trained(Stage stage, PreparedBatch batch, Precision linear) {
        return layout(stage, batch, by::trains, linear);
    }

    private Layout layout(Stage stage, PreparedBatch batch, IntPredicate changed, Precision linear) {
        return Layout.of(stage.weights(batch), changed, linear, own);
    }

    private static Value nowhere(Layout.Written written) {
        throw new IllegalStateException("nothing of this point is written");
    }

    /** The precision in which tensor {@code i} of the model is read. */
    Precision read(int i) {
        return Parametrization.read(family, i, linear);
    }

    /** Whether any weights are read in another precision than they are kept in. */
    boolean recasts() {
        return recast;
    }

    /** Where a stage's pieces lie; the written ones are in the last of {@code leaves}. */
    Place place(Layout trained, List<Value> leaves) {
        return trained.place(own, each -> leaves.get(leaves.size() - 1));
    }

    /** The weights at a point, whether or not they differ from the model's own. */
    WeightsAt at(Point point) {
        return WeightsAt.points(weights, by, List.of(point));
    }

    /** Whether the weights are a nonlinear function of the trained parameters. */
    boolean bends() {
        return by.adds();
    }

    /** Throws if the evaluation has been cancelled. */
    void goOn() {
        if (cancelled.getAsBoolean()) {
            throw new CancellationException("stopped between two stages");
        }
    }

    private Scratch scratch(int p, Map<Precision, Long> sizes) {
        if (p == scratches.size()) {
            scratches.add(new Scratch(arena, sizes));
        } else if (!scratches.get(p).holds(sizes)) {
            scratches.get(p).close();
            scratches.set(p, new Scratch(arena, sizes));
        }
        return scratches.get(p);
    }

    @Override
    public void close() {
        scratches.forEach(Scratch::close);
        program.close();
    }
}
