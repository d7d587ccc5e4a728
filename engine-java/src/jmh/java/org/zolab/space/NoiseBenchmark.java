package org.zolab.space;

import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Nanoseconds an element of noise takes, on one core: in the inner loops, and in a Pass over a vector that fits no cache.
 *
 * <p>Run by {@code mvn -q -pl engine-java -P jmh -DskipTests verify}; {@code -Djmh.args="normals -f 3"} gives JMH's own options.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "-Xmx2g"})
public class NoiseBenchmark {

    private static final int ELEMENTS = 1 << 24;

    /** A tile, and the inner loops over it. */
    @State(Scope.Benchmark)
    public static class Loops {
        /** Which ones: this JVM's best, or the plain ones that define the bits. */
        @Param({"best", "scalar"})
        public String kernel = "best";

        private final int[] words = new int[Kernel.TILE];
        private final float[] tile = new float[Kernel.TILE];
        private Kernel loops = Kernel.best();

        /** Chooses. */
        @Setup
        public void choose() {
            loops = kernel.equals("best") ? Kernel.best() : new ScalarKernel();
        }
    }

    /** A vector that fits no cache. */
    @State(Scope.Benchmark)
    public static class Vector {
        private final ParameterSpace space = ParameterSpace.flat(ELEMENTS);
        private final ParameterVector x = new ParameterVector(space, Storage.heap(space, Team.single()));
    }

    /** The bits alone. */
    @Benchmark
    @OperationsPerInvocation(Kernel.TILE)
    public int[] philox(Loops on) {
        on.loops.philox(on.words, Kernel.TILE / Kernel.NORMALS, 1, 0, 2, 3, 4);
        return on.words;
    }

    /** Box-Muller of bits that are there. */
    @Benchmark
    @OperationsPerInvocation(Kernel.TILE)
    public float[] normals(Loops on) {
        on.loops.normals(on.words, on.tile, 0, Kernel.TILE);
        return on.tile;
    }

    /** Signs of bits that are there. */
    @Benchmark
    @OperationsPerInvocation(Kernel.TILE)
    public float[] signs(Loops on) {
        on.loops.signs(on.words, 0, on.tile, 0, Kernel.TILE);
        return on.tile;
    }

    /** x ← x + cz, z Gaussian. */
    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public ParameterVector gaussianPass(Vector of) {
        of.x.move(noise(0, Law.GAUSSIAN), 1e-6);
        return of.x;
    }

    /** The same of signs. */
    @Benchmark
    @OperationsPerInvocation(ELEMENTS)
    public ParameterVector rademacherPass(Vector of) {
        of.x.move(noise(0, Law.RADEMACHER), 1e-6);
        return of.x;
    }

    /** Eight Gaussian streams in one sweep: nanoseconds a normal, of which an element has eight. */
    @Benchmark
    @OperationsPerInvocation(8 * ELEMENTS)
    public ParameterVector eightGaussians(Vector of) {
        Direction eight = IntStream.range(0, 8)
                .mapToObj(draw -> noise(draw, Law.GAUSSIAN))
                .reduce(Direction.ZERO, Direction::plus);
        of.x.move(eight, 1e-6);
        return of.x;
    }

    private static Direction noise(int draw, Law law) {
        return Direction.noise(new NoiseKey(1, 0, draw), law);
    }
}
