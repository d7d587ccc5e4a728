package org.zolab.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.zolab.diagnose.Memory;
import org.zolab.model.Compute;
import org.zolab.model.LanguageModel;
import org.zolab.model.PreparedBatch;
import org.zolab.model.TokenBatch;
import org.zolab.model.opt.OptConfig;
import org.zolab.model.opt.OptFamily;
import org.zolab.probe.LossOracle;
import org.zolab.space.Direction;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterVector;
import org.zolab.space.Precision;
import org.zolab.tensor.Device;
import org.zolab.train.Home;

/** A model of a published shape with random weights, and one batch whose rows are scored at their last token. */
final class BenchModel implements AutoCloseable {

    private static final Map<String, OptConfig> SHAPES = new TreeMap<>(Map.of(
            "opt-125m", new OptConfig(50272, 2048, 768, 12, 12, 3072, 768, true, true),
            "opt-1.3b", new OptConfig(50272, 2048, 2048, 32, 24, 8192, 2048, true, true),
            "nano", new OptConfig(4096, 256, 192, 6, 4, 768, 192, true, true)));

    private final String shape;
    private final OptConfig config;
    private final int rows;
    private final int tokens;
    private final LanguageModel model;
    private final PreparedBatch batch;
    private final Device device;
    private final long free; // bytes of a GPU before there was a model

    /**
     * Makes it.
     *
     * @param shape opt-125m, opt-1.3b, nano or HEADSxLAYERS
     * @param batch ROWSxTOKENS
     * @param precision of products
     * @param theta of the weights
     * @param device where it is
     */
    BenchModel(String shape, String batch, Precision precision, Precision theta, Device device) {
        this.device = device;
        this.free = device.gpu().map(gpu -> gpu.memory().free()).orElse(0L);
        OptConfig named = named(shape);
        if (!batch.matches("[1-9]\\d{0,4}x[1-9]\\d{0,4}")) {
            throw new IllegalArgumentException("batch is not ROWSxTOKENS, such as 16x40: " + batch);
        }
        this.shape = shape;
        this.config = named;
        this.rows = Integer.parseInt(batch.substring(0, batch.indexOf('x')));
        this.tokens = Integer.parseInt(batch.substring(batch.indexOf('x') + 1));
        this.model = LanguageModel.withoutText(
                shape, new OptFamily(config), Compute.on(device, Home.cache(), precision, theta));
        this.batch = model.prepare(randomBatch());
        randomWeights(model.parameters());
    }

    private static OptConfig named(String shape) {
        OptConfig named = SHAPES.get(shape);
        if (named != null) {
            return named;
        }
        if (!shape.matches("[1-9]\\d{0,2}x[1-9]\\d{0,2}")) {
            throw new IllegalArgumentException("shape is not one of " + SHAPES.keySet() + ": " + shape
                    + "; HEADSxLAYERS, such as 8x12, makes one with heads of 64 numbers and 8192 tokens");
        }
        int hidden = 64 * Integer.parseInt(shape.substring(0, shape.indexOf('x')));
        int layers = Integer.parseInt(shape.substring(shape.indexOf('x') + 1));
        return new OptConfig(8192, 2048, hidden, hidden / 64, layers, 4 * hidden, hidden, true, true);
    }

    String shape() {
        return shape;
    }

    OptConfig config() {
        return config;
    }

    int rows() {
        return rows;
    }

    int tokens() {
        return tokens;
    }

    LanguageModel model() {
        return model;
    }

    ParameterVector theta() {
        return model.parameters();
    }

    /** The most bytes of the process so far, or those of a GPU that were free before there was a model; PyTorch gives nothing back there. */
    long peak() {
        return device.gpu().map(gpu -> free - gpu.memory().free()).orElseGet(Memory::peak);
    }

    /** −log p of each row's last token, averaged. */
    LossOracle loss() {
        return points -> Arrays.stream(model.scores(points, batch))
                .mapToDouble(scores -> -mean(scores))
                .toArray();
    }

    private TokenBatch randomBatch() {
        Random random = new Random(5);
        List<int[]> ids = new ArrayList<>();
        List<TokenBatch.Scored> scored = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            ids.add(random.ints(tokens, 0, config.vocabulary()).toArray());
            scored.add(new TokenBatch.Scored(row, tokens - 1, random.nextInt(config.vocabulary())));
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

    @Override
    public void close() {
        batch.close();
        model.close();
    }
}
