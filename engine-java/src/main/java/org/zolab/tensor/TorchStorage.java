package org.zolab.tensor;

import java.nio.FloatBuffer;
import org.zolab.space.Bf16Storage;
import org.zolab.space.ParameterSpace;
import org.zolab.space.Precision;
import org.zolab.space.Storage;
import org.zolab.space.Team;

/** A vector of the parameter space in one flat tensor, whose views are a model's weights. */
public final class TorchStorage implements Storage, AutoCloseable {

    private final ParameterSpace space;
    private final Arena arena;
    private final Team team;
    private final Arena.Floats flat;
    private final FloatBuffer[] views;

    /** Zeros. Memory: 4 bytes a parameter, until this or {@code arena} is closed. */
    public TorchStorage(ParameterSpace space, Arena arena, Team team) {
        this.space = space;
        this.arena = arena;
        this.team = team;
        this.flat = arena.floats(space.dimension());
        this.views = space.tensors().stream()
                .map(tensor -> flat.view(tensor.offset(), tensor.size()))
                .toArray(FloatBuffer[]::new);
    }

    /** The whole vector as one flat tensor. */
    public Value flat() {
        return flat.value();
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
        flat.close();
    }
}
