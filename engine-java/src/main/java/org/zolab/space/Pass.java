package org.zolab.space;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.zolab.space.Direction.Drawn;
import org.zolab.space.Direction.Kept;
import org.zolab.space.Direction.Scaled;
import org.zolab.space.Direction.Source;
import org.zolab.space.Direction.Term;

/**
 * The one kernel that evaluates formulas: it computes the coordinates of points that share an origin.
 *
 * <pre>
 *   outₚ[i] = s·in[i] + Σₖ cₚₖ·termₖ(i)          s and c by tensor
 * </pre>
 *
 * <p>The origin and each kept vector are read once and each point is written once; noise that several points share is drawn once for all
 * of them. Terms are added in each point's own order with fused multiply-adds in single precision, and coefficients are rounded to single
 * precision once, so a point's bits do not depend on which other points it is evaluated with. {@code out} may be the origin.
 */
public final class Pass {

    /** One point's terms in order: indices into the pass's terms, and coefficients. */
    private record Sum(int[] terms, double[] coefficients) {}

    /**
     * Elements {@code from} to {@code from + count} of a tensor; those of point p are written to {@code out[p]}, from its number
     * {@code at} on.
     */
    public record Part(int tensor, int from, int count, Lanes[] out, int at) {

        /** Elements per task: large enough to hide the hand-over, small enough to balance the load. */
        private static final int TASK = 1 << 14;

        /** The same elements, split into tasks of about equal size. */
        public static List<List<Part>> shared(List<Part> parts) {
            List<List<Part>> tasks = new ArrayList<>();
            int collected = TASK;
            for (Part part : parts) {
                for (int done = 0; done < part.count; done += TASK) {
                    int count = Math.min(TASK, part.count - done);
                    if (collected + count > TASK) {
                        tasks.add(new ArrayList<>());
                        collected = 0;
                    }
                    collected += count;
                    tasks.get(tasks.size() - 1)
                            .add(new Part(part.tensor, part.from + done, count, part.out, part.at + done));
                }
            }
            return tasks;
        }
    }

    private final ParameterVector origin;
    private final List<Term> terms;
    private final List<Sum> sums;
    private final Weighting scale;

    private Pass(ParameterVector origin, List<Term> terms, List<Sum> sums, Weighting scale) {
        this.origin = origin;
        this.terms = terms;
        this.sums = sums;
        this.scale = scale;
    }

    /** The pass that writes {@code points}, which must share their origin. Refuses stale formulas. */
    public static Pass of(List<Point> points) {
        ParameterVector origin = points.get(0).origin();
        Map<Object, Integer> places = new HashMap<>();
        List<Term> terms = new ArrayList<>();
        List<Sum> sums = new ArrayList<>();
        for (Point point : points) {
            if (point.origin() != origin) {
                throw new IllegalArgumentException("points of one pass have different origins");
            }
            point.requireFresh();
            List<Term> own = point.direction().terms();
            Sum sum = new Sum(new int[own.size()], new double[own.size()]);
            for (int i = 0; i < own.size(); i++) {
                Term term = own.get(i);
                term.requireFresh();
                sum.terms()[i] = places.computeIfAbsent(term.likeness(), likeness -> {
                    terms.add(term);
                    return terms.size() - 1;
                });
                sum.coefficients()[i] = point.distance() * term.coefficient();
            }
            sums.add(sum);
        }
        return new Pass(origin, terms, sums, Weighting.ONE);
    }

    /** This pass with the origin scaled first, tensor by tensor. */
    Pass scaled(Weighting scale) {
        return new Pass(origin, terms, sums, scale);
    }

    /** Receives elements {@code element} to {@code element + n} of point {@code p}, which lie in {@code tile} from {@code at} on. */
    @FunctionalInterface
    interface Out {
        void put(int p, int element, float[] tile, int at, int n);
    }

    /**
     * Writes elements {@code from} to {@code from + count} of one tensor: those of point p to {@code out[p]}, from its number
     * {@code outAt} on. Safe to call from several threads at once on disjoint elements.
     */
    public void write(int tensor, int from, int count, Lanes[] out, int outAt) {
        write(tensor, from, count, (p, element, tile, at, n) -> out[p].write(outAt + element - from, tile, at, n));
    }

    /**
     * Writes parts: on the accelerator, if it holds all the memory involved and supports the formula; otherwise in tasks shared by the
     * threads of the origin's team.
     */
    public void write(List<Part> parts) {
        boolean remote = parts.stream()
                .flatMap(part -> Arrays.stream(part.out()))
                .allMatch(lanes -> lanes instanceof Lanes.Remote);
        List<DeviceJob> jobs = remote ? onDevice() : List.of();
        jobs.forEach(job -> job.write(origin, scale, parts, null));
        if (jobs.isEmpty()) {
            List<List<Part>> tasks = Part.shared(parts);
            origin.storage().team().run(tasks.size(), t -> tasks.get(t)
                    .forEach(part -> write(part.tensor(), part.from(), part.count(), part.out(), part.at())));
        }
    }

    /** Moves the origin, which is {@code vector}, to this pass's only point on an accelerator; false if none can. */
    boolean onDevice(ParameterVector vector) {
        List<DeviceJob> jobs = onDevice();
        if (!jobs.isEmpty()) {
            List<Part> all = new ArrayList<>();
            for (int i = 0; i < vector.space().tensors().size(); i++) {
                int size = vector.space().tensor(i).size();
                all.add(new Part(i, 0, size, new Lanes[] {vector.storage().lanes(i)}, 0));
            }
            jobs.get(0).write(origin, scale, all, vector.dither());
        }
        return !jobs.isEmpty();
    }

    private List<DeviceJob> onDevice() {
        return origin.storage()
                .accelerator()
                .map(accelerator ->
                        DeviceJob.of(accelerator, sums.stream().map(this::sum).toList()))
                .orElse(List.of());
    }

    private DeviceJob.Sum sum(Sum sum) {
        return new DeviceJob.Sum(Arrays.stream(sum.terms()).mapToObj(terms::get).toList(), sum.coefficients());
    }

    /** Computes the elements of {@link #write(int, int, int, Lanes[], int)} and hands them to {@code out}. */
    void write(int tensor, int from, int count, Out out) {
        int points = sums.size();
        // a single point's terms all go through one tile in turn, however many there are
        boolean alone = points == 1;
        Workspace room = Workspace.of(alone ? 1 : terms.size(), points);
        ParameterSpace.Tensor named = origin.space().tensor(tensor);
        Storage in = origin.storage();
        float s = (float) scale.at(tensor);
        forEachTile(from, count, (element, at, n) -> {
            in.read(tensor, element, room.origin, at, n);
            if (s != 1) {
                Kernel.best().scale(s, room.origin, at, n);
            }
            for (int i = 0; i < terms.size() && !alone; i++) {
                if (terms.get(i).weighting().at(tensor) != 0) {
                    draw(terms.get(i), named, tensor, element, room.words, room.terms[i], at, n);
                }
            }
            for (int p = 0; p < points; p++) {
                float[] sum = room.origin;
                for (int k = 0; k < sums.get(p).terms().length; k++) {
                    int i = sums.get(p).terms()[k];
                    double weight = terms.get(i).weighting().at(tensor);
                    if (weight != 0) {
                        float[] term = room.terms[alone ? 0 : i];
                        if (alone) {
                            draw(terms.get(i), named, tensor, element, room.words, term, at, n);
                        }
                        float c = (float) (sums.get(p).coefficients()[k] * weight);
                        Kernel.best().add(c, term, sum, room.out[p], at, n);
                        sum = room.out[p];
                    }
                }
                out.put(p, element, sum, at, n);
            }
        });
    }

    /** Writes n elements of a term's vector, before its coefficients, to {@code tile} from {@code at} on. */
    static void draw(
            Term term, ParameterSpace.Tensor tensor, int index, int element, int[] words, float[] tile, int at, int n) {
        draw(term.source(), tensor, index, element, words, tile, at, n);
        term.weighting().choose(index, element, tile, at, n);
    }

    private static void draw(
            Source source,
            ParameterSpace.Tensor tensor,
            int index,
            int element,
            int[] words,
            float[] tile,
            int at,
            int n) {
        if (source instanceof Kept kept) {
            kept.vector().storage().read(index, element, tile, at, n);
        } else if (source instanceof Drawn drawn) {
            Noise.fill(drawn.key(), drawn.law(), tensor, element, words, tile, at, n);
        } else if (source instanceof Scaled scaled) {
            draw(scaled.source(), tensor, index, element, words, tile, at, n);
            float[] scale = Workspace.here().scale;
            scaled.scale().vector().storage().read(index, element, scale, at, n);
            for (int i = at; i < at + n; i++) {
                tile[i] *= scale[i];
            }
        }
    }

    @FunctionalInterface
    interface Tile {
        void run(int element, int at, int n);
    }

    /** Splits a range of a tensor at multiples of the tile size; within a tile an element lies at its index modulo the tile size. */
    static void forEachTile(int from, int count, Tile tile) {
        for (int element = from, end = from + count; element < end; ) {
            int at = element % Kernel.TILE;
            int n = Math.min(Kernel.TILE - at, end - element);
            tile.run(element, at, n);
            element += n;
        }
    }
}
