package org.zolab.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.zolab.model.Compute;
import org.zolab.space.Lanes;
import org.zolab.space.ParameterVector;
import org.zolab.space.Precision;
import org.zolab.space.Team;
import org.zolab.tensor.Arena;
import org.zolab.tensor.Device;
import org.zolab.tensor.LinearKernel;
import org.zolab.tensor.Program;
import org.zolab.tensor.Torch;
import org.zolab.tensor.Value;

/**
 * The time that a step's linear layers take and nothing else: every matrix product of its forwards, on the model's own weights, in their precision
 * or another, by either kernel that multiplies in it, with all cores on one product after another or one core on each part of the batch.
 */
final class GemmFloor implements AutoCloseable {

    /** One product x·Wᵀ: W [out, in] from one tensor of θ on, x [rows, in]. */
    record Product(int tensor, int out, int in, int rows) {
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

    private final Precision precision;
    private final List<Product> products;
    private final int threads;
    private final int forwards;
    private final Device device;
    private final Arena arena;
    private final Team team;
    private final Program[] programs = new Program[LinearKernel.values().length];
    private final List<Value> weights = new ArrayList<>();
    private final Map<String, Value> inputs = new TreeMap<>();

    GemmFloor(ParameterVector theta, Precision precision, List<Product> products, Compute compute, int forwards) {
        this.precision = precision;
        this.products = products;
        this.threads = compute.threads();
        this.forwards = forwards;
        this.device = compute.device();
        this.arena = new Arena(device);
        this.team = Torch.team(threads, device);
        for (LinearKernel kernel : LinearKernel.values()) {
            programs[kernel.ordinal()] = Program.load(kernel, LinearKernel.class, "product.py");
        }
        Random random = new Random(1);
        for (Product product : products) {
            weights.add(matrix(product.out(), product.in(), precision, lanes -> {
                int left = product.out() * product.in();
                for (int tensor = product.tensor(); left > 0; tensor++) {
                    int size = Math.min(left, theta.space().tensor(tensor).size());
                    lanes.copy(theta.storage().lanes(tensor), 0, product.out() * product.in() - left, size);
                    left -= size;
                }
            }));
            for (int rows : new int[] {product.rows(), part(product)}) {
                inputs.computeIfAbsent(
                        rows + "x" + product.in(),
                        key -> matrix(rows, product.in(), precision, lanes -> {
                            float[] x = new float[rows * product.in()];
                            for (int i = 0; i < x.length; i++) {
                                x[i] = (float) random.nextGaussian();
                            }
                            lanes.write(0, x, 0, x.length);
                        }));
            }
        }
    }

    private Value matrix(int rows, int columns, Precision precision, Consumer<Lanes> fill) {
        Arena.Numbers numbers = arena.numbers((long) rows * columns, precision);
        fill.accept(numbers.view(0, rows * columns));
        return numbers.matrix(rows, columns);
    }

    private int part(Product product) {
        return (product.rows() + threads - 1) / threads;
    }

    /** All layouts of the kernels that multiply so on this processor; on a GPU there is one. */
    List<Layout> layouts() {
        if (device.isGpu()) {
            return List.of(new Layout(LinearKernel.ATEN, false));
        }
        List<Layout> layouts = new ArrayList<>();
        double[] rates = LinearKernel.gigaflops(8, 64, 64, precision);
        for (LinearKernel kernel : LinearKernel.values()) {
            if (rates[kernel.ordinal()] > 0) {
                layouts.add(new Layout(kernel, false));
                layouts.add(new Layout(kernel, true));
            }
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
            team.run(forwards * threads, task -> {
                for (int i = 0; i < products.size(); i++) {
                    multiply(layout.kernel(), i, part(products.get(i)));
                }
            });
        } else {
            Torch.setThreads(threads);
            for (int point = 0; point < forwards; point++) {
                for (int i = 0; i < products.size(); i++) {
                    multiply(layout.kernel(), i, products.get(i).rows());
                }
            }
        }
    }

    private void multiply(LinearKernel kernel, int i, int rows) {
        Value x = inputs.get(rows + "x" + products.get(i).in());
        programs[kernel.ordinal()].call("product", x, weights.get(i)).close();
    }

    @Override
    public void close() {
        team.close();
        inputs.values().forEach(Value::close);
        weights.forEach(Value::close);
        for (Program program : programs) {
            program.close();
        }
        arena.close();
    }
}
