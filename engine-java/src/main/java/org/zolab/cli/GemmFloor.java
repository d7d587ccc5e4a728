package org.zolab.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.zolab.space.Team;
import org.zolab.tensor.Arena;
import org.zolab.tensor.LinearKernel;
import org.zolab.tensor.Program;
import org.zolab.tensor.Torch;
import org.zolab.tensor.Value;

/**
 * The time that a step's linear layers take and nothing else: every matrix product of its forwards, on the model's own weights,
 * by either kernel, with all cores on one product after another or one core on each part of the batch.
 */
final class GemmFloor implements AutoCloseable {

    /** One product x·Wᵀ: W [out, in] at an offset of θ, x [rows, in]. */
    record Product(long offset, int out, int in, int rows) {
        double flops() {
            return 2.0 * out * in * rows;
        }
    }

    /** A kernel, and whether every core takes a part of the rows. */
    record Layout(LinearKernel kernel, boolean parts) {
        @Override
        public String toString() {
            return kernel.id() + (parts ? ", a part of the batch on each core" : ", all cores on each product");
        }
    }

    private final Value flat;
    private final List<Product> products;
    private final int threads;
    private final int forwards;
    private final Arena arena = new Arena();
    private final Team team;
    private final TreeMap<String, Value> inputs = new TreeMap<>();
    private final Program[] programs = new Program[LinearKernel.values().length];

    GemmFloor(Value flat, List<Product> products, int threads, int forwards) {
        this.flat = flat;
        this.products = products;
        this.threads = threads;
        this.forwards = forwards;
        this.team = Torch.team(threads);
        for (LinearKernel kernel : LinearKernel.values()) {
            programs[kernel.ordinal()] = Program.load(kernel, GemmFloor.class, "bench.py");
        }
        Random random = new Random(1);
        for (Product product : products) {
            for (int rows : new int[] {product.rows(), part(product)}) {
                inputs.computeIfAbsent(rows + "x" + product.in(), key -> {
                    float[] x = new float[rows * product.in()];
                    for (int i = 0; i < x.length; i++) {
                        x[i] = (float) random.nextGaussian();
                    }
                    return arena.floats(x, rows, product.in());
                });
            }
        }
    }

    private int part(Product product) {
        return (product.rows() + threads - 1) / threads;
    }

    /** All layouts. */
    static List<Layout> layouts() {
        List<Layout> layouts = new ArrayList<>();
        for (LinearKernel kernel : LinearKernel.values()) {
            layouts.add(new Layout(kernel, false));
            layouts.add(new Layout(kernel, true));
        }
        return layouts;
    }

    /** The operations of all forwards. */
    double flops() {
        return forwards * products.stream().mapToDouble(Product::flops).sum();
    }

    /** Does all products once. */
    void run(Layout layout) {
        if (layout.parts()) {
            team.run(
                    forwards * threads,
                    task -> products.forEach(product -> multiply(layout.kernel(), product, part(product))));
        } else {
            Torch.setThreads(threads);
            for (int point = 0; point < forwards; point++) {
                products.forEach(product -> multiply(layout.kernel(), product, product.rows()));
            }
        }
    }

    private void multiply(LinearKernel kernel, Product product, int rows) {
        Value x = inputs.get(rows + "x" + product.in());
        try (Value at = Value.of(product.offset());
                Value out = Value.of(product.out());
                Value in = Value.of(product.in())) {
            programs[kernel.ordinal()].call("product", flat, at, out, in, x).close();
        }
    }

    @Override
    public void close() {
        team.close();
        inputs.values().forEach(Value::close);
        for (Program program : programs) {
            program.close();
        }
        arena.close();
    }
}
