package org.zolab.tensor;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.zolab.space.Bf16Storage;
import org.zolab.space.ParameterSpace;
import org.zolab.space.Precision;
import org.zolab.space.Storage;
import org.zolab.space.Team;

/**
 * A vector of the parameter space in native memory: in one flat tensor, whose views are a model's weights, behind another vector, or wherever
 * it was put.
 */
public final class TorchStorage implements Storage, AutoCloseable {

    private final ParameterSpace space;
    private final Arena arena;
    private final Team team;
    private final Arena.@Nullable Floats flat;
    private final @Nullable TorchStorage before;
    private final FloatBuffer[] views;

    private TorchStorage(
            ParameterSpace space,
            Arena arena,
            Team team,
            Arena.@Nullable Floats flat,
            @Nullable TorchStorage before,
            FloatBuffer[] views) {
        this.space = space;
        this.arena = arena;
        this.team = team;
        this.flat = flat;
        this.before = before;
        this.views = views;
    }

    /** Zeros. Memory: 4 bytes a parameter, until this or {@code arena} is closed. */
    public TorchStorage(ParameterSpace space, Arena arena, Team team) {
        this(
                space,
                arena,
                team,
                arena.floats(space.dimension()),
                null,
                new FloatBuffer[space.tensors().size()]);
        view(0);
    }

    /** Zeros behind {@code first}, whose tensors are those that {@code space} begins with, and stay where they are. */
    public static TorchStorage behind(TorchStorage first, ParameterSpace space) {
        Arena.Floats more = first.arena.floats(space.dimension() - first.space.dimension());
        FloatBuffer[] views = Arrays.copyOf(first.views, space.tensors().size());
        TorchStorage all = new TorchStorage(space, first.arena, first.team, more, first, views);
        all.view(first.views.length);
        return all;
    }

    private void view(int from) {
        for (int i = from; i < views.length; i++) {
            views[i] =
                    Objects.requireNonNull(flat).view(start(i), space.tensor(i).size());
        }
    }

    /** Tensors that lie where somebody else put them, such as some of another vector's. */
    public static TorchStorage of(ParameterSpace space, FloatBuffer[] views, Arena arena, Team team) {
        return new TorchStorage(space, arena, team, null, null, views.clone());
    }

    /** The flat memory that tensor {@code i} is a part of. */
    public Value memory(int i) {
        return before != null && i < before.views.length
                ? before.memory(i)
                : Objects.requireNonNull(flat, "the tensors do not lie in one").value();
    }

    /** Where in it the tensor begins. */
    public long start(int i) {
        if (before == null) {
            return space.tensor(i).offset();
        }
        return i < before.views.length ? before.start(i) : space.tensor(i).offset() - before.space.dimension();
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
