package org.zolab.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.zolab.diagnose.Memory;
import org.zolab.estimator.Estimate;
import org.zolab.ledger.RecordedLosses;
import org.zolab.ledger.StepLedger;
import org.zolab.ledger.StepRecord;
import org.zolab.model.LanguageModel;
import org.zolab.model.weights.Dtype;
import org.zolab.model.weights.Safetensors;
import org.zolab.model.weights.SafetensorsWriter;
import org.zolab.objective.AnswerLikelihood;
import org.zolab.objective.BatchLoss;
import org.zolab.objective.Objective;
import org.zolab.objective.OptionScoring;
import org.zolab.objective.Score;
import org.zolab.probe.CountingOracle;
import org.zolab.probe.LossOracle;
import org.zolab.space.Order;
import org.zolab.space.ParameterSpace;
import org.zolab.space.ParameterVector;
import org.zolab.task.Example;
import org.zolab.task.Split;

/**
 * Carries a plan out: steps, evaluations on dev, the best checkpoint by dev, one look at test before the first step and one after
 * the last.
 *
 * <p>Every step is in the ledger when its event is sent. If the plan's folder holds a ledger of the same plan, the run replays it and
 * goes on. The best parameters are a file beside the ledger, never a second copy in memory.
 */
public final class FineTuner {

    /** The name of the ledger in a run's folder. */
    public static final String LEDGER = "ledger.jsonl";

    /** The name of the checkpoint in a run's folder. */
    public static final String BEST = "best.safetensors";

    private static final String PLAN = "plan.txt";
    /** Steps whose losses are averaged to see whether a run diverges. */
    private static final int WINDOW = 20;

    private final Plan plan;
    private volatile boolean stopped;

    /** A run of {@code plan}, not yet started. */
    public FineTuner(Plan plan) {
        this.plan = plan;
    }

    /** Asks the run to end within one forward pass. From any thread, also before it starts. */
    public void stop() {
        stopped = true;
    }

    /** A loss that is no number. */
    private static final class NotFinite extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** Runs to the end, telling {@code listener} what happens on this thread, and returns what happened. */
    public Run run(Consumer<Event> listener) {
        long start = System.nanoTime();
        Path folder = folder();
        try (LanguageModel model = plan.model().load(plan.compute());
                StepLedger ledger = StepLedger.append(folder.resolve(LEDGER))) {
            model.cancelWhen(() -> stopped);
            listener.accept(new Event.Started(plan, model.parameters().space().dimension(), folder));
            Loop loop = new Loop(model, ledger, folder, start, listener);
            Outcome outcome = loop.run();
            listener.accept(new Event.Ended(outcome));
            return new Run(plan, outcome, loop.steps, loop.evaluations, loop.forwards, loop.seconds(), folder);
        }
    }

    /** The run's folder, with the plan written in it; refuses one that holds a run of another plan. */
    private Path folder() {
        Path folder = plan.folder();
        if (folder == null) {
            String stamp = LocalDateTime.now().format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss-SSS"));
            folder = Home.runs().resolve(stamp + "-" + plan.name().replaceAll("[^A-Za-z0-9._-]+", "-"));
        }
        Path file = folder.resolve(PLAN);
        try {
            Files.createDirectories(folder);
            if (Files.exists(file)) {
                if (!Files.readString(file).equals(plan.toString())) {
                    throw new IllegalArgumentException("folder holds a run of another plan: " + folder
                            + "; choose another folder, or the same settings");
                }
            } else {
                Files.writeString(file, plan.toString());
            }
        } catch (IOException e) {
            throw new IllegalArgumentException("folder cannot be written: " + folder + " (" + e.getMessage()
                    + "); choose another one, or set -Dzo.home");
        }
        return folder;
    }

    /** The step that {@code plan} describes, for a model's parameters. */
    public static ZerothOrder method(Plan plan, ParameterVector theta) {
        return new ZerothOrder(
                plan.sampler().create(theta),
                plan.estimator(),
                plan.rule().create(theta),
                t -> plan.learningRate(),
                plan.seed());
    }

    /** One run's state. */
    private final class Loop {
        private final LanguageModel model;
        private final StepLedger ledger;
        private final Path folder;
        private final long start;
        private final Consumer<Event> listener;
        private final Objective objective;
        private final ZerothOrder method;
        private final List<Example> train = plan.task().examples(Split.TRAIN);
        private final List<Event.Stepped> steps = new ArrayList<>();
        private final List<Event.Evaluated> evaluations = new ArrayList<>();
        private final Map<Integer, int[]> orders = new HashMap<>();
        private long forwards;
        private double best = Double.POSITIVE_INFINITY;

        Loop(LanguageModel model, StepLedger ledger, Path folder, long start, Consumer<Event> listener) {
            this.model = model;
            this.ledger = ledger;
            this.folder = folder;
            this.start = start;
            this.listener = listener;
            int limit = plan.maxLength() > 0 ? plan.maxLength() : Integer.MAX_VALUE;
            this.objective = plan.objective() == Plan.Loss.OPTIONS
                    ? new OptionScoring(model, limit)
                    : new AnswerLikelihood(model, limit);
            this.method = method(plan, model.parameters());
        }

        double seconds() {
            return (System.nanoTime() - start) / 1e9;
        }

        Outcome run() {
            try {
                evaluate(Split.TEST, plan.testExamples());
                evaluateDev();
                List<StepRecord> recorded = StepLedger.read(folder.resolve(LEDGER));
                while (steps.size() < plan.steps()) {
                    int t = steps.size();
                    if (t < recorded.size()) {
                        replay(recorded.get(t));
                    } else {
                        step(t);
                    }
                    if (steps.size() % plan.evaluateEvery() == 0 || steps.size() == plan.steps()) {
                        evaluateDev();
                    }
                    if (diverges()) {
                        return new Outcome.Diverged(
                                steps.size(),
                                "the loss has risen far above where it began; divide learningRate "
                                        + plan.learningRate() + " by ten");
                    }
                }
                restoreBest();
                evaluate(Split.TEST, plan.testExamples());
                return new Outcome.Completed();
            } catch (CancellationException e) {
                return new Outcome.Stopped(steps.size());
            } catch (NotFinite e) {
                return new Outcome.Diverged(
                        steps.size(),
                        "a loss is not a number; divide learningRate " + plan.learningRate()
                                + " by ten, and if it is the first" + " step, epsilon too");
            }
        }

        private void step(int t) {
            try (BatchLoss batch = objective.on(batch(t))) {
                record(t, batch, true);
            }
        }

        /** Takes a step that the ledger has, with its recorded losses. */
        private void replay(StepRecord recorded) {
            if (recorded.seed() != plan.seed()) {
                throw new IllegalArgumentException(
                        "the ledger of " + folder + " was written with another seed: " + recorded.seed());
            }
            record(recorded.step(), new RecordedLosses(recorded), false);
        }

        private void record(int t, LossOracle losses, boolean append) {
            CountingOracle oracle = new CountingOracle(points -> {
                double[] answers = losses.at(points);
                for (double loss : answers) {
                    if (!Double.isFinite(loss)) {
                        throw new NotFinite();
                    }
                }
                return answers;
            });
            Estimate estimate = method.step(t, oracle, model.parameters());
            double eta = method.learningRate().applyAsDouble(t);
            if (append) {
                ledger.append(new StepRecord(
                        t,
                        plan.seed(),
                        oracle.losses(),
                        estimate.slopes(),
                        eta,
                        plan.compute().toString()));
            }
            forwards += oracle.losses().size();
            Event.Stepped stepped = new Event.Stepped(
                    t + 1,
                    forwards,
                    oracle.losses().stream().mapToDouble(loss -> loss).average().orElseThrow(),
                    estimate.slopes().get(estimate.slopes().size() - 1),
                    eta,
                    seconds(),
                    Memory.resident());
            steps.add(stepped);
            listener.accept(stepped);
        }

        /** The examples of step {@code t}: each epoch is a permutation of its own, and a batch may span two. */
        private List<Example> batch(int t) {
            List<Example> batch = new ArrayList<>();
            for (int i = 0; i < plan.batch(); i++) {
                long at = (long) t * plan.batch() + i;
                int epoch = (int) (at / train.size());
                int[] order = orders.computeIfAbsent(epoch, e -> Order.examples(plan.seed(), e, train.size()));
                batch.add(train.get(order[(int) (at % train.size())]));
            }
            orders.keySet().removeIf(epoch -> epoch < (long) t * plan.batch() / train.size());
            return batch;
        }

        private void evaluateDev() {
            Score score = evaluate(Split.DEV, plan.devExamples());
            if (score != null && score.loss() < best) {
                best = score.loss();
                save();
            }
        }

        private @Nullable Score evaluate(Split split, int most) {
            List<Example> examples = plan.task().examples(split);
            if (most == 0 || examples.isEmpty()) {
                return null;
            }
            Score score =
                    objective.score(model.parameters().here(), examples.subList(0, Math.min(most, examples.size())));
            Event.Evaluated evaluated =
                    new Event.Evaluated(steps.size(), forwards, split, score.loss(), score.accuracy(), seconds());
            evaluations.add(evaluated);
            listener.accept(evaluated);
            return score;
        }

        /** Whether the average loss has risen to twice the first dev loss and one more. */
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
            return average > 2 * first + 1;
        }

        private void save() {
            ParameterVector theta = model.parameters();
            List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
            for (int i = 0; i < theta.space().tensors().size(); i++) {
                ParameterSpace.Tensor tensor = theta.space().tensor(i);
                long[] shape =
                        tensor.shape().stream().mapToLong(extent -> extent).toArray();
                tensors.add(new SafetensorsWriter.Tensor(
                        tensor.name(), Dtype.F32, shape, theta.storage().of(i).duplicate()));
            }
            SafetensorsWriter.write(folder.resolve(BEST), tensors, Map.of());
        }

        private void restoreBest() {
            var file = Safetensors.file(folder.resolve(BEST));
            model.parameters().set((tensor, destination) -> file.read(tensor.name(), destination.duplicate()));
        }
    }
}
