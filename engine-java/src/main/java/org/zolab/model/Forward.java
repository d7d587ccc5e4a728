package org.zolab.model;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.zolab.model.Stage.Activations;
import org.zolab.model.Stage.Place;
import org.zolab.space.ParameterVector;
import org.zolab.space.Point;
import org.zolab.space.Team;
import org.zolab.tensor.Arena;
import org.zolab.tensor.LinearKernel;
import org.zolab.tensor.Program;
import org.zolab.tensor.TorchStorage;
import org.zolab.tensor.Value;

/**
 * The forward at displaced points, stage by stage: for each stage the weights that differ from the model's own are written into
 * scratches, a few points at once, then every thread runs the stage on a shard of the batch. The parameters themselves are never
 * touched.
 *
 * <p>What lies below the first stage that is trained is computed once for a batch, whatever points are asked: equal bits, since
 * nothing in it differs.
 *
 * <p>Memory: a scratch as large as the largest stage's trained pieces for each point evaluated at once, two unless stages are small; and the
 * hidden states of a batch at the first trained stage, until the batch is closed.
 */
final class Forward implements AutoCloseable {

    /** Scratches may take so many bytes together before points wait for each other. */
    private static final long SCRATCH_BYTES = 48L << 20;

    private static final int MOST_POINTS = 8;
    /** Sees activations after each stage. */
    @FunctionalInterface
    interface Observer {
        void after(int stage, Shard shard, Activations state);
    }

    record Scratch(Arena.Floats memory, FloatBuffer view) {}

    private final Family family;
    private final ParameterVector weights;
    private final Parametrization by;
    private final ParameterVector theta;
    private final TorchStorage own;
    private final int fixed;
    private final Program program;
    private final Arena arena;
    private final Team team;
    private final List<Scratch> scratches = new ArrayList<>();
    private BooleanSupplier cancelled = () -> false;
    private long passNanos;

    /** Of {@code weights}, which {@code by} makes of {@code theta}. */
    Forward(
            Family family,
            ParameterVector weights,
            Parametrization by,
            ParameterVector theta,
            LinearKernel linear,
            Arena arena) {
        this.family = family;
        this.weights = weights;
        this.by = by;
        this.theta = theta;
        this.own = (TorchStorage) weights.storage();
        this.fixed = by.fixed();
        this.program = family.program(linear);
        this.arena = arena;
        this.team = weights.storage().team();
    }

    long passNanos() {
        return passNanos;
    }

    /** Its program, with derivatives. */
    Program differentiable(boolean twice) {
        return program.differentiable(twice);
    }

    /** Asked before each stage; once true, evaluations end with a {@link CancellationException}. */
    void cancelWhen(BooleanSupplier cancelled) {
        this.cancelled = cancelled;
    }

    BooleanSupplier cancelled() {
        return cancelled;
    }

    /** The scored log-probabilities, for each point in the order of the batch's entries. */
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

    @FunctionalInterface
    interface Reader {
        void read(int point, Shard shard, Activations state);
    }

    /** Runs all stages for all points, then reads every shard's last activations. */
    void evaluate(List<Point> points, PreparedBatch batch, @Nullable Observer observer, Reader reader) {
        long largest = family.stages().stream()
                .mapToLong(stage -> trained(stage, batch).elements())
                .max()
                .orElseThrow();
        int together = (int) Math.max(2, Math.min(MOST_POINTS, SCRATCH_BYTES / (Math.max(1, largest) * Float.BYTES)));
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
            List<Point> points, long largest, PreparedBatch batch, @Nullable Observer observer, Reader reader) {
        List<Point> displaced = points.stream().filter(this::displaced).toList();
        WeightsAt at = displaced.isEmpty() ? null : WeightsAt.points(weights, by, displaced);
        FloatBuffer[] out = new FloatBuffer[displaced.size()];
        for (int p = 0; p < displaced.size(); p++) {
            out[p] = scratch(p, largest).view();
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
                Layout layout = Layout.of(stage.weights(batch), tensor -> at != null && at.changes(tensor));
                if (at != null && !layout.isEmpty()) {
                    long begin = System.nanoTime();
                    at.write(layout, out);
                    passNanos += System.nanoTime() - begin;
                }
                for (int p = 0, d = 0; p < place.length; p++) {
                    Value scratch = displaced(points.get(p))
                            ? scratches.get(d++).memory().value()
                            : null;
                    place[p] = layout.place(own, scratch);
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

    /** Whether weights at a point are other than the model's own. */
    boolean displaced(Point point) {
        if (point.origin() != theta) {
            throw new IllegalArgumentException("a point does not start at this model's parameters");
        }
        return by.adds() || !point.isOrigin();
    }

    /** The hidden states behind the first stages, one for each shard. */
    private List<Value> below(int stages, PreparedBatch batch) {
        List<Activations> states = batch.shards().stream().map(Activations::new).toList();
        try {
            for (Stage stage : family.stages().subList(0, stages)) {
                goOn();
                Place place = trained(stage, batch).place(own, null);
                team.run(
                        states.size(),
                        i -> stage.run(program, place, batch.shards().get(i), states.get(i)));
            }
            return states.stream().map(Activations::release).toList();
        } finally {
            states.forEach(Activations::close);
        }
    }

    /** What of a stage is trained. */
    Layout trained(Stage stage, PreparedBatch batch) {
        return Layout.of(stage.weights(batch), by::trains);
    }

    /** The weights at a point, whether they are the model's own or not. */
    WeightsAt at(Point point) {
        return WeightsAt.points(weights, by, List.of(point));
    }

    /** Where a stage's pieces lie; {@code written} is where the trained ones do, null if there are none. */
    Place place(Layout trained, @Nullable Value written) {
        return trained.place(own, written);
    }

    /** Whether weights are no linear function of the trained parameters. */
    boolean bends() {
        return by.adds();
    }

    /** Ends an evaluation that is no longer wanted. */
    void goOn() {
        if (cancelled.getAsBoolean()) {
            throw new CancellationException("stopped between two stages");
        }
    }

    private Scratch scratch(int p, long size) {
        if (p == scratches.size()) {
            scratches.add(allocate(size));
        } else if (scratches.get(p).memory().size() < size) {
            scratches.get(p).memory().close();
            scratches.set(p, allocate(size));
        }
        return scratches.get(p);
    }

    Scratch allocate(long size) {
        Arena.Floats memory = arena.floats(size);
        return new Scratch(memory, memory.view(0, Math.toIntExact(size)));
    }

    @Override
    public void close() {
        scratches.forEach(scratch -> scratch.memory().close());
        program.close();
    }
}
