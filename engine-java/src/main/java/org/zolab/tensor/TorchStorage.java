package org.zolab.tensor;

import java.nio.FloatBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.zolab.space.Bf16Storage;
import org.zolab.space.ParameterSpace;
import org.zolab.space.Precision;
import org.zolab.space.Storage;
import org.zolab.space.Team;

/** A vector of the parameter space in native memory: in one flat tensor, whose views are a model's weights, or wherever it was put. */
public final class TorchStorage implements Storage, AutoCloseable {

    private final ParameterSpace space;
    private final Arena arena;
    private final Team team;
    private final Arena.@Nullable Floats flat;
    private final FloatBuffer[] views;

    private TorchStorage(
            ParameterSpace space, Arena arena, Team team, Arena.@Nullable Floats flat, FloatBuffer[] views) {
        this.space = space;
        this.arena = arena;
        this.team = team;
        this.flat = flat;
        this.views = views;
    }

    private TorchStorage(ParameterSpace space, Arena arena, Team team, Arena.Floats flat) {
        this(
                space,
                arena,
                team,
                flat,
                space.tensors().stream()
                        .map(tensor -> flat.view(tensor.offset(), tensor.size()))
                        .toArray(FloatBuffer[]::new));
    }

    /** Zeros. Memory: 4 bytes a parameter, until this or {@code arena} is closed. */
    public TorchStorage(ParameterSpace space, Arena arena, Team team) {
        this(space, arena, team, arena.floats(space.dimension()));
    }

    /** Tensors that lie where somebody else put them, such as some of another vector's. */
    public static TorchStorage of(ParameterSpace space, FloatBuffer[] views, Arena arena, Team team) {
        return new TorchStorage(space, arena, team, null, views.clone());
    }

    /** The whole vector as one flat tensor. */
    public Value flat() {
        return Objects.requireNonNull(flat, "the tensors do not lie in one").value();
    }

    @Override
    public FloatBuffer of(int i) {
        return views[i];
    }

    @Override
    public Storage zeros(Precision precision) {
        return precision == Precision.FP32
                ? new TorchStorage(space, arena, team)
                : new Bf16Storage(
                        this,
                        space.tensors().stream()
                                .map(tensor -> arena.shorts(tensor.size()))
                                .toList());
    }

    @Override
    public Team team() {
        return team;
    }

    @Override
    public void close() {
        if (flat != null) {
            flat.close();
        }
    }
}
