package org.zolab.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.zolab.diagnose.Memory;
import org.zolab.model.Compute;
import org.zolab.model.Family;
import org.zolab.model.Parametrization;
import org.zolab.model.Scope;
import org.zolab.model.Subset;
import org.zolab.model.adapter.Lora;
import org.zolab.model.text.Tokenizer;
import org.zolab.space.Direction;
import org.zolab.space.Law;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.space.Precision;
import org.zolab.space.Storage;
import org.zolab.task.Example;
import org.zolab.task.Split;
import org.zolab.tensor.LinearKernel;

/**
 * What a plan will cost, before anything runs: arithmetic over shapes and two short timings of this machine.
 *
 * @param parameters  d, of what is trained
 * @param forwards    forward passes of the steps
 * @param evaluations examples that are scored in evaluations
 * @param bytes       resident memory at the peak
 * @param seconds     from start to end
 * @param notes       what to think of before it runs
 */
public record Estimate(
        long parameters, long forwards, long evaluations, long bytes, double seconds, List<String> notes) {

    /** What a run takes beside vectors and scratch: tokenizer, programs, activations, young objects; measured on the embedded model. */
    private static final long RUN_BYTES = 48L << 20;
    /** What a stage costs beside its matrix products: calls, norms, hand-overs between threads. */
    private static final double SECONDS_PER_STAGE = 4e-4;
    /**
     * ε times the error of slopes by rounding in bf16, as a share of their size, on the embedded model and its task; it goes as 1/ε from 1e-4 to 1e-2.
     * What is trained decides how large slopes are, and hardly how far they are off. The samples' PrecisionNumbers measures it.
     */
    private static double bf16Error(Scope scope) {
        return scope instanceof Lora ? 1e-3 : scope instanceof Subset.BitFit ? 1.6e-4 : 6e-5;
    }

    /** Examples whose lengths are counted. */
    private static final int SAMPLE = 64;

    /** Above which error of its slopes, as a share of their size, a plan says so. */
    private static final double LARGE = 0.1;

    public Estimate {
        notes = List.copyOf(notes);
    }

    static Estimate of(Plan plan, LanguageSubject subject) {
        Parametrization trained = subject.tune().of(subject.model().family());
        Family family = trained.family();
        List<Example> train = subject.task().examples(Split.TRAIN);
        long rows = 0;
        double tokens = 0;
        List<Example> sample = train.subList(0, Math.min(SAMPLE, train.size()));
        try (Tokenizer tokenizer = subject.model().tokenizer()) {
            for (Example example : sample) {
                tokens += tokenizer.encode(example.prompt()).length;
                boolean shared =
                        example.options().stream().allMatch(option -> tokenizer.encodePlain(option).length == 1);
                rows += shared ? 1 : example.options().size();
            }
        }
        long length = Math.round(tokens / sample.size()) + family.lead();
        double rowsPerExample = (double) rows / sample.size();
        long batchRows = Math.max(1, Math.round(subject.batch() * rowsPerExample));
        long forwards = plan.forwards();
        long evaluated = (long) (plan.steps() / plan.evaluateEvery() + 1)
                        * subject.looked(Split.DEV).size()
                + 2L * subject.looked(Split.TEST).size();

        long d = trained.space().dimension();
        double flops = family.flops(batchRows, length, batchRows);
        double below = family.flopsBelow(trained.fixed(), batchRows, length); // once for a batch
        double rate = 1e9
                * subject.arithmetic().threads()
                * gemmRate(subject.arithmetic(), subject.model().family(), batchRows * length);
        double passRate = passRate();
        double forward = (flops - below) / rate + family.stages().size() * SECONDS_PER_STAGE + d / passRate;
        double update = d
                / passRate
                * (1 + plan.sampler().keptVectors() * plan.estimator().directions());
        double evaluation = family.flops(1, length, 1) * rowsPerExample / rate * 1.2;
        double seconds = forwards * forward
                + plan.steps() * (update + plan.batches() * below / rate)
                + evaluated * evaluation
                + 1;
        Precision linear = subject.arithmetic().precision();
        long stage = family.stages().stream()
                .mapToLong(each ->
                        each.products() * (each.linear().findAny().isPresent() ? linear : Precision.FP32).bytes())
                .max()
                .orElse(0);
        // the timings have loaded libtorch, so the process is what it will be, but for the model
        long bytes = Memory.resident()
                + RUN_BYTES
                + subject.arithmetic().bytes(family.space())
                + d
                        * (plan.sampler().keptBytes()
                                + (long) Float.BYTES * plan.rule().keptVectors())
                + trained.bytesBeside()
                + 2 * stage;
        return new Estimate(d, forwards, evaluated, bytes, seconds, notes(plan, subject, family, batchRows * length));
    }

    /** Where products in bf16 are slower than in single precision, or their rounding is large beside what ε makes of the losses. */
    private static List<String> notes(Plan plan, LanguageSubject subject, Family family, long tokens) {
        List<String> notes = new ArrayList<>();
        Compute compute = subject.arithmetic();
        if (compute.precision() == Precision.BF16) {
            Compute single = Compute.ofMachine(Home.cache());
            double rate = gemmRate(compute, family, tokens);
            double other = gemmRate(single, family, tokens);
            if (rate < other) {
                notes.add(String.format(
                        Locale.ROOT,
                        "linear layers run at %.0f GFLOP/s a core in bf16 here, and at %.0f in fp32; precision = fp32 is faster",
                        rate,
                        other));
            }
            double epsilon = plan.estimator().epsilon();
            double error = bf16Error(subject.tune()) / epsilon;
            if (error > LARGE) {
                notes.add(String.format(
                        Locale.ROOT,
                        "epsilon %.0e is small for precision = bf16: slopes measured so are off by about %.0f %% of their size"
                                + " (as measured on opt(\"nano\") and apidocs; less as 1/epsilon); take a larger one, or precision = fp32",
                        epsilon,
                        100 * error));
            }
        }
        return notes;
    }

    private static double gemmRate(Compute compute, Family family, long tokens) {
        List<Integer> shape = family.space().tensors().stream()
                .map(ParameterSpace.Tensor::shape)
                .filter(extents -> extents.size() == 2)
                .reduce((first, second) -> second)
                .orElseThrow();
        int rows = (int) Math.max(1, Math.min(512, tokens / compute.threads()));
        return LinearKernel.gigaflops(rows, shape.get(1), shape.get(0), compute.precision())[
                compute.linear().ordinal()];
    }

    /** Elements a second that one thread displaces by Gaussian noise. */
    private static double passRate() {
        ParameterSpace space = ParameterSpace.flat(1 << 20);
        ParameterVector vector = new ParameterVector(space, Storage.heap(space, org.zolab.space.Team.single()));
        double best = 0;
        for (int i = 0; i < 8; i++) {
            long start = System.nanoTime();
            vector.move(Direction.noise(new NoiseKey(0, i, 0), Law.GAUSSIAN), 1);
            best = Math.max(best, space.dimension() / ((System.nanoTime() - start) / 1e9));
        }
        return best;
    }

    /** As a small table. */
    @Override
    public String toString() {
        return String.format(
                        Locale.ROOT,
                        "parameters   %,d%nforwards     %,d%nevaluations  %,d examples%nmemory       %,d MB%ntime         %s%n",
                        parameters,
                        forwards,
                        evaluations,
                        bytes >> 20,
                        seconds < 90
                                ? String.format(Locale.ROOT, "%.0f s", seconds)
                                : String.format(Locale.ROOT, "%.1f min", seconds / 60))
                + notes.stream().map(note -> "note         " + note + "\n").collect(Collectors.joining());
    }
}
