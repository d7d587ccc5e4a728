package org.zolab.samples.pretrain;

import ai.djl.engine.Engine;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Trains the embedded model from nothing: documentation comments, byte pairs, then AdamW on next tokens.
 *
 * <pre>
 * mvn -pl samples -am -P pretrain -DskipTests verify
 * </pre>
 *
 * The one program here that uses backpropagation to make a model; everything ZoLab does with it afterwards does without.
 * Equal settings give equal text, pieces and batches; the loss repeats as far as torch's sums do.
 */
@Command(name = "pretrain", mixinStandardHelpOptions = true, description = "Trains the embedded model opt(\"nano\").")
public final class Pretrain implements Callable<Integer> {
    private static final long SEED = 20261125;
    private static final int REPLICAS = 2;
    private static final int POSITIONS = 256;

    @Option(names = "--corpus", required = true, description = "a folder of sources jars")
    private Path corpus = Path.of("");

    @Option(names = "--exclude", required = true, description = "a folder of sources jars no sentence of which is seen")
    private Path exclude = Path.of("");

    @Option(names = "--out", required = true, description = "where the Hugging Face folder goes")
    private Path out = Path.of("");

    @Option(names = "--steps", defaultValue = "2600", description = "optimiser steps (default: ${DEFAULT-VALUE})")
    private int steps;

    @Option(names = "--tokens", defaultValue = "2048", description = "tokens a step (default: ${DEFAULT-VALUE})")
    private int tokens;

    @Option(names = "--pieces", defaultValue = "4096", description = "vocabulary (default: ${DEFAULT-VALUE})")
    private int pieces;

    @Option(names = "--width", defaultValue = "192", description = "hidden size (default: ${DEFAULT-VALUE})")
    private int width;

    @Option(names = "--layers", defaultValue = "4", description = "blocks (default: ${DEFAULT-VALUE})")
    private int layers;

    @Option(names = "--heads", defaultValue = "6", description = "attention heads (default: ${DEFAULT-VALUE})")
    private int heads;

    @Option(names = "--lr", defaultValue = "2.5e-3", description = "peak learning rate (default: ${DEFAULT-VALUE})")
    private double learningRate;

    @Option(names = "--decay", defaultValue = "0.1", description = "weight decay (default: ${DEFAULT-VALUE})")
    private double decay;

    @Option(
            names = "--save-every",
            defaultValue = "250",
            description = "steps a checkpoint (default: ${DEFAULT-VALUE})")
    private int saveEvery;

    private double heldOutLoss = Double.NaN;

    public static void main(String[] args) {
        System.exit(new CommandLine(new Pretrain()).execute(args));
    }

    /** The loss on held-out pages at the end, nats a token. */
    public double heldOutLoss() {
        return heldOutLoss;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Locale.setDefault(Locale.ROOT);
        Corpus text = Corpus.read(corpus, Corpus.sentences(exclude));
        System.out.printf(
                "corpus: %d files, %.1f MB of text; held out: %d files, %.2f MB%n",
                text.train().size(), megabytes(text.train()), text.heldOut().size(), megabytes(text.heldOut()));
        BytePairs.learn(text.texts(), pieces).write(out);
        OptShape shape = new OptShape(pieces, POSITIONS, width, layers, heads);
        System.out.printf("model: %,d parameters%n", shape.parameters());
        System.setProperty("ai.djl.pytorch.num_threads", "1"); // a thread a replica, and equal sums on any machine
        try (HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.newInstance(out.resolve("tokenizer.json"));
                NDManager manager = Engine.getInstance().newBaseManager()) {
            Packing train = new Packing(text.train(), tokenizer);
            Packing heldOut = new Packing(text.heldOut(), tokenizer);
            System.out.printf("tokens: %,d to learn from, %,d held out%n", train.tokens(), heldOut.tokens());
            train(manager, shape, train, heldOut);
        }
        return 0;
    }

    private void train(NDManager manager, OptShape shape, Packing train, Packing heldOut)
            throws IOException, InterruptedException {
        TrainableOpt model = TrainableOpt.random(manager, shape, REPLICAS, SEED);
        long start = System.nanoTime();
        int epoch = 0;
        int[] row = train.epoch(SEED);
        int at = 0;
        double mean = 0;
        ExecutorService threads = Executors.newFixedThreadPool(REPLICAS);
        try {
            for (int step = 1; step <= steps; step++) {
                // one step in eight sees texts as long as the model reads
                int length = step % 8 == 0 ? POSITIONS : POSITIONS / 2;
                if (at + tokens + 1 > row.length) {
                    row = train.epoch(SEED + ++epoch);
                    at = 0;
                }
                List<Callable<Double>> parts = new ArrayList<>();
                for (TrainableOpt.Replica replica : model.replicas()) {
                    int[] part = Arrays.copyOfRange(row, at, at + tokens / REPLICAS + 1);
                    at += tokens / REPLICAS;
                    parts.add(() -> within(
                            manager, part, length, (ids, targets) -> replica.learn("next_token_loss", ids, targets)));
                }
                double loss = mean(threads.invokeAll(parts));
                mean = step == 1 ? loss : 0.98 * mean + 0.02 * loss;
                model.update(rate(step), decay);
                if (step % 50 == 0 || step == steps) {
                    double seconds = (System.nanoTime() - start) / 1e9;
                    System.out.printf(
                            "step %d  tokens %,d  epoch %d  loss %.3f  lr %.2e  %.0f s, %.0f s left%n",
                            step,
                            (long) step * tokens,
                            epoch,
                            mean,
                            rate(step),
                            seconds,
                            seconds / step * (steps - step));
                }
                if (step % saveEvery == 0 || step == steps) {
                    heldOutLoss = evaluate(threads, manager, model, heldOut);
                    System.out.printf("step %d  held-out loss %.4f%n", step, heldOutLoss);
                    HuggingFaceFolder.write(out, shape, model);
                }
            }
        } finally {
            threads.shutdown();
            model.close();
        }
    }

    private interface Work {
        double on(NDArray ids, NDArray targets);
    }

    /** Runs the work on one row of tokens and frees what it made. */
    private static double within(NDManager manager, int[] row, int length, Work work) {
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            Shape shape = new Shape((row.length - 1) / length, length);
            long[] ids = Arrays.stream(row).asLongStream().toArray();
            return work.on(
                    manager.create(Arrays.copyOf(ids, ids.length - 1), shape),
                    manager.create(Arrays.copyOfRange(ids, 1, ids.length), shape));
        }
    }

    private static double mean(List<Future<Double>> parts) throws InterruptedException {
        double sum = 0;
        for (Future<Double> part : parts) {
            try {
                sum += part.get();
            } catch (ExecutionException e) {
                throw new IllegalStateException("a step failed: " + e.getCause().getMessage(), e);
            }
        }
        return sum / parts.size();
    }

    /** Linear to the peak over the first twentieth, then half a cosine down to a twentieth of the peak. */
    private double rate(int step) {
        int warm = Math.max(1, steps / 20);
        if (step <= warm) {
            return learningRate * step / warm;
        }
        double progress = (step - warm) / (double) Math.max(1, steps - warm);
        return learningRate * (0.05 + 0.95 * 0.5 * (1 + Math.cos(Math.PI * progress)));
    }

    private double evaluate(ExecutorService threads, NDManager manager, TrainableOpt model, Packing heldOut)
            throws InterruptedException {
        int[] row = heldOut.epoch(SEED);
        int length = POSITIONS / 2;
        int size = Math.max(length, tokens / REPLICAS);
        List<Callable<Double>> parts = new ArrayList<>();
        for (int at = 0; at + size + 1 <= row.length; at += size) {
            int[] part = Arrays.copyOfRange(row, at, at + size + 1);
            parts.add(() ->
                    within(manager, part, length, (ids, targets) -> model.evaluate("next_token_loss", ids, targets)
                            .getFloat()));
        }
        return mean(threads.invokeAll(parts));
    }

    private static double megabytes(List<Corpus.Page> pages) {
        return pages.stream().mapToLong(Corpus.Page::characters).sum() / 1e6;
    }
}
