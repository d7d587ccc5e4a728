package org.zolab.model;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.zolab.model.Stage.Activations;
import org.zolab.model.Stage.Place;
import org.zolab.model.Stage.Slice;
import org.zolab.space.ParameterVector;
import org.zolab.space.Pass;
import org.zolab.space.Point;
import org.zolab.space.Team;
import org.zolab.tensor.Arena;
import org.zolab.tensor.LinearKernel;
import org.zolab.tensor.Program;
import org.zolab.tensor.TorchStorage;
import org.zolab.tensor.Value;

/**
 * The forward at displaced points, stage by stage: for each stage one {@link Pass} writes the displaced weights of a few points
 * into scratches, then every thread runs the stage on a shard of the batch. The parameters themselves are never touched.
 *
 * <p>Memory: a scratch as large as the largest stage for each point evaluated at once, two unless stages are small.
 */
final class Forward implements AutoCloseable {

    /** Scratches may take so many bytes together before points wait for each other. */
    private static final long SCRATCH_BYTES = 48L << 20;

    private static final int MOST_POINTS = 8;
    /** Elements per task of a pass. */
    private static final int PIECE = 1 << 14;

    /** Sees activations after each stage. */
    @FunctionalInterface
    interface Observer {
        void after(int stage, Shard shard, Activations state);
    }

    record Scratch(Arena.Floats memory, FloatBuffer view) {}

    private final Family family;
    private final ParameterVector theta;
    private final Value flat;
    private final Program program;
    private final Arena arena;
    private final Team team;
    private final List<Scratch> scratches = new ArrayList<>();
    private BooleanSupplier cancelled = () -> false;
    private long passNanos;

    Forward(Family family, ParameterVector theta, LinearKernel linear, Arena arena) {
        this.family = family;
        this.theta = theta;
        this.flat = ((TorchStorage) theta.storage()).flat();
        this.program = family.program(linear);
        this.arena = arena;
        this.team = theta.storage().team();
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
                .mapToLong(stage -> elements(stage.weights(batch)))
                .max()
                .orElseThrow();
        int together = (int) Math.max(2, Math.min(MOST_POINTS, SCRATCH_BYTES / (largest * Float.BYTES)));
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
        List<Point> displaced =
                points.stream().filter(point -> !point.isOrigin()).toList();
        for (Point point : points) {
            if (point.origin() != theta) {
                throw new IllegalArgumentException("a point does not start at this model's parameters");
            }
        }
        Pass pass = displaced.isEmpty() ? null : Pass.of(displaced);
        Place[] place = new Place[points.size()];
        FloatBuffer[] out = new FloatBuffer[displaced.size()];
        for (int p = 0; p < displaced.size(); p++) {
            out[p] = scratch(p, largest).view();
        }
        int shards = batch.shards().size();
        Activations[] states = new Activations[points.size() * shards];
        for (int i = 0; i < states.length; i++) {
            states[i] = new Activations();
        }
        try {
            for (int s = 0; s < family.stages().size(); s++) {
                goOn();
                Stage stage = family.stages().get(s);
                List<Slice> slices = stage.weights(batch);
                long[] packed = packed(slices);
                long[] own = slices.stream()
                        .mapToLong(slice -> theta.space().tensor(slice.tensor()).offset() + slice.from())
                        .toArray();
                if (pass != null) {
                    long start = System.nanoTime();
                    write(pass, slices, packed, out);
                    passNanos += System.nanoTime() - start;
                }
                for (int p = 0, d = 0; p < place.length; p++) {
                    place[p] = points.get(p).isOrigin()
                            ? new Place(flat, true, own)
                            : new Place(scratches.get(d++).memory().value(), false, packed);
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

    /** Ends an evaluation that is no longer wanted. */
    void goOn() {
        if (cancelled.getAsBoolean()) {
            throw new CancellationException("stopped between two stages");
        }
    }

    static long elements(List<Slice> slices) {
        return slices.stream().mapToLong(Slice::count).sum();
    }

    /** Where slices start when they lie one after the other. */
    static long[] packed(List<Slice> slices) {
        long[] starts = new long[slices.size()];
        for (int i = 1; i < starts.length; i++) {
            starts[i] = starts[i - 1] + slices.get(i - 1).count();
        }
        return starts;
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

    /** Writes all slices into every point's scratch, in pieces that all threads share. */
    void write(Pass pass, List<Slice> slices, long[] starts, FloatBuffer[] out) {
        List<int[]> tasks = new ArrayList<>(); // first slice, last slice, and for a long slice the range within it
        int open = 0;
        int collected = 0;
        for (int i = 0; i < slices.size(); i++) {
            int count = slices.get(i).count();
            if (count > PIECE) {
                if (open < i) {
                    tasks.add(new int[] {open, i, 0, 0});
                }
                for (int from = 0; from < count; from += PIECE) {
                    tasks.add(new int[] {i, i, from, Math.min(PIECE, count - from)});
                }
                open = i + 1;
                collected = 0;
            } else if ((collected += count) >= PIECE) {
                tasks.add(new int[] {open, i + 1, 0, 0});
                open = i + 1;
                collected = 0;
            }
        }
        if (open < slices.size()) {
            tasks.add(new int[] {open, slices.size(), 0, 0});
        }
        team.run(tasks.size(), t -> {
            int[] task = tasks.get(t);
            if (task[3] > 0) {
                Slice slice = slices.get(task[0]);
                pass.write(slice.tensor(), slice.from() + task[2], task[3], out, (int) starts[task[0]] + task[2]);
            } else {
                for (int i = task[0]; i < task[1]; i++) {
                    Slice slice = slices.get(i);
                    pass.write(slice.tensor(), slice.from(), slice.count(), out, (int) starts[i]);
                }
            }
        });
    }

    @Override
    public void close() {
        scratches.forEach(scratch -> scratch.memory().close());
        program.close();
    }
}
