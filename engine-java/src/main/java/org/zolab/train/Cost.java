package org.zolab.train;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.zolab.diagnose.Memory;
import org.zolab.model.Compute;
import org.zolab.model.Family;
import org.zolab.model.Parametrization;
import org.zolab.model.Scope;
import org.zolab.model.Subset;
import org.zolab.model.TokenBatch;
import org.zolab.model.adapter.Lora;
import org.zolab.model.text.Tokenizer;
import org.zolab.objective.Objective;
import org.zolab.objective.OptionEncoder;
import org.zolab.probe.DifferentiableOracle;
import org.zolab.space.Numbers;
import org.zolab.space.ParameterSpace;
import org.zolab.space.Precision;
import org.zolab.task.Example;
import org.zolab.task.Kind;
import org.zolab.task.Split;
import org.zolab.tensor.LinearKernel;

/**
 * What a plan will cost, estimated before anything runs from a {@link Rehearsal} of its parts and from shapes.
 *
 * @param parameters  d, of what is trained
 * @param forwards    forward passes of the steps
 * @param evaluations examples that evaluations will score
 * @param bytes       resident memory at the peak; on a GPU, memory there
 * @param held        the part of {@code bytes} that the process holds already, which grows over a session
 * @param seconds     from start to end
 * @param notes       remarks to read before it runs
 */
public record Cost(
        long parameters, long forwards, long evaluations, long bytes, long held, double seconds, List<String> notes) {

    /** Bytes of a run besides vectors and scratch: tokenizer, programs, young objects; measured on the embedded model. */
    private static final long RUN_BYTES = 48L << 20;
    /** Bytes that a block takes for each token and each number of its width: its input, queries, keys, values, both sides of its net. */
    private static final long ACTIVATIONS = 20L * Float.BYTES;

    /** The most examples whose lengths are looked at to rehearse a batch of typical lengths. */
    private static final int LOOKED_AT = 1000;

    /** Extra seconds of a process's first run, for compiling its code and PyTorch's first batches; measured on the embedded model. */
    private static final double STARTS = 2.5;
    /** The relative error of slopes above which a plan has a note about it. */
    private static final double LARGE = 0.1;

    public Cost {
        notes = List.copyOf(notes);
    }

    static Cost of(Plan plan, LanguageSubject subject) {
        Parametrization trained = subject.tune().of(subject.model().family());
        Family family = trained.family();
        List<Example> train = subject.task().examples(Split.TRAIN);
        List<Example> sample;
        TokenBatch batch;
        try (Tokenizer tokenizer = subject.model().tokenizer()) {
            OptionEncoder encoder = new OptionEncoder(subject.name(), tokenizer, family, subject.maxLength());
            sample = spread(
                    spread(train, Math.min(LOOKED_AT, train.size())).stream()
                            .sorted(Comparator.comparingInt(encoder::length))
                            .toList(),
                    subject.batched());
            batch = (subject.objective() == Loss.ANSWERS || subject.task().kind() == Kind.GENERATION
                            ? encoder.answers(sample)
                            : encoder.options(sample))
                    .batch();
        }
        long evaluated = evaluations(plan) * subject.looked(Split.DEV).size()
                + 2L * subject.looked(Split.TEST).size();

        long d = trained.space().dimension();
        int layers = family.size().layers();
        int below = Math.min(layers, Math.max(0, trained.fixed() - 1)); // blocks that are computed once for a batch
        Rehearsal took = Rehearsal.of(
                family,
                below == 0 ? subject.tune() : new Subset.Full(),
                subject.compute(),
                batch,
                plan.sampler().law().noise());
        double step = step(plan, took, layers, below, d)
                + plan.rule().seconds(trained.space(), subject.compute().threads());
        Written written = Written.of(plan, subject, trained);
        double seconds = STARTS
                + (plan.forwards(0) + (plan.sampler().differentiates() ? DifferentiableOracle.FORWARDS - 1 : 0))
                        * took.side().of(layers - below)
                + plan.steps() * step
                + evaluated * took.plain().of(layers) / sample.size()
                + written.times() * family.space().dimension() * took.move();
        Precision linear = subject.compute().precision();
        long stage = family.stages().stream()
                .mapToLong(each ->
                        each.products() * (each.linear().findAny().isPresent() ? linear : Precision.FP32).bytes())
                .max()
                .orElse(0);
        // the timings have loaded libtorch, so the process is what it will be, but for the model
        long held = subject.compute().device().isGpu() ? 0 : Memory.resident();
        long bytes = (held == 0 ? 0 : held + RUN_BYTES)
                + ACTIVATIONS
                        * family.size().attended()
                        * took.states()
                        * (Math.max(2L, Objective.CHUNK / sample.size()) + (exact(plan) ? layers : 0))
                + subject.compute().bytes(family.space())
                + kept(plan, trained.space(), subject.compute().threads())
                + written.bytes()
                + trained.bytesBeside()
                + 2 * stage;
        return new Cost(
                d,
                plan.forwards(),
                evaluated,
                bytes,
                held,
                seconds,
                notes(plan, subject, family, took.states(), bytes));
    }

    /**
     * The model's whole weights, which are written once for everything that is generated at a point.
     *
     * @param bytes how large they are
     * @param times how often they are written in a run: in each evaluation, unless they are read as they are kept, and at each point if the
     *     objective is a score of what is generated
     */
    record Written(long bytes, long times) {
        static Written of(Plan plan, LanguageSubject subject, Parametrization trained) {
            if (subject.task().kind() != Kind.GENERATION) {
                return new Written(0, 0);
            }
            long evaluated = trained.bytesToGenerate(subject.compute(), false);
            long evaluations = evaluations(plan) + (subject.looked(Split.TEST).isEmpty() ? 0 : 2);
            long points = subject.objective().writes(subject.task().kind()) ? plan.forwards() : 0;
            return new Written(
                    points > 0 ? trained.bytesToGenerate(subject.compute(), true) : evaluated,
                    points + (evaluated > 0 ? evaluations : 0));
        }
    }

    /** How often dev is scored: before the first step, at intervals, and after the last step. */
    private static long evaluations(Plan plan) {
        return 1 + (plan.steps() + plan.evaluateEvery() - 1L) / plan.evaluateEvery();
    }

    /** Whether a sampler, an estimator or an instrument asks for exact gradients. */
    private static boolean exact(Plan plan) {
        return plan.sampler().differentiates()
                || plan.estimator().differentiates()
                || plan.instruments().stream().anyMatch(now -> now.instrument().differentiates());
    }

    /**
     * Bytes that the parts of a plan keep besides θ: vectors of the sampler, the rule and an instrument, what a step of the rule takes, what
     * the law keeps for each estimate that is kept, and for exact gradients one vector and another for each thread, and the gradient itself if
     * the sampler or the estimator asks for it.
     */
    static long kept(Plan plan, ParameterSpace space, int threads) {
        int readings = plan.instruments().stream()
                .mapToInt(now -> now.instrument().keptVectors())
                .max()
                .orElse(0);
        int gradient = (exact(plan) ? 1 + threads : 0)
                + (plan.sampler().differentiates() || plan.estimator().differentiates() ? 1 : 0);
        long estimates = plan.rule().remembers() ? plan.rule().estimates() : 1;
        return space.dimension()
                        * (plan.sampler().keptBytes()
                                + (long) Float.BYTES * (plan.rule().keptVectors() + readings + gradient))
                + plan.rule().bytes(space)
                + plan.sampler().law().keptBytes(space) * estimates;
    }

    /** How many more forward passes a step takes the time of than are counted: those of instruments, and the rest of an estimator's gradient. */
    static double uncounted(Plan plan) {
        double readings = plan.instruments().stream()
                .mapToDouble(now -> now.instrument().forwards(plan.estimator().directions()) / now.every())
                .sum();
        return readings + (plan.estimator().differentiates() ? DifferentiableOracle.FORWARDS - 1 : 0);
    }

    /**
     * Seconds of one step: its forward passes, those of its instruments, and moving θ, by every estimate that the rule reads.
     *
     * @param below how many of the {@code layers} blocks are computed once for a batch
     * @param d     how many parameters are trained
     */
    static double step(Plan plan, Rehearsal took, int layers, int below, long d) {
        int directions = plan.estimator().directions();
        double own = Math.max(0, directions - plan.estimator().forwards() / 2.0); // of points that share none
        int kept = plan.sampler().keptVectors();
        return plan.batches()
                        * ((plan.estimator().forwards() + plan.rule().forwards())
                                        * took.side().of(layers - below)
                                + uncounted(plan) * took.side().of(layers)
                                + took.plain().block() * below
                                + own * d * took.move())
                + d
                        * took.move()
                        * ((kept == 0 ? directions : 1 + kept * directions)
                                + (plan.rule().estimates() - 1) * directions);
    }

    /**
     * ε times the relative error that rounding to bf16 makes in slopes, on the embedded model and its task; the error goes as 1/ε from 1e-4 to
     * 1e-2. What is trained decides how large slopes are, and hardly how far they are off. The samples' PrecisionNumbers measures it.
     */
    private static double bf16Error(Scope scope) {
        return scope instanceof Lora ? 1e-3 : scope instanceof Subset.BitFit ? 1.6e-4 : 6e-5;
    }

    /** Remarks: too little memory, a batch of all there is, seldom evaluations, a random head, and slow products or large errors in bf16. */
    private static List<String> notes(Plan plan, LanguageSubject subject, Family family, long tokens, long bytes) {
        List<String> notes = new ArrayList<>(plan.notes());
        if (!subject.compute().device().isGpu()) {
            tooMuch(bytes, Memory.resident() + Memory.available()).ifPresent(notes::add);
        }
        if (subject.batched() < subject.batch()) {
            notes.add(String.format(
                    Locale.ROOT,
                    "batch %,d is more than the %,d examples to learn from, so each step sees all of these once",
                    subject.batch(),
                    subject.batched()));
        }
        seldom(plan).ifPresent(notes::add);
        if (family.space().tensors().stream()
                .anyMatch(tensor -> family.begins(tensor).isPresent())) {
            notes.add("what the model's files do not hold of a head of " + family.outcomes()
                    + " classes is drawn by the seed, " + plan.seed());
        }
        if (subject.objective().writes(subject.task().kind())) {
            notes.add(
                    "objective negatedF1 writes an answer to every prompt of a batch at every point, of up to 50 tokens; the time counts a"
                            + " forward over each, and not what is written token by token");
        }
        Compute compute = subject.compute();
        compute.device()
                .gpu()
                .ifPresent(gpu -> notes.add(String.format(
                        Locale.ROOT,
                        "memory is that of %s, of which %,d MB are free",
                        compute.device(),
                        gpu.memory().free() >> 20)));
        if (compute.precision() == Precision.BF16) {
            if (!compute.device().isGpu()) {
                slower(compute, family, tokens).ifPresent(notes::add);
            }
            double epsilon = plan.estimator().epsilon();
            double error = bf16Error(subject.tune()) / epsilon;
            if (error > LARGE) {
                notes.add(Numbers.plain(String.format(
                        Locale.ROOT,
                        "epsilon %.0e is small for precision = bf16: slopes measured so are off by about %.0f %% of their size"
                                + " (as measured on opt(\"nano\") and apidocs; less as 1/epsilon); take a larger one, or precision = fp32",
                        epsilon,
                        100 * error)));
            }
        }
        return notes;
    }

    /** A note if a run takes more memory than there is. */
    static Optional<String> tooMuch(long bytes, long there) {
        return bytes <= there
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "memory is more than the %,d MB that this machine has for the run now; take a smaller batch, a smaller"
                                + " maxLength or theta = bf16, or end what else runs here",
                        there >> 20));
    }

    /** A note if there is no evaluation between the first step and the last. */
    static Optional<String> seldom(Plan plan) {
        return plan.evaluateEvery() <= plan.steps()
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "evaluateEvery %,d is more than the %,d steps, so dev is looked at before the first and after the last only",
                        plan.evaluateEvery(),
                        plan.steps()));
    }

    /** A note if products in bf16 are slower than in single precision. */
    private static Optional<String> slower(Compute compute, Family family, long tokens) {
        double rate = gemmRate(compute, family, tokens);
        double other = gemmRate(Compute.ofMachine(Home.cache()), family, tokens);
        return rate >= other
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "linear layers run at %.0f GFLOP/s a core in bf16 here, and at %.0f in fp32; precision = fp32 is faster",
                        rate,
                        other));
    }

    /** {@code count} of the examples, evenly spread: each from the middle of its share. */
    private static List<Example> spread(List<Example> examples, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> examples.get((int) ((2L * i + 1) * examples.size() / (2L * count))))
                .toList();
    }

    private static double gemmRate(Compute compute, Family family, long tokens) {
        List<Integer> shape = family.stages().stream()
                .flatMap(stage -> stage.linear().boxed())
                .map(tensor -> family.space().tensor(tensor).shape())
                .reduce((first, second) -> second)
                .orElseThrow();
        int rows = (int) Math.max(1, Math.min(512, tokens / compute.threads()));
        return LinearKernel.gigaflops(rows, shape.get(1), shape.get(0), compute.precision())[
                compute.linear().ordinal()];
    }

    /** As a small table. */
    @Override
    public String toString() {
        return String.format(
                        Locale.ROOT,
                        "parameters   %,d%nforwards     %,d%nevaluations  %,d examples%nmemory       %,d MB%s%ntime         %s%n",
                        parameters,
                        forwards,
                        evaluations,
                        bytes - held >> 20,
                        held == 0
                                ? ""
                                : String.format(
                                        Locale.ROOT, ", beside %,d MB that this process holds already", held >> 20),
                        seconds < 90
                                ? String.format(Locale.ROOT, "%.0f s", seconds)
                                : seconds < 90 * 60
                                        ? String.format(Locale.ROOT, "%.1f min", seconds / 60)
                                        : String.format(Locale.ROOT, "%,.1f h", seconds / 3600))
                + notes.stream().map(note -> "note         " + note + "\n").collect(Collectors.joining());
    }
}
