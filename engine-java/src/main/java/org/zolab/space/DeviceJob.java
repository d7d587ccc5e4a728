package org.zolab.space;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.zolab.space.Direction.Drawn;
import org.zolab.space.Direction.Kept;
import org.zolab.space.Direction.Scaled;
import org.zolab.space.Direction.Source;
import org.zolab.space.Direction.Term;

/**
 * Sums of terms for at most eight points at once, encoded for an {@link Accelerator} as the words that {@code pass.cu} describes.
 *
 * <p>Supported are Gaussian and Rademacher noise, vectors in the accelerator's memory, their products, and one factor per tensor. Any
 * other formula, such as one with low-rank noise or a choice of elements, is evaluated by Java over copies.
 */
final class DeviceJob {

    /** Points whose sums a thread keeps in registers. */
    private static final int POINTS = 8;

    private static final int WORDS = 1000;
    private static final int HEADER = 16;
    private static final int TERM = 5;
    private static final int SEGMENT = 7;
    private static final int ABSENT = -1;
    private static final int KEPT = 0;
    private static final int GAUSSIAN = 1;
    private static final int RADEMACHER = 2;
    private static final int SCALED = 4;
    private static final int CONSTANTS = 9;
    private static final int BY_ONE = 0;
    private static final int BY_ITSELF = 1;
    private static final int BY_THE_OTHER = 2;

    /** One point: the terms added to its origin, in this order, with their coefficients. */
    record Sum(List<Term> terms, double[] coefficients) {

        /** The sum that a direction stands for. */
        static Sum of(Direction direction) {
            return new Sum(
                    direction.terms(),
                    direction.terms().stream().mapToDouble(Term::coefficient).toArray());
        }
    }

    private final Accelerator accelerator;
    private final int first;
    private final int points;
    private final List<Term> terms;
    private final double[][] coefficients;
    private final boolean[][] present;

    /**
     * The points from {@code first} on. {@code terms} is one common order for all their sums; {@code places} gives the position in it of
     * each term of each sum.
     */
    private DeviceJob(Accelerator accelerator, int first, List<Sum> sums, List<Term> terms, int[][] places) {
        this.accelerator = accelerator;
        this.first = first;
        this.points = sums.size();
        this.terms = terms;
        this.coefficients = new double[points][terms.size()];
        this.present = new boolean[points][terms.size()];
        for (int p = 0; p < points; p++) {
            for (int i = 0; i < places[p].length; i++) {
                present[p][places[p][i]] = true;
                coefficients[p][places[p][i]] = sums.get(p).coefficients()[i];
            }
        }
    }

    /** As few jobs as possible that together compute all of {@code sums}; empty if the accelerator does not support one of their terms. */
    static List<DeviceJob> of(Accelerator accelerator, List<Sum> sums) {
        List<DeviceJob> jobs = new ArrayList<>();
        boolean known = sums.stream().flatMap(sum -> sum.terms().stream()).allMatch(term -> knows(accelerator, term));
        return known && split(accelerator, 0, sums, jobs) ? jobs : List.of();
    }

    private static boolean split(Accelerator accelerator, int first, List<Sum> sums, List<DeviceJob> jobs) {
        if (sums.size() <= POINTS) {
            DeviceJob job = merged(accelerator, first, sums);
            if (job != null && job.header() + job.stride() <= WORDS) {
                return jobs.add(job);
            }
        }
        int half = sums.size() / 2;
        return half > 0
                && split(accelerator, first, sums.subList(0, half), jobs)
                && split(accelerator, first + half, sums.subList(half, sums.size()), jobs);
    }

    private static boolean knows(Accelerator accelerator, Term term) {
        return !term.weighting().chooses() && knows(accelerator, term.source());
    }

    private static boolean knows(Accelerator accelerator, Source source) {
        if (source instanceof Kept kept) {
            return kept.vector()
                    .storage()
                    .accelerator()
                    .filter(accelerator::equals)
                    .isPresent();
        }
        if (source instanceof Scaled scaled) {
            return !(scaled.source() instanceof Scaled)
                    && knows(accelerator, scaled.source())
                    && knows(accelerator, scaled.scale());
        }
        Law law = ((Drawn) source).law();
        return law instanceof Law.Gaussian || law instanceof Law.Rademacher;
    }

    /** A job whose single order of terms is consistent with the order in every sum; null if there is none. */
    private static @Nullable DeviceJob merged(Accelerator accelerator, int first, List<Sum> sums) {
        List<Term> all = new ArrayList<>();
        int[][] places = sums.stream().map(sum -> new int[sum.terms().size()]).toArray(int[][]::new);
        int[] next = new int[sums.size()];
        while (IntStream.range(0, next.length).anyMatch(p -> next[p] < places[p].length)) {
            Set<Object> later = new HashSet<>();
            for (int p = 0; p < next.length; p++) {
                sums.get(p).terms().stream()
                        .skip(next[p] + 1L)
                        .map(Term::likeness)
                        .forEach(later::add);
            }
            Term free = null;
            for (int p = 0; p < next.length; p++) {
                if (next[p] < places[p].length) {
                    Term head = sums.get(p).terms().get(next[p]);
                    if (free == null && !later.contains(head.likeness())) {
                        free = head;
                    }
                    if (free != null && free.likeness().equals(head.likeness())) {
                        places[p][next[p]++] = all.size();
                    }
                }
            }
            if (free == null) {
                return null;
            }
            all.add(free);
        }
        return new DeviceJob(accelerator, first, sums, all, places);
    }

    private int header() {
        return HEADER + TERM * terms.size();
    }

    private int stride() {
        return SEGMENT + 4 * terms.size() + points * (2 + terms.size());
    }

    /**
     * Writes parts of the points.
     *
     * @param dither the key that addresses the rounding of numbers kept in bf16; null rounds to the nearest
     */
    void write(ParameterVector origin, Weighting scale, List<Pass.Part> parts, @Nullable NoiseKey dither) {
        Words words = new Words(origin.space(), dither, BY_ONE, job -> accelerator.pass(points, job.words, job.tiles));
        for (Pass.Part part : parts) {
            long[] out = new long[points];
            for (int p = 0; p < points; p++) {
                out[p] = place(part.out()[first + p], part.at() - part.from());
            }
            words.add(
                    part.tensor(),
                    part.from(),
                    part.count(),
                    place(origin.storage().lanes(part.tensor())),
                    (float) scale.at(part.tensor()),
                    out);
        }
        words.run();
    }

    /** Updates {@code vectors} by a rule that the accelerator implements; false if part of the update is unsupported. */
    static boolean update(
            Accelerator accelerator, List<ParameterVector> vectors, Direction direction, ElementMap.Known rule) {
        List<ParameterVector> others = vectors.subList(1, vectors.size());
        Direction kept = others.stream().map(Direction::of).reduce(Direction.ZERO, Direction::plus);
        List<Term> terms = new ArrayList<>(direction.terms());
        terms.addAll(kept.terms());
        boolean single = others.stream()
                .allMatch(vector -> IntStream.range(0, vector.space().tensors().size())
                        .allMatch(i -> vector.storage().lanes(i).precision() == Precision.FP32));
        Sum sum = Sum.of(direction);
        int[] places = IntStream.range(0, sum.terms().size()).toArray();
        DeviceJob job = new DeviceJob(accelerator, 0, List.of(sum), terms, new int[][] {places});
        if (!single
                || job.header() + job.stride() > WORDS
                || !terms.stream().allMatch(term -> knows(accelerator, term))) {
            return false;
        }
        job.update(vectors.get(0), rule);
        return true;
    }

    private void update(ParameterVector vector, ElementMap.Known rule) {
        Words words = new Words(
                vector.space(), vector.dither(), rule.number(), job -> accelerator.rule(job.words, job.tiles));
        words.constants(rule.constants());
        for (int t = 0; t < vector.space().tensors().size(); t++) {
            long[] out = {place(vector.storage().lanes(t))};
            words.add(t, 0, vector.space().tensor(t).size(), 0, 1, out);
        }
        words.run();
    }

    /**
     * The sum over each tile of each tensor of {@code x·y}, or of {@code x} if {@code y} is null. Empty if the accelerator does not
     * support the terms.
     */
    static double[][] fold(Accelerator accelerator, ParameterSpace space, Direction x, @Nullable Direction y) {
        List<Sum> sides = y == null || y == x ? List.of(Sum.of(x)) : List.of(Sum.of(x), Sum.of(y));
        List<DeviceJob> jobs = of(accelerator, sides);
        return jobs.size() == 1
                ? jobs.get(0).fold(space, y == null ? BY_ONE : y == x ? BY_ITSELF : BY_THE_OTHER)
                : new double[0][];
    }

    private double[][] fold(ParameterSpace space, int by) {
        List<double[]> sums = new ArrayList<>();
        Words words = new Words(space, null, by, job -> sums.add(accelerator.fold(job.words, job.tiles)));
        for (int t = 0; t < space.tensors().size(); t++) {
            words.add(t, 0, space.tensor(t).size(), 0, 1, new long[points]);
        }
        words.run();
        double[] all = sums.stream().flatMapToDouble(Arrays::stream).toArray();
        double[][] tiles = new double[space.tensors().size()][];
        for (int t = 0, at = 0; t < tiles.length; at += tiles[t].length, t++) {
            int count = (space.tensor(t).size() + Kernel.TILE - 1) / Kernel.TILE;
            tiles[t] = Arrays.copyOfRange(all, at, at + count);
        }
        return tiles;
    }

    private static long place(Source source, int tensor) {
        return source instanceof Kept kept ? place(kept.vector().storage().lanes(tensor)) : 0;
    }

    /** The address of the first number, plus 1 if the numbers are bf16. */
    static long place(Lanes lanes) {
        return place(lanes, 0);
    }

    /** The address of number {@code i}, plus 1 if the numbers are bf16. */
    static long place(Lanes lanes, int i) {
        return ((Lanes.Remote) lanes).address(i) + (lanes.precision() == Precision.BF16 ? 1 : 0);
    }

    /** Stores an address as two words of a job. */
    static void put(int[] words, int at, long address) {
        words[at] = (int) address;
        words[at + 1] = (int) (address >>> 32);
    }

    @FunctionalInterface
    private interface Run {
        void of(Words job);
    }

    /** The words of one job at a time: segments are collected, and run once there is no room for another. */
    private final class Words {
        private final ParameterSpace space;
        private final Run run;
        private final int[] words = new int[WORDS];
        private int tiles;

        Words(ParameterSpace space, @Nullable NoiseKey dither, int by, Run run) {
            this.space = space;
            this.run = run;
            words[0] = points;
            words[1] = terms.size();
            words[3] = by;
            if (dither != null) {
                words[4] = 1;
                key(5, dither, Noise.dither(dither));
            }
            for (int k = 0; k < terms.size(); k++) {
                Source source = terms.get(k).source();
                int at = HEADER + TERM * k;
                if (source instanceof Scaled scaled) {
                    words[at] = SCALED;
                    source = scaled.source();
                }
                if (source instanceof Drawn drawn) {
                    words[at] += drawn.law() instanceof Law.Gaussian ? GAUSSIAN : RADEMACHER;
                    key(at + 1, drawn.key(), Noise.probe(drawn));
                } else {
                    words[at] += KEPT;
                }
            }
        }

        void constants(float... numbers) {
            for (int i = 0; i < numbers.length; i++) {
                words[CONSTANTS + i] = Float.floatToRawIntBits(numbers[i]);
            }
        }

        private void key(int at, NoiseKey key, int purpose) {
            words[at] = (int) key.seed();
            words[at + 1] = (int) (key.seed() >>> 32);
            words[at + 2] = key.step();
            words[at + 3] = purpose;
        }

        /** Adds a range of a tensor, given the addresses that element 0 of its origin and of each point would have. */
        void add(int tensor, int from, int count, long origin, float scale, long[] out) {
            if (header() + (words[2] + 1) * stride() > WORDS) {
                run();
            }
            int at = header() + words[2]++ * stride();
            words[at] = tiles;
            words[at + 1] = from;
            words[at + 2] = count;
            words[at + 3] = space.tensor(tensor).hash();
            words[at + 4] = Float.floatToRawIntBits(scale);
            put(words, at + 5, origin);
            int place = at + SEGMENT;
            for (Term term : terms) {
                Source source = term.source();
                put(words, place, place(source instanceof Scaled scaled ? scaled.source() : source, tensor));
                put(words, place + 2, source instanceof Scaled scaled ? place(scaled.scale(), tensor) : 0);
                place += 4;
            }
            for (int p = 0; p < points; p++) {
                put(words, place, out[p]);
                for (int k = 0; k < terms.size(); k++) {
                    double weight = terms.get(k).weighting().at(tensor);
                    words[place + 2 + k] = present[p][k] && weight != 0
                            ? Float.floatToRawIntBits((float) (coefficients[p][k] * weight))
                            : ABSENT;
                }
                place += 2 + terms.size();
            }
            tiles += (from + count - 1) / Kernel.TILE - from / Kernel.TILE + 1;
        }

        /** Runs the segments collected so far. */
        void run() {
            if (tiles > 0) {
                run.of(this);
            }
            words[2] = 0;
            tiles = 0;
        }
    }
}
