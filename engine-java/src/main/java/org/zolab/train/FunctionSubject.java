package org.zolab.train;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.zolab.diagnose.Memory;
import org.zolab.objective.BatchLoss;
import org.zolab.objective.Function;
import org.zolab.objective.Score;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Problems;
import org.zolab.space.Storage;
import org.zolab.space.Team;
import org.zolab.task.Split;

/** A function of a plain array, minimised from its starting point. Every batch is the function itself, and so is dev; there is no test. */
public final class FunctionSubject implements Subject {

    private final Function function;
    private @Nullable String behaviour;

    public FunctionSubject(Function function) {
        this.function = function;
    }

    /** What is minimised. */
    public Function function() {
        return function;
    }

    @Override
    public String name() {
        return function.name();
    }

    @Override
    public ParameterSpace space() {
        return function.space();
    }

    /** Includes the {@link Behaviour} of the function, found once, since a name says nothing about the code. */
    @Override
    public synchronized String settings() {
        if (behaviour == null) {
            behaviour = Behaviour.of(function);
        }
        return String.format(
                Locale.ROOT,
                "function: %s%ndimension: %d%nstart: %08x%nbehaviour: %s%n",
                function.name(),
                function.space().dimension(),
                Arrays.hashCode(function.start()),
                behaviour);
    }

    @Override
    public String computeId() {
        return "jvm";
    }

    @Override
    public boolean differentiable() {
        return function.gradient() != null;
    }

    @Override
    public void check(Problems problems) {}

    @Override
    public Cost cost(Plan plan) {
        float[] start = function.start();
        long from = System.nanoTime();
        int times = 0;
        while (times < 100 && (times == 0 || System.nanoTime() - from < 50_000_000)) {
            function.value().applyAsDouble(start);
            times++;
        }
        double each = (System.nanoTime() - from) / 1e9 / times;
        long d = function.space().dimension();
        long bytes = d * Float.BYTES + Cost.kept(plan, function.space(), 0);
        long held = Memory.resident();
        return new Cost(
                d,
                plan.forwards(),
                0,
                held + bytes,
                held,
                (plan.forwards() + plan.steps() * Cost.uncounted(plan)) * each
                        + plan.steps() * plan.rule().seconds(function.space(), 1),
                Stream.concat(plan.notes().stream(), Cost.seldom(plan).stream()).toList());
    }

    @Override
    public Opened open(long seed) {
        ParameterVector theta = new ParameterVector(function.space(), Storage.heap(function.space(), Team.single()));
        float[] start = function.start();
        theta.set((tensor, values) -> values.put(0, start, (int) tensor.offset(), tensor.size()));
        return new InMemory(function, theta);
    }

    private static final class InMemory implements Opened {
        private final Function function;
        private final ParameterVector theta;
        private volatile BooleanSupplier cancelled = () -> false;

        InMemory(Function function, ParameterVector theta) {
            this.function = function;
            this.theta = theta;
        }

        @Override
        public ParameterVector theta() {
            return theta;
        }

        @Override
        public void cancelWhen(BooleanSupplier cancelled) {
            this.cancelled = cancelled;
        }

        @Override
        public BatchLoss batch(long number) {
            if (cancelled.getAsBoolean()) {
                throw new CancellationException("stopped between two steps");
            }
            return function.loss();
        }

        @Override
        public Optional<Score> score(Split split) {
            return split == Split.DEV
                    ? Optional.of(function.loss().scores(List.of(theta.here())).get(0))
                    : Optional.empty();
        }

        @Override
        public void close() {}
    }
}
