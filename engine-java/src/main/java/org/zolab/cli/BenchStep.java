package org.zolab.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import org.zolab.cli.GemmFloor.Layout;
import org.zolab.cli.GemmFloor.Product;
import org.zolab.diagnose.Machine;
import org.zolab.diagnose.Memory;
import org.zolab.estimator.CentralDifference;
import org.zolab.model.Compute;
import org.zolab.model.LanguageModel;
import org.zolab.model.PreparedBatch;
import org.zolab.model.TokenBatch;
import org.zolab.model.opt.OptConfig;
import org.zolab.model.opt.OptFamily;
import org.zolab.probe.LossOracle;
import org.zolab.sampler.DirectionLaw;
import org.zolab.sampler.Isotropic;
import org.zolab.space.Direction;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.tensor.TorchStorage;
import org.zolab.train.Home;
import org.zolab.train.ZerothOrder;
import org.zolab.update.Sgd;
import picocli.CommandLine;

/**
 * One two-sided step on random weights of a model's shape, beside its floor: the step's own matrix products, same shapes and counts,
 * through the faster kernel at its best thread layout. All timings are interleaved; medians are printed.
 */
@CommandLine.Command(
        name = "step",
        description = "A MeZO step on random weights of a shape, beside the matrix products that it cannot do without.",
        mixinStandardHelpOptions = true)
final class BenchStep implements Callable<Integer> {

    private static final Map<String, OptConfig> SHAPES = Map.of(
            "opt-125m", new OptConfig(50272, 2048, 768, 12, 12, 3072, 768, true, true),
            "opt-1.3b", new OptConfig(50272, 2048, 2048, 32, 24, 8192, 2048, true, true),
            "nano", new OptConfig(4096, 256, 192, 6, 4, 768, 192, true, true));

    @CommandLine.Option(
            names = "--shape",
            defaultValue = "opt-125m",
            description = "opt-125m, opt-1.3b or nano; default: ${DEFAULT-VALUE}")
    private String shape = "";

    @CommandLine.Option(
            names = "--batch",
            defaultValue = "16x40",
            description = "ROWSxTOKENS; default: ${DEFAULT-VALUE}")
    private String batch = "";

    @CommandLine.Option(names = "--repeats", defaultValue = "7", description = "default: ${DEFAULT-VALUE}")
    private int repeats;

    @CommandLine.Option(names = "--json", description = "end with one JSON object")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        OptConfig config = SHAPES.get(shape);
        if (config == null) {
            throw new IllegalArgumentException(
                    "shape is not one of " + SHAPES.keySet().stream().sorted().toList() + ": " + shape);
        }
        if (!batch.matches("[1-9]\\d{0,4}x[1-9]\\d{0,4}")) {
            throw new IllegalArgumentException("batch is not ROWSxTOKENS, such as 16x40: " + batch);
        }
        if (!(repeats > 0)) {
            throw new IllegalArgumentException("repeats is not strictly positive: " + repeats);
        }
        int rows = Integer.parseInt(batch.substring(0, batch.indexOf('x')));
        int tokens = Integer.parseInt(batch.substring(batch.indexOf('x') + 1));
        OptFamily family = new OptFamily(config);
        Compute compute = Compute.ofMachine(Home.cache());
        try (LanguageModel model = LanguageModel.withoutText(shape, family, compute);
                PreparedBatch prepared = model.prepare(randomBatch(rows, tokens, config.vocabulary()))) {
            randomWeights(model.parameters());
            measure(model, config, prepared, rows, tokens);
        }
        return 0;
    }

    private void measure(LanguageModel model, OptConfig config, PreparedBatch prepared, int rows, int tokens)
            throws Exception {
        ParameterVector theta = model.parameters();
        LossOracle f = points -> Arrays.stream(model.scores(points, prepared))
                .mapToDouble(scores -> -mean(scores))
                .toArray();
        ZerothOrder mezo = new ZerothOrder(
                new Isotropic.Config(DirectionLaw.GAUSSIAN).create(theta),
                new CentralDifference(1e-3),
                new Sgd().create(theta),
                t -> 1e-9,
                1);
        mezo.step(0, f, theta);
        mezo.step(1, f, theta);
        long peak = Memory.peak(); // before the floor, which is no part of a step, takes any
        List<Layout> layouts = GemmFloor.layouts();
        Timings timings = new Timings(repeats, layouts.size());
        try (GemmFloor floor = new GemmFloor(
                ((TorchStorage) theta.storage()).flat(),
                products(theta.space(), config, rows, tokens),
                model.compute().threads())) {
            for (int i = -1; i < repeats; i++) {
                int t = i + 3;
                long passes = model.passNanos();
                double step = time(() -> mezo.step(t, f, theta));
                double pass = (model.passNanos() - passes) / 1e6;
                double update = time(() -> theta.move(Direction.noise(new NoiseKey(2, t, 0), Law.GAUSSIAN), 1e-12));
                double forward = time(() -> f.at(List.of(theta.here(), theta.here())));
                double[] floors = layouts.stream()
                        .mapToDouble(layout -> time(() -> floor.run(layout)))
                        .toArray();
                if (i >= 0) {
                    timings.note(i, step, pass, update, forward, floors);
                }
            }
            report(model, config, rows, tokens, timings, floor.flops(), peak);
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

    private void report(
            LanguageModel model, OptConfig config, int rows, int tokens, Timings timings, double flops, long peak)
            throws Exception {
        PrintStream out = System.out;
        ParameterSpace space = model.parameters().space();
        List<Layout> layouts = GemmFloor.layouts();
        double floor = Double.POSITIVE_INFINITY;
        out.printf(
                Locale.ROOT,
                "%s, %,d parameters, fp32, %d x %d tokens, compute %s, noise %s, %s, JDK %s%n",
                shape,
                space.dimension(),
                rows,
                tokens,
                model.compute(),
                Machine.noiseKernel(),
                Machine.processor(),
                System.getProperty("java.version"));
        for (int l = 0; l < layouts.size(); l++) {
            double ms = Bench.median(timings.floors[l]);
            out.printf(Locale.ROOT, "  products  %8.1f ms  %6.1f GFLOP/s  %s%n", ms, flops / ms / 1e6, layouts.get(l));
            floor = Math.min(floor, ms);
        }
        long stageBytes = Float.BYTES
                * (4L * config.hidden() * config.hidden()
                        + 2L * config.hidden() * config.feedForward()
                        + 9L * config.hidden()
                        + config.feedForward());
        long thetaBytes = Float.BYTES * space.dimension();
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("step_ms", Bench.median(timings.step));
        result.put("forward_ms", Bench.median(timings.forward));
        result.put("pass_ms", Bench.median(timings.pass));
        result.put("update_ms", Bench.median(timings.update));
        result.put("floor_ms", floor);
        result.put("peak_bytes", peak);
        result.put("theta_bytes", thetaBytes);
        result.put("stage_bytes", stageBytes);
        double step = Bench.median(timings.step);
        out.printf(
                Locale.ROOT,
                "  forwards  %8.1f ms  both, weights given%n  passes    %8.1f ms  two displaced points%n  update    %8.1f ms%n"
                        + "  step      %8.1f ms  = %.2f x the floor of %.1f ms (%.1f GFLOP of linear layers and head)%n"
                        + "  memory    %8d MB  at the peak, theta %d MB of it, a stage %d MB%n",
                Bench.median(timings.forward),
                Bench.median(timings.pass),
                Bench.median(timings.update),
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
            products.add(new Product(offset(space, block + "self_attn.q_proj.weight"), 3 * h, h, rows * tokens));
            products.add(new Product(offset(space, block + "self_attn.out_proj.weight"), h, h, rows * tokens));
            products.add(new Product(offset(space, block + "fc1.weight"), f, h, rows * tokens));
            products.add(new Product(offset(space, block + "fc2.weight"), h, f, rows * tokens));
        }
        products.add(new Product(
                offset(space, "model.decoder.embed_tokens.weight"), config.vocabulary(), config.embedding(), rows));
        return products;
    }

    private static long offset(ParameterSpace space, String name) {
        return space.tensor(space.indexOf(name)).offset();
    }

    private static TokenBatch randomBatch(int rows, int tokens, int vocabulary) {
        Random random = new Random(5);
        List<int[]> ids = new ArrayList<>();
        List<TokenBatch.Scored> scored = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            ids.add(random.ints(tokens, 0, vocabulary).toArray());
            scored.add(new TokenBatch.Scored(row, tokens - 1, random.nextInt(vocabulary)));
        }
        return new TokenBatch(ids, scored);
    }

    /** N(0, 0.02²), and norms of gain 1. */
    private static void randomWeights(ParameterVector theta) {
        theta.move(Direction.noise(new NoiseKey(999, 0, 0), Law.GAUSSIAN), 0.02);
        theta.set((tensor, values) -> {
            if (tensor.name().endsWith("layer_norm.weight")) {
                for (int i = 0; i < tensor.size(); i++) {
                    values.put(i, 1);
                }
            }
        });
    }

    private static double mean(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    private static double time(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e6;
    }
}
