package org.zolab.samples.pretrain;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.zolab.model.Compute;
import org.zolab.model.LanguageModel;
import org.zolab.model.text.Tokenizer;
import org.zolab.model.weights.ModelFiles;
import org.zolab.objective.AnswerLikelihood;
import org.zolab.objective.DifferentiableLoss;
import org.zolab.objective.EncodedOptions;
import org.zolab.space.ParameterVector;
import org.zolab.tensor.LinearKernel;
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
    /** Always two threads: equal sums on any machine. */
    private static final Compute COMPUTE = new Compute(LinearKernel.ATEN, 2);

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
        try (Tokenizer tokenizer = Tokenizer.load(ModelFiles.folder(out));
                LanguageModel model = model(shape, tokenizer)) {
            Packing train = new Packing(text.train(), tokenizer);
            Packing heldOut = new Packing(text.heldOut(), tokenizer);
            System.out.printf("tokens: %,d to learn from, %,d held out%n", train.tokens(), heldOut.tokens());
            train(model, shape, train, heldOut);
        }
        return 0;
    }

    /** A model at random: normal with deviation 0.02, what is added to the residual stream less by 1/√(2 layers). */
    private static LanguageModel model(OptShape shape, Tokenizer tokenizer) {
        Random random = new Random(SEED);
        Map<String, float[]> values = new HashMap<>();
        shape.tensors().forEach((name, extents) -> {
            float[] tensor = new float[(int) Arrays.stream(extents).reduce(1, (a, b) -> a * b)];
            if (name.endsWith("layer_norm.weight")) {
                Arrays.fill(tensor, 1);
            } else if (extents.length == 2) {
                boolean added = name.contains("out_proj") || name.contains("fc2");
                double deviation = added ? 0.02 / Math.sqrt(2.0 * shape.layers()) : 0.02;
                for (int i = 0; i < tensor.length; i++) {
                    tensor[i] = (float) (deviation * random.nextGaussian());
                }
            }
            values.put(name, tensor);
        });
        return new LanguageModel(
                "pretrained",
                shape.family(),
                tokenizer,
                COMPUTE,
                (tensor, into) -> into.write(0, values.get(tensor.name()), 0, tensor.size()));
    }

    private void train(LanguageModel model, OptShape shape, Packing train, Packing heldOut) throws IOException {
        AnswerLikelihood likelihood = new AnswerLikelihood(model, POSITIONS);
        ParameterVector theta = model.parameters();
        AdamW rule = new AdamW(theta, decay);
        long start = System.nanoTime();
        int epoch = 0;
        int[] row = train.epoch(SEED);
        int at = 0;
        double mean = 0;
        for (int step = 1; step <= steps; step++) {
            // one step in eight sees texts as long as the model reads
            int length = step % 8 == 0 ? POSITIONS : POSITIONS / 2;
            if (at + tokens + 1 > row.length) {
                row = train.epoch(SEED + ++epoch);
                at = 0;
            }
            try (DifferentiableLoss f = likelihood.on(texts(row, at, tokens / length, length))) {
                double loss = f.gradient(theta.here(), rule.gradient());
                mean = step == 1 ? loss : 0.98 * mean + 0.02 * loss;
            }
            at += tokens;
            rule.step(rate(step));
            if (step % 50 == 0 || step == steps) {
                double seconds = (System.nanoTime() - start) / 1e9;
                System.out.printf(
                        "step %d  tokens %,d  epoch %d  loss %.3f  lr %.2e  %.0f s, %.0f s left%n",
                        step, (long) step * tokens, epoch, mean, rate(step), seconds, seconds / step * (steps - step));
            }
            if (step % saveEvery == 0 || step == steps) {
                heldOutLoss = evaluate(likelihood, theta, heldOut);
                System.out.printf("step %d  held-out loss %.4f%n", step, heldOutLoss);
                HuggingFaceFolder.write(out, shape, theta);
            }
        }
    }

    /** Tokens as texts of one length, of each of which every token after the first is predicted. */
    private static EncodedOptions texts(int[] row, int from, int count, int length) {
        return EncodedOptions.ofTokens(IntStream.range(0, count)
                .mapToObj(i -> Arrays.copyOfRange(row, from + i * length, from + (i + 1) * length + 1))
                .map(ids -> List.of(new EncodedOptions.Tokens(ids, length)))
                .toList());
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

    private static double evaluate(AnswerLikelihood likelihood, ParameterVector theta, Packing heldOut) {
        int[] row = heldOut.epoch(SEED);
        int length = POSITIONS / 2;
        int together = 8;
        return IntStream.range(0, (row.length - 1) / (together * length))
                .mapToDouble(i -> {
                    try (DifferentiableLoss f = likelihood.on(texts(row, i * together * length, together, length))) {
                        return f.at(theta.here());
                    }
                })
                .average()
                .orElseThrow();
    }

    private static double megabytes(List<Corpus.Page> pages) {
        return pages.stream().mapToLong(Corpus.Page::characters).sum() / 1e6;
    }
}
