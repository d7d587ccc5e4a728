package org.zolab.model;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.zolab.model.Layout.Written;
import org.zolab.model.Parametrization.LowRank;
import org.zolab.model.Parametrization.Own;
import org.zolab.model.Parametrization.Source;
import org.zolab.model.Stage.Slice;
import org.zolab.space.Lanes;
import org.zolab.space.Merge;
import org.zolab.space.ParameterVector;
import org.zolab.space.Pass;
import org.zolab.space.Point;
import org.zolab.space.Team;
import org.zolab.tensor.TorchStorage;

/**
 * The model's weights at points of the trained parameters, as defined by a {@link Parametrization}; written piece by piece, never as a
 * whole.
 *
 * <p>Trained tensors are written by the {@link Pass}. A low-rank product is added row by row to the frozen matrix, with fused
 * multiply-adds in the order of the rank index: r multiplications per element, the cost of r tokens.
 *
 * <p>Memory: the factors of each point, on the heap; where an accelerator writes them, those of one stage at a time.
 */
final class WeightsAt {

    /** Low-rank factors, indexed by parameter. */
    record Factors(float[][] a, float[][] b) {}

    private final ParameterVector weights;
    private final Parametrization by;
    private final List<Point> points;
    private final Pass pass;
    private final boolean tangent;
    private @Nullable List<List<Factors>> factors;

    private WeightsAt(ParameterVector weights, Parametrization by, List<Point> points, boolean tangent) {
        this.weights = weights;
        this.by = by;
        this.points = points;
        this.pass = Pass.of(points);
        this.tangent = tangent;
    }

    /** The weights at {@code points}, of which there is at least one and which share their origin. */
    static WeightsAt points(ParameterVector weights, Parametrization by, List<Point> points) {
        WeightsAt at = new WeightsAt(weights, by, points, false);
        if (weights.storage().accelerator().isEmpty()) {
            at.factors(); // computed here, by all threads, before they write
        }
        return at;
    }

    /** How the weights at this single point change when the trained parameters change by {@code v}, a point relative to zeros. */
    WeightsAt along(Point v) {
        WeightsAt at = new WeightsAt(weights, by, List.of(v), true);
        float[][] here = factors().get(0).get(0).a();
        float[][] change = at.numbers().get(0);
        at.factors = List.of(List.of(new Factors(here, change), new Factors(change, here)));
        return at;
    }

    /** The factors of each point, computed once; for a tangent, the two products whose sum is its derivative. */
    private List<List<Factors>> factors() {
        if (factors == null) {
            factors = numbers().stream()
                    .map(numbers -> List.of(new Factors(numbers, numbers)))
                    .toList();
        }
        return factors;
    }

    /** Each point's low-rank factors, indexed by parameter. */
    private List<float[][]> numbers() {
        int parameters = by.space().tensors().size();
        List<float[][]> all =
                points.stream().map(point -> new float[parameters][0]).toList();
        List<Integer> wanted = new ArrayList<>();
        for (int i = 0; i < weights.space().tensors().size(); i++) {
            if (by.source(i) instanceof LowRank source) {
                wanted.add(source.a());
                wanted.add(source.b());
            }
        }
        Team team = weights.storage().accelerator().isPresent()
                ? Team.single() // the caller may be one of the team's own threads
                : weights.storage().team();
        team.run(wanted.size(), task -> {
            int parameter = wanted.get(task);
            int size = by.space().tensor(parameter).size();
            all.forEach(numbers -> numbers[parameter] = new float[size]);
            Lanes[] out = all.stream()
                    .map(numbers -> Lanes.of(FloatBuffer.wrap(numbers[parameter])))
                    .toArray(Lanes[]::new);
            pass.write(parameter, 0, size, out, 0);
        });
        return all;
    }

    /** Whether tensor {@code i} of the model differs from the model's own numbers at any of the points. */
    boolean changes(int i) {
        Source source = by.source(i);
        return source instanceof LowRank
                || source instanceof Own own
                        && points.stream()
                                .anyMatch(point ->
                                        !point.isOrigin() && point.direction().touches(own.parameter()));
    }

    /** Writes the whole of tensor {@code i} of the model at the first point. */
    void write(int i, Lanes into) {
        Slice whole = new Slice(i, 0, weights.space().tensor(i).size());
        write(List.of(new Written(whole, into.precision(), 0, true)), written -> new Lanes[] {into});
    }

    /** Writes what a layout lists to each point's scratch, or, where it is shared, to the first alone; all threads take part. */
    void write(Layout layout, List<Scratch> out) {
        write(layout.written(), written -> out.stream()
                .limit(written.shared() ? 1 : out.size())
                .map(scratch -> scratch.lanes(written.precision()))
                .toArray(Lanes[]::new));
    }

    /** Writes trained tensors by a pass over the points, the model's own by one pass per number of copies, and then the products. */
    private void write(List<Written> all, Function<Written, Lanes[]> places) {
        List<Pass.Part> moved = new ArrayList<>();
        Map<Integer, List<Pass.Part>> own = new TreeMap<>();
        List<Written> products = new ArrayList<>();
        for (Written written : all) {
            Slice slice = written.slice();
            Source source = by.source(slice.tensor());
            Lanes[] out = places.apply(written);
            if (source instanceof Own trained && changes(slice.tensor())) {
                moved.add(part(trained.parameter(), slice, out, written.at()));
            } else if (source instanceof LowRank || tangent) {
                products.add(written);
            } else {
                own.computeIfAbsent(out.length, copies -> new ArrayList<>())
                        .add(part(slice.tensor(), slice, out, written.at()));
            }
        }
        pass.write(moved);
        own.forEach((copies, parts) ->
                Pass.of(Collections.nCopies(copies, weights.here())).write(parts));
        if (products.isEmpty()) {
            return;
        }
        if (!tangent && weights.storage().accelerator().isPresent()) {
            merge(products, places);
        } else {
            List<List<Pass.Part>> tasks = Pass.Part.shared(products.stream()
                    .map(written ->
                            part(written.slice().tensor(), written.slice(), places.apply(written), written.at()))
                    .toList());
            weights.storage().team().run(tasks.size(), t -> tasks.get(t).forEach(this::writeRows));
        }
    }

    private static Pass.Part part(int tensor, Slice slice, Lanes[] out, int at) {
        return new Pass.Part(tensor, slice.from(), slice.count(), out, at);
    }

    /** Low-rank products on an accelerator: writes the factors of all points to scratch space there, then merges them into the matrices. */
    private void merge(List<Written> products, Function<Written, Lanes[]> places) {
        Map<Integer, Integer> starts = new TreeMap<>(); // where each factor begins among those of one point
        int size = 0;
        for (Written written : products) {
            LowRank product = (LowRank) by.source(written.slice().tensor());
            for (int factor : new int[] {product.a(), product.b()}) {
                if (starts.putIfAbsent(factor, size) == null) {
                    size += by.space().tensor(factor).size();
                }
            }
        }
        int each = size;
        Lanes.Remote room =
                (Lanes.Remote) ((TorchStorage) weights.storage()).room(Math.multiplyExact(each, points.size()));
        Lanes[] rooms = IntStream.range(0, points.size())
                .mapToObj(p -> room.from(p * each))
                .toArray(Lanes[]::new);
        pass.write(starts.entrySet().stream()
                .map(factor -> new Pass.Part(
                        factor.getKey(), 0, by.space().tensor(factor.getKey()).size(), rooms, factor.getValue()))
                .toList());
        for (Written written : products) {
            Slice slice = written.slice();
            LowRank product = (LowRank) by.source(slice.tensor());
            Lanes[] out = places.apply(written);
            List<Merge.At> at = IntStream.range(0, out.length)
                    .mapToObj(p -> new Merge.At(
                            room.from(p * each + starts.get(product.a())),
                            room.from(p * each + starts.get(product.b())),
                            (Lanes.Remote) out[p]))
                    .toList();
            new Merge(
                            (Lanes.Remote) weights.storage().lanes(slice.tensor()),
                            product.rank(),
                            weights.space().tensor(slice.tensor()).shape().get(1),
                            product.scale())
                    .write(slice.from(), slice.count(), at, written.at());
        }
    }

    /** Elements of tensor {@code i} of the model at the first point, whether or not it is trained. */
    void read(int i, int from, float[] into, int count) {
        Lanes[] out = {Lanes.of(FloatBuffer.wrap(into))};
        if (by.source(i) instanceof Own own && changes(i)) {
            pass.write(own.parameter(), from, count, out, 0);
        } else {
            writeRows(new Pass.Part(i, from, count, out, 0));
        }
    }

    /** Writes, row by row, what no pass moves: the model's own numbers (zeros for a tangent), plus low-rank products. */
    private void writeRows(Pass.Part part) {
        Source source = by.source(part.tensor());
        List<Integer> shape = weights.space().tensor(part.tensor()).shape();
        int columns = shape.get(shape.size() - 1);
        float[] row = new float[Math.min(columns, part.count())];
        int end = part.from() + part.count();
        for (int element = part.from(), n; element < end; element += n) {
            n = Math.min(columns - element % columns, end - element);
            for (int p = 0; p < part.out().length; p++) {
                if (tangent) {
                    Arrays.fill(row, 0);
                } else {
                    weights.storage().read(part.tensor(), element, row, 0, n);
                }
                if (source instanceof LowRank product) {
                    for (Factors each : factors().get(p)) {
                        add(product, each, element / columns, element % columns, columns, row, n);
                    }
                }
                part.out()[p].write(part.at() + element - part.from(), row, 0, n);
            }
        }
    }

    /** row ← row + s·B·A, for one row from {@code column} on. */
    private static void add(LowRank product, Factors factors, int row, int column, int columns, float[] out, int n) {
        float[] a = factors.a()[product.a()];
        float[] b = factors.b()[product.b()];
        for (int k = 0; k < product.rank(); k++) {
            float c = product.scale() * b[row * product.rank() + k];
            int from = k * columns + column;
            for (int i = 0; i < n; i++) {
                out[i] = Math.fma(c, a[from + i], out[i]);
            }
        }
    }

    /**
     * into += the derivative with respect to the trained parameters, given the derivative with respect to a slice of the weights.
     *
     * <pre>
     *   dP = dW          of a trained tensor
     *   dA = s·Bᵀ·dW     of a low-rank product
     *   dB = s·dW·Aᵀ
     * </pre>
     *
     * <p>For a tangent, adds how that derivative itself changes because the factors do.
     *
     * @param derivative the derivative with respect to the weights; that of the slice begins at {@code start}
     */
    void pullback(FloatBuffer derivative, int start, Slice slice, ParameterVector into) {
        Source source = by.source(slice.tensor());
        if (source instanceof Own own && !tangent) {
            FloatBuffer sum = into.storage().of(own.parameter());
            for (int i = 0; i < slice.count(); i++) {
                sum.put(slice.from() + i, sum.get(slice.from() + i) + derivative.get(start + i));
            }
        } else if (source instanceof LowRank product) {
            List<Factors> products = factors().get(0);
            float[] a = products.get(products.size() - 1).a()[product.a()];
            float[] b = products.get(0).b()[product.b()];
            pullback(derivative, start, slice, product, a, b, into);
        }
    }

    private void pullback(
            FloatBuffer derivative,
            int start,
            Slice slice,
            LowRank product,
            float[] a,
            float[] b,
            ParameterVector into) {
        int columns = weights.space().tensor(slice.tensor()).shape().get(1);
        FloatBuffer da = into.storage().of(product.a());
        FloatBuffer db = into.storage().of(product.b());
        float[] row = new float[columns];
        for (int r = 0; r < slice.count() / columns; r++) {
            derivative.get(start + r * columns, row);
            for (int k = 0; k < product.rank(); k++) {
                int place = (slice.from() / columns + r) * product.rank() + k;
                float weight = product.scale() * b[place];
                int from = k * columns;
                float sum = 0;
                for (int c = 0; c < columns; c++) {
                    da.put(from + c, Math.fma(weight, row[c], da.get(from + c)));
                    sum = Math.fma(row[c], a[from + c], sum);
                }
                db.put(place, db.get(place) + product.scale() * sum);
            }
        }
    }
}
