package org.zolab.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.zolab.diagnose.Memory;
import org.zolab.estimator.Estimate;
import org.zolab.ledger.RecordedLosses;
import org.zolab.ledger.StepLedger;
import org.zolab.ledger.StepRecord;
import org.zolab.objective.BatchLoss;
import org.zolab.probe.CountingOracle;
import org.zolab.probe.LossOracle;
import org.zolab.space.Direction;
import org.zolab.space.NoiseKey;
import org.zolab.space.ParameterVector;
import org.zolab.task.Split;

/**
 * Carries out a plan: takes its steps, evaluates on dev, keeps the checkpoint that is best there, and evaluates test twice, before the first
 * step and with that checkpoint at the end.
 *
 * <p>A step is in the ledger before its event is sent. If the plan's folder holds a ledger of the same plan, the run replays it and goes on
 * from there. The best parameters are a file beside the ledger, never a second copy in memory.
 */
public final class FineTuner {

    /** The number of θ among the vectors that a run may keep in bf16; 0 is a learned mean. */
    private static final int THETA = 1;

    /** Steps whose losses are averaged to see whether a run diverges. */
    private static final int WINDOW = 20;

    private final Plan plan;
    private final Stop stop = new Stop();

    /** A run of {@code plan}, not yet started. */
    public FineTuner(Plan plan) {
        this.plan = plan;
    }

    /** Asks the run to end, within one forward pass or while its model is fetched. May be called from any thread, also before it starts. */
    public void stop() {
        stop.ask();
    }

    /** A loss is not a finite number. */
    private static final class NotFinite extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /**
     * Runs to the end, calling {@code listener} on this thread, and returns what happened. It may be called again: a plan with a folder then
     * replays its ledger and goes on if it is not done, one without runs anew in another folder. A request to {@link #stop} remains in force.
     *
     * @param listener an exception from it ends the run as if it were killed: the steps that it was told of are in the ledger
     * @return the run, also if it was stopped or diverged; its outcome says so
     * @throws CancellationException if it was asked to stop while its model was fetched or loaded
     * @throws IllegalArgumentException if the folder cannot be written or holds another plan's run, if the model or the data is missing or does
     *     not fit, or if code of one's own returns what a step cannot use
     * @throws IllegalStateException if another run writes this ledger, if it is damaged or a replay of its steps differs, or if the disk is full
     */
    public Run run(Consumer<Event> listener) {
        long start = System.nanoTime();
        RunFolder folder = RunFolder.create(plan);
        try (Subject.Opened subject = stop.open(() -> plan.subject().open(plan.seed()));
                StepLedger ledger = StepLedger.open(folder.file(RunFolder.LEDGER))) {
            subject.cancelWhen(stop::asked);
            Loop loop = new Loop(subject, ledger, folder, start, listener);
            listener.accept(
                    new Event.Started(plan, subject.theta().space().dimension(), folder.path(), loop.recorded.size()));
            Outcome outcome = loop.run();
            folder.end(outcome);
            listener.accept(new Event.Ended(outcome));
            return new Run(
                    plan,
                    outcome,
                    loop.steps,
                    loop.evaluations,
                    loop.readings,
                    loop.forwards,
                    loop.seconds(),
                    folder.path());
        }
    }

    /** The steps that {@code plan} describes, for a model's parameters; if these are in bf16, the plan's seed decides their rounding. */
    public static ZerothOrder method(Plan plan, ParameterVector theta) {
        theta.dither(new NoiseKey(plan.seed(), 0, THETA));
        return new ZerothOrder(
                plan.sampler().create(theta),
                plan.estimator(),
                plan.rule().create(theta),
                plan.schedule().of(plan.learningRate(), plan.steps()),
                plan.seed());
    }

    /** One run's state. */
    private final class Loop {
        private final Subject.Opened subject;
        private final StepLedger ledger;
        private final RunFolder folder;
        private final long start;
        private final Consumer<Event> listener;
        private final ZerothOrder method;
        private final List<Event.Stepped> steps = new ArrayList<>();
        private final List<Event.Evaluated> evaluations = new ArrayList<>();
        private final List<Event.Measured> readings = new ArrayList<>();
        private final List<StepRecord> recorded;
        private final EvaluationLog log;
        private final boolean keep; // every best checkpoint, also of steps taken before: its file is not there
        private long forwards;
        private double earlier; // seconds that the replayed steps took when they were run
        private double best = Double.POSITIVE_INFINITY;

        Loop(Subject.Opened subject, StepLedger ledger, RunFolder folder, long start, Consumer<Event> listener) {
            this.subject = subject;
            this.ledger = ledger;
            this.folder = folder;
            this.start = start;
            this.listener = listener;
            this.method = method(plan, subject.theta());
            folder.discardParts();
            this.recorded = folder.steps();
            this.keep = !folder.has(RunFolder.BEST);
            this.log = EvaluationLog.open(
                    folder.file(RunFolder.EVALUATIONS),
                    recorded.size(),
                    plan.subject().metric());
        }

        double seconds() {
            return earlier + (System.nanoTime() - start) / 1e9;
        }

        Outcome run() {
            try {
                evaluate(Split.TEST);
                evaluate(Split.DEV);
                if (evaluations.stream().anyMatch(first -> !Double.isFinite(first.loss()))) {
                    return new Outcome.Diverged(
                            0,
                            "the loss is not a finite number where θ begins, which no setting of the method changes; begin elsewhere, or"
                                    + " look at what the function, or the model on these examples, gives there");
                }
                while (steps.size() < plan.steps()) {
                    int t = steps.size();
                    if (t < recorded.size()) {
                        replay(recorded.get(t));
                    } else {
                        step(t);
                    }
                    if (steps.size() % plan.evaluateEvery() == 0 || steps.size() == plan.steps()) {
                        evaluate(Split.DEV);
                    }
                    if (diverges()) {
                        return new Outcome.Diverged(
                                steps.size(),
                                "the loss has risen far above where it began; divide learningRate "
                                        + plan.learningRate() + " by ten");
                    }
                }
                method.sampler().kept().forEach((name, vector) -> folder.save(name + ".safetensors", vector));
                folder.best().loadInto(subject.theta());
                evaluate(Split.TEST);
                return new Outcome.Completed();
            } catch (CancellationException e) {
                return new Outcome.Stopped(steps.size());
            } catch (NotFinite e) {
                return new Outcome.Diverged(
                        steps.size(),
                        "a loss is not a number; divide "
                                + (steps.isEmpty()
                                        ? "epsilon " + plan.estimator().epsilon() // θ has not moved yet
                                        : "learningRate " + plan.learningRate())
                                + " by ten");
            }
        }

        private void step(int t) {
            try (BatchLoss batch = plan.batch(subject, t)) {
                record(t, batch, true);
            }
        }

        /** Repeats a step of the ledger with its recorded losses. */
        private void replay(StepRecord recorded) {
            if (recorded.seed() != plan.seed()) {
                throw new IllegalArgumentException(
                        "the ledger of " + folder.path() + " was written with another seed: " + recorded.seed());
            }
            RecordedLosses losses = new RecordedLosses(recorded);
            StepRecord taken = record(recorded.step(), losses, false);
            if (!losses.exhausted() || !near(taken, recorded)) {
                throw new IllegalStateException(String.format(
                        Locale.ROOT,
                        "step %d does not come out of its ledger again, so weights made of it would not be the run's: slopes %s at %g there, %s"
                                + " at %g here, of %d losses there and %d here; %s was written by another version, or a part of your own"
                                + " has changed. Choose another folder, and the run begins anew",
                        recorded.step(),
                        recorded.slopes(),
                        recorded.learningRate(),
                        taken.slopes(),
                        taken.learningRate(),
                        recorded.asked().size(),
                        taken.asked().size(),
                        folder.file(RunFolder.LEDGER)));
            }
        }

        /** Whether two records are of the same step; another machine's cosine may differ in the last bit. */
        private static boolean near(StepRecord a, StepRecord b) {
            return a.slopes().size() == b.slopes().size()
                    && near(a.learningRate(), b.learningRate())
                    && IntStream.range(0, a.slopes().size())
                            .allMatch(i -> near(a.slopes().get(i), b.slopes().get(i)));
        }

        private static boolean near(double a, double b) {
            return Math.abs(a - b) <= 1e-9 * Math.abs(b);
        }

        private StepRecord record(int t, LossOracle losses, boolean append) {
            AtomicInteger estimated = new AtomicInteger(); // losses before θ moved; 0 until the estimate is made
            CountingOracle oracle = new CountingOracle(losses, loss -> {
                if (!Double.isFinite(loss) && estimated.get() == 0) { // a rule may try any point
                    throw new NotFinite();
                }
            });
            double eta = method.learningRate().applyAsDouble(t);
            Estimate estimate = method.step(t, oracle, subject.theta(), (zs, g) -> {
                estimated.set(oracle.losses().size());
                measure(t, losses, zs, g);
            });
            List<Double> asked = oracle.losses();
            long counted = (plan.forwards(t + 1) - (t == 0 ? 0 : plan.forwards(t))) / plan.batches();
            if (asked.size() != counted) {
                throw new IllegalArgumentException(
                        "step " + (t + 1) + " asked for " + asked.size() + " losses and its plan counts " + counted
                                + "; a sampler's or a rule's are counted by what its forwardsBefore() or forwards() says");
            }
            StepRecord taken = new StepRecord(
                    t,
                    plan.seed(),
                    asked.subList(0, estimated.get()),
                    estimate.slopes(),
                    eta,
                    plan.subject().computeId(),
                    oracle.askedPartial(),
                    oracle.askedSquares(),
                    asked.subList(estimated.get(), asked.size()));
            if (append) {
                ledger.append(taken);
            }
            forwards += (long) asked.size() * plan.batches();
            Event.Stepped stepped = Event.Stepped.of(taken, forwards, seconds(), Memory.resident());
            steps.add(stepped);
            listener.accept(stepped);
            return taken;
        }

        /** Reads the instruments that are due in this step. Replayed steps have no loss to measure. */
        private void measure(int t, LossOracle loss, List<Direction> zs, Estimate estimate) {
            if (!(loss instanceof BatchLoss batch)) {
                return;
            }
            Map<String, Double> values = new LinkedHashMap<>();
            for (Instrument.Now now : plan.instruments()) {
                if (t % now.every() == 0) {
                    values.putAll(now.instrument()
                            .read(new Instrument.Moment(
                                    subject.theta(),
                                    batch,
                                    zs,
                                    estimate,
                                    method.sampler(),
                                    method.learningRate().applyAsDouble(t),
                                    plan.estimator().epsilon())));
                }
            }
            if (!values.isEmpty()) {
                Event.Measured measured = new Event.Measured(t, forwards, values);
                readings.add(measured);
                listener.accept(measured);
            }
        }

        /** Evaluates at the current θ, unless the log has that already; on dev, the best so far becomes the checkpoint. */
        private void evaluate(Split split) {
            Optional<Event.Evaluated> known = log.find(steps.size(), split);
            Optional<Event.Evaluated> now = known.or(() -> subject.score(split)
                    .map(score -> new Event.Evaluated(
                            steps.size(),
                            forwards,
                            split,
                            score.loss(),
                            score.accuracy(),
                            plan.subject().metric(),
                            seconds())));
            known.ifPresent(past -> earlier += Math.max(0, past.seconds() - seconds()));
            now.ifPresent(evaluated -> {
                if (split == Split.DEV && evaluated.loss() < best) {
                    best = evaluated.loss();
                    if (known.isEmpty() || keep) {
                        folder.save(RunFolder.BEST, subject.theta());
                    }
                }
                if (known.isEmpty()) {
                    log.append(evaluated); // after the checkpoint, so that a logged best always has one
                }
                evaluations.add(evaluated);
                listener.accept(evaluated);
            });
        }

        /** Whether the average loss has risen above the first dev loss by more than its size plus 1. */
        private boolean diverges() {
            if (steps.size() < WINDOW || evaluations.isEmpty()) {
                return false;
            }
            double average = steps.subList(steps.size() - WINDOW, steps.size()).stream()
                    .mapToDouble(Event.Stepped::loss)
                    .average()
                    .orElseThrow();
            double first = evaluations.stream()
                    .filter(evaluated -> evaluated.split() == Split.DEV)
                    .findFirst()
                    .orElseThrow()
                    .loss();
            return average > first + Math.abs(first) + 1;
        }
    }
}
