package org.zolab.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.zolab.cli.GemmFloor.Layout;
import org.zolab.cli.GemmFloor.Product;
import org.zolab.diagnose.Machine;
import org.zolab.diagnose.Median;
import org.zolab.model.opt.OptConfig;
import org.zolab.probe.LossOracle;
import org.zolab.sampler.DirectionLaw;
import org.zolab.space.Direction;
import org.zolab.space.Kernels;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.train.ZerothOrder;
import picocli.CommandLine;

/**
 * One step on random weights of a model's shape, beside its floor: the step's own matrix products, same shapes and counts, through the faster
 * kernel at its best thread layout. All timings are interleaved; medians are printed.
 */
@CommandLine.Command(
        name = "step",
        description = "A step on random weights of a shape, beside the matrix products that it cannot do without.",
        mixinStandardHelpOptions = true)
final class BenchStep implements Callable<Integer> {

    @CommandLine.Mixin
    private final BenchModelOptions of = new BenchModelOptions();

    @CommandLine.Option(
            names = "--method",
            defaultValue = "mezo",
            description = "${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}")
    private BenchMethod method = BenchMethod.MEZO;

    @CommandLine.Option(
            names = "--noise",
            defaultValue = "gaussian",
            description = "${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}")
    private NoiseLaw noise = NoiseLaw.GAUSSIAN;

    /** As the command line names them. */
    private enum NoiseLaw {
        GAUSSIAN(Law.GAUSSIAN),
        RADEMACHER(Law.RADEMACHER);

        private final Law law;

        NoiseLaw(Law law) {
            this.law = law;
        }
    }

    @CommandLine.Option(names = "--repeats", defaultValue = "7", description = "default: ${DEFAULT-VALUE}")
    private int repeats;

    @CommandLine.Option(names = "--json", description = "end with one JSON object")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        Bench.requireRepeats(repeats);
        Kernels.settle();
        try (BenchModel model = of.model()) {
            measure(model);
        }
        return 0;
    }

    private void measure(BenchModel model) throws Exception {
        ParameterVector theta = model.theta();
        LossOracle f = model.loss();
        ZerothOrder steps = method.on(theta, DirectionLaw.independent(noise.law));
        steps.step(0, f, theta);
        steps.step(1, f, theta);
        long peak = model.peak(); // before the floor, which is no part of a step, takes any
        try (GemmFloor floor = new GemmFloor(
                theta,
                of.precision(),
                products(theta.space(), model.config(), model.rows(), model.tokens()),
                model.model().compute(),
                method.forwards())) {
            List<Layout> layouts = floor.layouts();
            Timings timings = new Timings(repeats, layouts.size());
            for (int i = -1; i < repeats; i++) {
                int t = i + 3;
                long passes = model.model().passNanos();
                double step = Bench.time(of.device(), () -> steps.step(t, f, theta));
                double pass = (model.model().passNanos() - passes) / 1e6;
                double update = Bench.time(
                        of.device(), () -> theta.move(Direction.noise(new NoiseKey(2, t, 0), noise.law), 1e-12));
                long given = model.model().passNanos();
                double forward = Bench.time(of.device(), () -> {
                    for (int each = 0; each < method.forwards(); each += 2) {
                        f.at(List.of(theta.here(), theta.here()));
                    }
                });
                if (of.device().isGpu()) {
                    pass = step - forward - update; // a pass is asked for there, and not waited for
                } else {
                    forward -= (model.model().passNanos() - given) / 1e6; // in bf16 weights are rounded where they are
                }
                double[] floors = layouts.stream()
                        .mapToDouble(layout -> Bench.time(of.device(), () -> floor.run(layout)))
                        .toArray();
                if (i >= 0) {
                    timings.note(i, step, pass, update, forward, floors);
                }
            }
            report(model, timings, layouts, floor.flops(), peak);
        }
    }

    /** Milliseconds of each repeat. */
    private static final class Timings {
        final double[] step;
        final double[] pass;
        final double[] update;
        final double[] forward;
        final double[][] floors;

        Timings(int repeats, int layouts) {
            step = new double[repeats];
            pass = new double[repeats];
            update = new double[repeats];
            forward = new double[repeats];
            floors = new double[layouts][repeats];
        }

        void note(int i, double stepTime, double passTime, double updateTime, double forwardTime, double[] floorTimes) {
            step[i] = stepTime;
            pass[i] = passTime;
            update[i] = updateTime;
            forward[i] = forwardTime;
            for (int l = 0; l < floorTimes.length; l++) {
                floors[l][i] = floorTimes[l];
            }
        }
    }

    private void report(BenchModel model, Timings timings, List<Layout> layouts, double flops, long peak)
            throws Exception {
        PrintStream out = System.out;
        ParameterSpace space = model.theta().space();
        double floor = Double.POSITIVE_INFINITY;
        out.printf(
                Locale.ROOT,
                "%s, %s, %s noise, %,d parameters, %d x %d tokens, compute %s, noise kernel %s, %s, JDK %s%n",
                method.title(),
                model.shape(),
                noise.law,
                space.dimension(),
                model.rows(),
                model.tokens(),
                model.model().compute(),
                Machine.noiseKernel(),
                Bench.processor(of.device()),
                System.getProperty("java.version"));
        for (int l = 0; l < layouts.size(); l++) {
            double ms = Median.of(timings.floors[l]);
            out.printf(Locale.ROOT, "  products  %8.1f ms  %6.1f GFLOP/s  %s%n", ms, flops / ms / 1e6, layouts.get(l));
            floor = Math.min(floor, ms);
        }
        OptConfig config = model.config();
        long stageBytes = of.precision().bytes()
                        * (4L * config.hidden() * config.hidden() + 2L * config.hidden() * config.feedForward())
                + Float.BYTES * (9L * config.hidden() + config.feedForward());
        long thetaBytes = model.model().compute().bytes(space);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("step_ms", Median.of(timings.step));
        result.put("forward_ms", Median.of(timings.forward));
        result.put("pass_ms", Median.of(timings.pass));
        result.put("update_ms", Median.of(timings.update));
        result.put("floor_ms", floor);
        result.put("forwards", method.forwards());
        result.put("parameters", space.dimension());
        result.put("peak_bytes", peak);
        result.put("theta_bytes", thetaBytes);
        result.put("stage_bytes", stageBytes);
        double step = Median.of(timings.step);
        out.printf(
                Locale.ROOT,
                "  forwards  %8.1f ms  all %d, weights given%n  passes    %8.1f ms  the displaced points%n"
                        + "  update    %8.1f ms  of theta by one direction%n"
                        + "  step      %8.1f ms  = %.2f x the floor of %.1f ms (%.1f GFLOP of linear layers and head)%n"
                        + "  memory    %8d MB  at the peak, theta %d MB of it, a stage %d MB%n",
                Median.of(timings.forward),
                method.forwards(),
                Median.of(timings.pass),
                Median.of(timings.update),
                step,
                step / floor,
                floor,
                flops / 1e9,
                peak >> 20,
                thetaBytes >> 20,
                stageBytes >> 20);
        if (json) {
            out.println(new ObjectMapper().writeValueAsString(result));
        }
    }

    /** The products of one forward: q, k, v in one, out, up and down of each block, and the head at one position a row. */
    private static List<Product> products(ParameterSpace space, OptConfig config, int rows, int tokens) {
        List<Product> products = new ArrayList<>();
        int h = config.hidden();
        int f = config.feedForward();
        for (int layer = 0; layer < config.layers(); layer++) {
            String block = "model.decoder.layers." + layer + ".";
            products.add(new Product(space.indexOf(block + "self_attn.q_proj.weight"), 3 * h, h, rows * tokens));
            products.add(new Product(space.indexOf(block + "self_attn.out_proj.weight"), h, h, rows * tokens));
            products.add(new Product(space.indexOf(block + "fc1.weight"), f, h, rows * tokens));
            products.add(new Product(space.indexOf(block + "fc2.weight"), h, f, rows * tokens));
        }
        products.add(new Product(
                space.indexOf("model.decoder.embed_tokens.weight"), config.vocabulary(), config.embedding(), rows));
        return products;
    }
}
